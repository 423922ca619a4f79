import type { UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";

/** Numbers the versions of replaceable documents, each type by itself. */
export class Sequences {
  readonly #next: Statement<[string, number], { last: number }>;

  constructor(database: SqlDatabase) {
    this.#next = database.prepare(
      `INSERT INTO sequences (document, last) VALUES (?, ?)
       ON CONFLICT (document) DO UPDATE SET last = max(last + 1, excluded.last) RETURNING last`,
    );
  }

  /** Grows with the clock, so that a desk restored from an old copy doesn't count from numbers that gateways have seen. */
  next(document: string, nowMs: UnixMs): number {
    return this.#next.get(document, nowMs)?.last ?? nowMs;
  }
}
