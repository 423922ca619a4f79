import type { ItemKey, ZoneId } from "../domain/broadcast.ts";
import type { UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const DECISION_TABLES = `
  CREATE TABLE decisions (
    n INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, zone TEXT NOT NULL,
    issuer TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL
  ) STRICT;
`;

const KEPT_ROWS = 10_000;
/** Rows removed at once: each removal costs a page of its own, so it is done rarely. */
const TRIM_EVERY_ROWS = 256;

/** Why a zone did what it did with an item: what `loa why` reads. */
export interface Decision {
  readonly zoneId: ZoneId;
  readonly atMs: UnixMs;
  readonly item: ItemKey;
  /** A reason code of the arbitration. */
  readonly reason: string;
}

export interface DecisionFilter {
  readonly zoneId?: ZoneId | undefined;
  /** The id of an item, of whichever issuer. */
  readonly id?: string | undefined;
}

type Row = { atMs: number; zone: string; issuer: string; id: string; reason: string };

/** A ring: at least the last 10,000 rows are there. */
export class Decisions {
  readonly #insert: Statement<[number, string, string, string, string], { n: number }>;
  readonly #trim: Statement<[number]>;
  readonly #recent: Statement<[string | null, string | null, number], Row>;

  constructor(database: SqlDatabase) {
    this.#insert = database.prepare(
      "INSERT INTO decisions (atMs, zone, issuer, id, reason) VALUES (?, ?, ?, ?, ?) RETURNING n",
    );
    this.#trim = database.prepare("DELETE FROM decisions WHERE n <= ?");
    this.#recent = database.prepare(`
      SELECT atMs, zone, issuer, id, reason FROM decisions
      WHERE zone = ifnull(?, zone) AND id = ifnull(?, id) ORDER BY n DESC LIMIT ?`);
  }

  add({ atMs, zoneId, item, reason }: Decision): void {
    const { n } = this.#insert.one(atMs, zoneId, item.issuer, item.id, reason);
    if (n % TRIM_EVERY_ROWS === 0) this.#trim.run(n - KEPT_ROWS);
  }

  /** Newest first. */
  recent(limit: number, filter: DecisionFilter = {}): Decision[] {
    return this.#recent
      .all(filter.zoneId ?? null, filter.id ?? null, limit)
      .map(({ atMs, zone, issuer, id, reason }) => ({ zoneId: zone, atMs, item: { issuer, id }, reason }));
  }
}
