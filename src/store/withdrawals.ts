import type { ItemKey } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Withdrawal } from "../domain/withdrawal.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const WITHDRAWAL_TABLES = `
  CREATE TABLE withdrawals (
    referenceIssuer TEXT, referenceId TEXT, issuer TEXT, id TEXT,
    action TEXT NOT NULL, payloadHash TEXT NOT NULL, mandate TEXT NOT NULL,
    notBefore INTEGER NOT NULL, expiresAt INTEGER NOT NULL,
    PRIMARY KEY (referenceIssuer, referenceId, issuer, id)
  ) STRICT, WITHOUT ROWID;
`;

/** Of those kept before, nobody knows the keys. */
export const KEYS_OF_WITHDRAWALS = `
  UPDATE withdrawals SET mandate = json_set(mandate, '$.keys', json('[]'));
`;

/** Which of the keys each signature hangs on was not kept: one that is revoked takes all of it back. */
export const SIGNERS_OF_WITHDRAWALS = `
  UPDATE withdrawals SET mandate = json_remove(json_set(mandate, '$.signers', json_array(json_object(
    'holder', '', 'isInTime', json('false'), 'keys', json_extract(mandate, '$.keys')))), '$.keys');
`;

type Row = Omit<Withdrawal, "reference" | "by" | "mandate" | "window"> &
  ItemKey & {
    referenceIssuer: string;
    referenceId: string;
    mandate: string;
    notBefore: UnixSeconds;
    expiresAt: UnixSeconds;
  };

/** Updates and cancels that had no effect yet: what they refer to has not come, or nobody could tell the time. */
export class Withdrawals {
  readonly #insert: Statement<[string, string, string, string, string, string, string, number, number]>;
  readonly #remove: Statement<[string, string, string, string]>;
  readonly #of: Statement<[string, string], Row>;
  readonly #all: Statement<[], Row>;
  readonly #countBy: Statement<[string], { count: number }>;
  readonly #prune: Statement<[number]>;

  constructor(database: SqlDatabase) {
    this.#insert = database.prepare(
      "INSERT INTO withdrawals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET mandate = excluded.mandate, notBefore = excluded.notBefore, expiresAt = excluded.expiresAt",
    );
    this.#remove = database.prepare(
      "DELETE FROM withdrawals WHERE referenceIssuer = ? AND referenceId = ? AND issuer = ? AND id = ?",
    );
    this.#of = database.prepare("SELECT * FROM withdrawals WHERE referenceIssuer = ? AND referenceId = ?");
    this.#all = database.prepare("SELECT * FROM withdrawals");
    this.#countBy = database.prepare("SELECT count(*) AS count FROM withdrawals WHERE issuer = ?");
    this.#prune = database.prepare("DELETE FROM withdrawals WHERE expiresAt < ?");
  }

  /** One that names an order twice counts once; with another signature it may do more. */
  add({ reference, by, action, payloadHash, mandate, window }: Withdrawal): void {
    const { notBefore, expiresAt } = window;
    this.#insert.run(...keysOf(reference, by), action, payloadHash, JSON.stringify(mandate), notBefore, expiresAt);
  }

  remove({ reference, by }: Pick<Withdrawal, "reference" | "by">): void {
    this.#remove.run(...keysOf(reference, by));
  }

  /** Those that refer to this order. */
  of(reference: ItemKey): Withdrawal[] {
    return this.#of.all(reference.issuer, reference.id).map(fromRow);
  }

  all(): Withdrawal[] {
    return this.#all.all().map(fromRow);
  }

  countBy(issuer: string): number {
    return this.#countBy.one(issuer).count;
  }

  prune(now: UnixSeconds): number {
    return this.#prune.run(now);
  }
}

function keysOf(reference: ItemKey, by: ItemKey): [string, string, string, string] {
  return [reference.issuer, reference.id, by.issuer, by.id];
}

function fromRow({
  referenceIssuer,
  referenceId,
  issuer,
  id,
  mandate,
  notBefore,
  expiresAt,
  ...rest
}: Row): Withdrawal {
  return {
    ...rest,
    reference: { issuer: referenceIssuer, id: referenceId },
    by: { issuer, id },
    mandate: JSON.parse(mandate),
    window: { notBefore, expiresAt },
  };
}
