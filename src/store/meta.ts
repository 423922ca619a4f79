import type { UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const META_TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
`;

type Text = "epoch" | "previousEpoch" | "gateway" | "alarmZones";

const U32 = 2 ** 32;

/** Facts about this database that there is one of. */
export class Meta {
  readonly #get: Statement<[string], { value: string | number }>;
  readonly #set: Statement<[string, string | number]>;

  constructor(database: SqlDatabase) {
    this.#get = database.prepare("SELECT value FROM meta WHERE name = ?");
    this.#set = database.prepare(
      "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    );
  }

  text(name: Text): string | undefined {
    const row = this.#get.get(name);
    return row === undefined ? undefined : String(row.value);
  }

  setText(name: Text, value: string): void {
    this.#set.run(name, value);
  }

  /** Numbers what is told of alarms, from 1, in this database's life. */
  nextAlarm(): number {
    const next = Number(this.#get.get("alarm")?.value ?? 0) + 1;
    this.#set.run("alarm", next);
    return next;
  }

  /** The number of the MQTT session that began last, as will, birth, state and heartbeat carry it. 0 before the first. */
  session(): number {
    return Number(this.#get.get("session")?.value ?? 0);
  }

  /**
   * Numbers a connect, on disk before it is used: u32, the Unix second, or 1 more than the last where that is more. The centre orders
   * by it, and a count alone would begin again with a new database: for as long as the old one had lived nothing would be believed.
   */
  nextSession(nowMs: UnixMs): number {
    const next = Math.max(this.session() + 1, Math.floor(nowMs / 1000)) % U32;
    this.#set.run("session", next);
    return next;
  }

  /** Records that found no room, since that was last told in one. */
  missedRecords(): number {
    return Number(this.#get.get("missedRecords")?.value ?? 0);
  }

  setMissedRecords(count: number): void {
    this.#set.run("missedRecords", count);
  }
}
