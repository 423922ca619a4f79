import type { AreaId, GatewayId } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Placement } from "../domain/trust.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";

/** What the desk knows of a gateway it enrolled. The placement is the last one signed, as it was signed. */
export interface RegisterEntry {
  readonly gateway: GatewayId;
  readonly serial: string;
  /** Raw Ed25519 public key, base64url: what its reports must be signed with. */
  readonly publicKey: string;
  readonly commune: AreaId;
  readonly placement: Placement;
  readonly enrolledAt: UnixSeconds;
}

interface Row extends Omit<RegisterEntry, "placement"> {
  readonly placement: string;
}

const COLUMNS = "gateway, serial, public_key AS publicKey, commune, placement, enrolled_at AS enrolledAt";

export class Register {
  readonly #add: Statement<[string, string, string, string, string, number], never>;
  readonly #place: Statement<[string, string, string], never>;
  readonly #find: Statement<[string], Row>;
  readonly #all: Statement<[], Row>;

  constructor(database: SqlDatabase) {
    this.#add = database.prepare(
      "INSERT INTO gateways (gateway, serial, public_key, commune, placement, enrolled_at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#place = database.prepare("UPDATE gateways SET commune = ?, placement = ? WHERE gateway = ?");
    this.#find = database.prepare(`SELECT ${COLUMNS} FROM gateways WHERE gateway = ?`);
    this.#all = database.prepare(`SELECT ${COLUMNS} FROM gateways ORDER BY gateway`);
  }

  add(entry: RegisterEntry): void {
    const { gateway, serial, publicKey, commune, placement, enrolledAt } = entry;
    this.#add.run(gateway, serial, publicKey, commune, JSON.stringify(placement), enrolledAt);
  }

  /** The next placement of a gateway that is here. */
  place(placement: Placement): void {
    this.#place.run(placement.commune, JSON.stringify(placement), placement.gateway);
  }

  find(gateway: GatewayId): RegisterEntry | undefined {
    const row = this.#find.get(gateway);
    return row === undefined ? undefined : entryOf(row);
  }

  all(): RegisterEntry[] {
    return this.#all.all().map(entryOf);
  }
}

function entryOf(row: Row): RegisterEntry {
  return { ...row, placement: JSON.parse(row.placement) };
}
