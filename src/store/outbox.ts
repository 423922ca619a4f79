import type { OutboundMessage } from "../domain/ports.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

// The id carries the priority in front of a running number, so that the table's own order is the order of sending and a
// row is found, and removed, by one number.
export const OUTBOX_TABLES = `
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL, retain INTEGER NOT NULL,
    notBeforeMs INTEGER NOT NULL, attempts INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outboxRetained ON outbox (topic) WHERE retain = 1;
`;

/** No message waits for its time longer than this: one that seems to was postponed by a clock that has been set back since, and is due. */
export const LONGEST_WAIT_MS: Milliseconds = 15 * 60_000;

/** Running numbers per priority: 2^48 of them, and 16 priorities stay within what a number holds exactly. */
const NUMBERS = 2 ** 48;
const PRIORITIES = 16;

export interface QueuedMessage {
  /** Opaque; grows in the order of sending. */
  readonly id: number;
  readonly message: OutboundMessage;
  readonly attempts: number;
}

type Row = {
  id: number;
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: number;
  attempts: number;
};

/** What must reach the broker, until its PUBACK: in the order of priority, then of writing. */
export class Outbox {
  readonly #database: SqlDatabase;
  readonly #lastNumber: Statement<[], { number: number }>;
  readonly #insert: Statement<[number, string, Uint8Array, number, number, number]>;
  readonly #supersede: Statement<[string]>;
  readonly #due: Statement<[number, number, number], Row>;
  readonly #earliest: Statement<[number, number], { atMs: number | null }>;
  readonly #remove: Statement<[number]>;
  readonly #postpone: Statement<[number, number]>;
  readonly #size: Statement<[], { count: number; bytes: number }>;
  /** Grows by itself, also over rolled-back rows: an id is never used twice in a process, so a late PUBACK hits nothing new. */
  #number: number | undefined;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#lastNumber = database.prepare(`SELECT ifnull(max(id % ${NUMBERS}), 0) AS number FROM outbox`);
    this.#insert = database.prepare(
      "INSERT INTO outbox (id, topic, payload, qos, retain, notBeforeMs, attempts) VALUES (?, ?, ?, ?, ?, ?, 0)",
    );
    this.#supersede = database.prepare("DELETE FROM outbox WHERE topic = ? AND retain = 1");
    this.#due = database.prepare(
      "SELECT id, topic, payload, qos, retain, attempts FROM outbox WHERE notBeforeMs <= ? OR notBeforeMs > ? ORDER BY id LIMIT ?",
    );
    this.#earliest = database.prepare(
      "SELECT min(notBeforeMs) AS atMs FROM outbox WHERE notBeforeMs > ? AND notBeforeMs <= ?",
    );
    this.#remove = database.prepare("DELETE FROM outbox WHERE id = ?");
    this.#postpone = database.prepare("UPDATE outbox SET attempts = attempts + 1, notBeforeMs = ? WHERE id = ?");
    this.#size = database.prepare("SELECT count(*) AS count, ifnull(sum(length(payload)), 0) AS bytes FROM outbox");
  }

  /**
   * `priority` 0..15, lower goes first. A retained message takes the place of one still waiting for the same topic: only
   * the newest means anything to a reader.
   */
  add(message: OutboundMessage, priority: number, notBeforeMs: UnixMs = 0): void {
    if (!Number.isInteger(priority) || priority < 0 || priority >= PRIORITIES) throw new RangeError("priority");
    this.#database.transaction(() => {
      if (message.retain) this.#supersede.run(message.topic);
      const id = priority * NUMBERS + this.#nextNumber();
      this.#insert.run(id, message.topic, message.payload, message.qos, Number(message.retain), notBeforeMs);
    });
  }

  /** The next messages to send at `nowMs`, at most `limit`, without those already under way. */
  due(nowMs: UnixMs, limit: number, underWay: ReadonlySet<number> = new Set()): QueuedMessage[] {
    return this.#due
      .all(nowMs, nowMs + LONGEST_WAIT_MS, limit + underWay.size)
      .filter((row) => !underWay.has(row.id))
      .slice(0, limit)
      .map(({ id, topic, payload, qos, retain, attempts }) => ({
        id,
        message: { topic, payload, qos: qos === 0 ? 0 : 1, retain: retain === 1 },
        attempts,
      }));
  }

  /** When the next message that waits for its time may go; undefined when none waits. */
  nextDueMs(nowMs: UnixMs): UnixMs | undefined {
    return this.#earliest.one(nowMs, nowMs + LONGEST_WAIT_MS).atMs ?? undefined;
  }

  /** The broker has it. Harmless for a message that a newer one has replaced meanwhile. */
  sent(id: number): void {
    this.#remove.run(id);
  }

  /** The broker refused it; not again before `notBeforeMs`, at most LONGEST_WAIT_MS from now. */
  postpone(id: number, notBeforeMs: UnixMs): void {
    this.#postpone.run(notBeforeMs, id);
  }

  size(): { readonly count: number; readonly bytes: number } {
    return this.#size.one();
  }

  #nextNumber(): number {
    this.#number = (this.#number ?? this.#lastNumber.one().number) + 1;
    return this.#number;
  }
}
