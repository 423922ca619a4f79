import type { SqlDatabase, Statement } from "./sqlite.ts";

export const TRUST_TABLES = `
  CREATE TABLE trust (
    type TEXT, issuer TEXT, sequence INTEGER NOT NULL, payloadHash TEXT NOT NULL, envelope BLOB NOT NULL,
    PRIMARY KEY (type, issuer)
  ) STRICT, WITHOUT ROWID;
`;

/** The version in force of one replaceable document (root, placement, evidence-ack, ...), as it was received. */
export interface TrustDocument {
  readonly type: string;
  readonly issuer: string;
  /** Orders the versions; for a root, its rootVersion. */
  readonly sequence: number;
  readonly payloadHash: string;
  readonly envelope: Uint8Array;
}

/** One document per type and issuer. Whether a newer one may take the place is judged before it comes here. */
export class TrustDocuments {
  readonly #put: Statement<[string, string, number, string, Uint8Array]>;
  readonly #get: Statement<[string, string], TrustDocument>;
  readonly #list: Statement<[string], TrustDocument>;

  constructor(database: SqlDatabase) {
    this.#put = database.prepare("INSERT OR REPLACE INTO trust VALUES (?, ?, ?, ?, ?)");
    this.#get = database.prepare("SELECT * FROM trust WHERE type = ? AND issuer = ?");
    this.#list = database.prepare("SELECT * FROM trust WHERE type = ? ORDER BY sequence DESC, issuer");
  }

  put({ type, issuer, sequence, payloadHash, envelope }: TrustDocument): void {
    this.#put.run(type, issuer, sequence, payloadHash, envelope);
  }

  get(type: string, issuer: string): TrustDocument | undefined {
    return this.#get.get(type, issuer);
  }

  /** All of a type, one per issuer, highest sequence first. */
  list(type: string): TrustDocument[] {
    return this.#list.all(type);
  }
}
