import type { AlarmCode, AlarmReport } from "../domain/report.ts";
import type { UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const ALARM_TABLES = `
  CREATE TABLE alarms (
    code TEXT PRIMARY KEY, state TEXT NOT NULL, severity TEXT NOT NULL, atMs INTEGER NOT NULL,
    count INTEGER NOT NULL, detail TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** As the alarm's message tells it; `count` is how often it was raised since it last was not. */
export type Alarm = Pick<AlarmReport, "code" | "state" | "severity" | "atMs" | "count" | "detail">;

/** What is wrong with the box now, and was before: survives a restart, so that the retained alarm can be cleared by it. */
export class Alarms {
  readonly #raise: Statement<[string, string, number, string], Alarm>;
  readonly #clear: Statement<[number, string], Alarm>;
  readonly #raised: Statement<[], Alarm>;

  constructor(database: SqlDatabase) {
    this.#raise = database.prepare(`
      INSERT INTO alarms VALUES (?, 'raised', ?, ?, 1, ?)
      ON CONFLICT (code) DO UPDATE SET state = 'raised', severity = excluded.severity, atMs = excluded.atMs,
        count = iif(state = 'raised', count + 1, 1), detail = excluded.detail
      RETURNING *`);
    this.#clear = database.prepare(
      "UPDATE alarms SET state = 'cleared', atMs = ? WHERE code = ? AND state = 'raised' RETURNING *",
    );
    this.#raised = database.prepare("SELECT * FROM alarms WHERE state = 'raised' ORDER BY atMs");
  }

  /** Raised again while raised, it counts up and takes the new detail. */
  raise(code: AlarmCode, severity: Alarm["severity"], atMs: UnixMs, detail: string): Alarm {
    return this.#raise.one(code, severity, atMs, detail);
  }

  /** Undefined when it wasn't raised: nothing to tell. */
  clear(code: AlarmCode, atMs: UnixMs): Alarm | undefined {
    return this.#clear.get(atMs, code);
  }

  raised(): Alarm[] {
    return this.#raised.all();
  }
}
