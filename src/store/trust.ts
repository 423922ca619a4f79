import type { SqlDatabase, Statement } from "./sqlite.ts";

export const TRUST_TABLES = `
  CREATE TABLE trust (
    type TEXT, issuer TEXT, sequence INTEGER NOT NULL, payloadHash TEXT NOT NULL, envelope BLOB NOT NULL,
    PRIMARY KEY (type, issuer)
  ) STRICT, WITHOUT ROWID;
`;

/** Several documents of one issuer: one for each area, and every version of the root. */
export const SCOPED_TRUST_TABLES = `
  CREATE TABLE scopedTrust (
    type TEXT, issuer TEXT, scope TEXT, sequence INTEGER NOT NULL, payloadHash TEXT NOT NULL, envelope BLOB NOT NULL,
    PRIMARY KEY (type, issuer, scope)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO scopedTrust
    SELECT type, issuer, iif(type = 'root', CAST(sequence AS TEXT), ''), sequence, payloadHash, envelope FROM trust;
  DROP TABLE trust;
  ALTER TABLE scopedTrust RENAME TO trust;
`;

/** The version in force of one replaceable document, or one version of the root, as it was received. */
export interface TrustDocument {
  readonly type: string;
  readonly issuer: string;
  /** The area it is for, a root's version; otherwise empty. */
  readonly scope: string;
  /** Orders the versions; for a root, its rootVersion. */
  readonly sequence: number;
  readonly payloadHash: string;
  readonly envelope: Uint8Array;
}

/** One document per type, issuer and scope. Whether a newer one may take the place is judged before it comes here. */
export class TrustDocuments {
  readonly #put: Statement<[string, string, string, number, string, Uint8Array]>;
  readonly #get: Statement<[string, string, string], TrustDocument>;
  readonly #list: Statement<[string], TrustDocument>;

  constructor(database: SqlDatabase) {
    this.#put = database.prepare("INSERT OR REPLACE INTO trust VALUES (?, ?, ?, ?, ?, ?)");
    this.#get = database.prepare("SELECT * FROM trust WHERE type = ? AND issuer = ? AND scope = ?");
    this.#list = database.prepare("SELECT * FROM trust WHERE type = ? ORDER BY sequence DESC, issuer, scope");
  }

  put({ type, issuer, scope, sequence, payloadHash, envelope }: TrustDocument): void {
    this.#put.run(type, issuer, scope, sequence, payloadHash, envelope);
  }

  get(type: string, issuer: string, scope: string): TrustDocument | undefined {
    return this.#get.get(type, issuer, scope);
  }

  /** Of a type of which one document is in force. */
  newest(type: string): TrustDocument | undefined {
    return this.list(type)[0];
  }

  /** All of a type, highest sequence first. */
  list(type: string): TrustDocument[] {
    return this.#list.all(type);
  }
}
