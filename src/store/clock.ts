import type { MonotonicMs, UnixMs, UnixSeconds } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const CLOCK_TABLES = `
  CREATE TABLE savedClock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    wallMs INTEGER NOT NULL, vouchedAtMs INTEGER NOT NULL, monotonicMs INTEGER NOT NULL, boot TEXT NOT NULL
  ) STRICT;
  CREATE TABLE clockMarks (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** A trusted time as it was saved. */
export interface StoredClock {
  readonly wallMs: UnixMs;
  readonly vouchedAtMs: UnixMs;
  readonly monotonicMs: MonotonicMs;
  readonly boot: string;
}

type Mark = "signedFloor" | "firstTrusted";

/** What outlives a power cut of what was known about the time. */
export class ClockMemory {
  readonly #save: Statement<[number, number, number, string]>;
  readonly #saved: Statement<[], StoredClock>;
  readonly #raise: Statement<[string, number]>;
  readonly #first: Statement<[string, number]>;
  readonly #mark: Statement<[string], { at: number }>;

  constructor(database: SqlDatabase) {
    this.#save = database.prepare("INSERT OR REPLACE INTO savedClock VALUES (1, ?, ?, ?, ?)");
    this.#saved = database.prepare("SELECT wallMs, vouchedAtMs, monotonicMs, boot FROM savedClock");
    this.#raise = database.prepare(
      "INSERT INTO clockMarks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = max(at, excluded.at)",
    );
    this.#first = database.prepare("INSERT INTO clockMarks VALUES (?, ?) ON CONFLICT DO NOTHING");
    this.#mark = database.prepare("SELECT at FROM clockMarks WHERE name = ?");
  }

  save({ wallMs, vouchedAtMs, monotonicMs, boot }: StoredClock): void {
    this.#save.run(Math.round(wallMs), Math.round(vouchedAtMs), Math.round(monotonicMs), boot);
  }

  saved(): StoredClock | undefined {
    return this.#saved.get();
  }

  /** Never lowered. */
  raiseSignedFloor(issuedAt: UnixSeconds): void {
    this.#raise.run("signedFloor" satisfies Mark, issuedAt);
  }

  signedFloor(): UnixSeconds | undefined {
    return this.#mark.get("signedFloor" satisfies Mark)?.at;
  }

  /** The first time that was to be believed since this database was made; a later one changes nothing. */
  trustedFrom(now: UnixSeconds): void {
    this.#first.run("firstTrusted" satisfies Mark, now);
  }

  firstTrusted(): UnixSeconds | undefined {
    return this.#mark.get("firstTrusted" satisfies Mark)?.at;
  }
}
