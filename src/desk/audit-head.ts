import type { SqlDatabase, Statement } from "../store/sqlite.ts";

export interface Head {
  readonly n: number;
  readonly hash: string;
}

/** Where the audit file ends. Beside the file, so that whoever shortens it has two places to change. */
export class AuditHead {
  readonly #database: SqlDatabase;
  readonly #read: Statement<[], Head>;
  readonly #write: Statement<[number, string], never>;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#read = database.prepare("SELECT n, hash FROM audit");
    this.#write = database.prepare(
      "INSERT INTO audit (one, n, hash) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET n = excluded.n, hash = excluded.hash",
    );
  }

  read(): Head | undefined {
    return this.#read.get();
  }

  /** One writer at a time: `append` puts the next line behind the last and tells where it ends then. */
  advance(append: (last: Head | undefined) => Head): void {
    this.#database.transaction(() => {
      const { n, hash } = append(this.read());
      this.#write.run(n, hash);
    });
  }
}
