import type { SqlDatabase, Statement } from "./sqlite.ts";

export const META_TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
`;

type Text = "epoch" | "previousEpoch" | "gateway";
type Counter = "session" | "heartbeat";

const U32 = 2 ** 32;
/** Heartbeat numbers reserved by one commit: a write every four hours instead of every minute. */
const HEARTBEAT_BLOCK = 256;

/** Facts about this database that there is one of. */
export class Meta {
  readonly #get: Statement<[string], { value: string | number }>;
  readonly #set: Statement<[string, string | number]>;
  #heartbeat = 0;
  #heartbeatsReserved = 0;

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

  /** The number of the MQTT session that began last, as will, birth, state and heartbeat carry it. 0 before the first. */
  session(): number {
    return this.#counter("session");
  }

  /** Counts a connect: +1, u32, on disk before it is used. */
  nextSession(): number {
    const next = (this.session() + 1) % U32;
    this.#set.run("session", next);
    return next;
  }

  /** Never the same twice, also across restarts, where it jumps forward. u32. */
  nextHeartbeat(): number {
    if (this.#heartbeat === this.#heartbeatsReserved) {
      this.#heartbeat = this.#counter("heartbeat");
      this.#heartbeatsReserved = this.#heartbeat + HEARTBEAT_BLOCK;
      this.#set.run("heartbeat", this.#heartbeatsReserved % U32);
    }
    this.#heartbeat += 1;
    return this.#heartbeat % U32;
  }

  #counter(name: Counter): number {
    return Number(this.#get.get(name)?.value ?? 0);
  }
}
