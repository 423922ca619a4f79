import type { GatewayId } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";

/** What the desk remembers of a voucher. With the secret itself it could not be told from the box. */
export interface StoredVoucher {
  readonly gateway: GatewayId;
  readonly serial: string;
  /** SHA-256 of the secret, base64url: it is 128 bits of chance, which nobody guesses at any cost. */
  readonly secretHash: string;
  /** Signed beforehand, as nobody is there to type a passphrase when the box asks. */
  readonly placementEnvelope: Uint8Array;
  readonly holder: string;
  readonly expiresAt: UnixSeconds;
  /** Once it was used: whose it is now, and the answer, in case the first was lost on the way. */
  readonly usedBy: string | null;
  readonly bundle: string | null;
}

export class Vouchers {
  readonly #put: Statement<[string, string, string, Uint8Array, string, number], never>;
  readonly #find: Statement<[string], StoredVoucher>;
  readonly #use: Statement<[string, string, string], never>;
  readonly #forget: Statement<[number], never>;
  readonly #unused: Statement<[], StoredVoucher>;
  readonly #replace: Statement<[Uint8Array, string], never>;

  constructor(database: SqlDatabase) {
    this.#put = database.prepare(
      "INSERT INTO vouchers (gateway, serial, secret_hash, placement, holder, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    const select = `SELECT gateway, serial, secret_hash AS secretHash, placement AS placementEnvelope, holder,
      expires_at AS expiresAt, used_by AS usedBy, bundle FROM vouchers`;
    this.#find = database.prepare(`${select} WHERE gateway = ?`);
    this.#unused = database.prepare(`${select} WHERE used_by IS NULL`);
    this.#replace = database.prepare("UPDATE vouchers SET placement = ? WHERE gateway = ?");
    this.#use = database.prepare("UPDATE vouchers SET used_by = ?, bundle = ? WHERE gateway = ?");
    this.#forget = database.prepare("DELETE FROM vouchers WHERE expires_at <= ?");
  }

  /** Those that ran out before `forgetBefore` go at the same time. */
  put(voucher: Omit<StoredVoucher, "usedBy" | "bundle">, forgetBefore: UnixSeconds): void {
    const { gateway, serial, secretHash, placementEnvelope, holder, expiresAt } = voucher;
    this.#forget.run(forgetBefore);
    this.#put.run(gateway, serial, secretHash, placementEnvelope, holder, expiresAt);
  }

  find(gateway: GatewayId): StoredVoucher | undefined {
    return this.#find.get(gateway);
  }

  unused(): readonly StoredVoucher[] {
    return this.#unused.all();
  }

  /** The same placement under another chain. */
  replacePlacement(gateway: GatewayId, envelope: Uint8Array): void {
    this.#replace.run(envelope, gateway);
  }

  use(gateway: GatewayId, publicKey: string, bundle: string): void {
    this.#use.run(publicKey, bundle, gateway);
  }
}
