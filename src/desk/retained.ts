import type { UnixSeconds } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly expiresAt: UnixSeconds;
}

/** Everything this desk wants a broker to hold, chunks included: what is published again when a broker has lost it. */
export class Retained {
  readonly #put: Statement<[string, Uint8Array, number], never>;
  readonly #extend: Statement<[string, Uint8Array, number], never>;
  readonly #find: Statement<[string], RetainedMessage>;
  readonly #active: Statement<[number], { topic: string }>;
  readonly #expired: Statement<[number], { topic: string }>;
  readonly #removeExpired: Statement<[string, number], never>;

  constructor(database: SqlDatabase) {
    const insert =
      "INSERT INTO retained (topic, payload, expires_at) VALUES (?, ?, ?) ON CONFLICT (topic) DO UPDATE SET";
    this.#put = database.prepare(`${insert} payload = excluded.payload, expires_at = excluded.expires_at`);
    this.#extend = database.prepare(`${insert} expires_at = max(expires_at, excluded.expires_at)`);
    this.#find = database.prepare("SELECT topic, payload, expires_at AS expiresAt FROM retained WHERE topic = ?");
    this.#active = database.prepare("SELECT topic FROM retained WHERE expires_at > ? ORDER BY rowid");
    this.#expired = database.prepare("SELECT topic FROM retained WHERE expires_at <= ? ORDER BY rowid");
    this.#removeExpired = database.prepare("DELETE FROM retained WHERE topic = ? AND expires_at <= ?");
  }

  put({ topic, payload, expiresAt }: RetainedMessage): void {
    this.#put.run(topic, payload, expiresAt);
  }

  /** For chunks, whose topic names their bytes: a second broadcast of the same file only makes them live longer. */
  putShared({ topic, payload, expiresAt }: RetainedMessage): void {
    this.#extend.run(topic, payload, expiresAt);
  }

  find(topic: string): RetainedMessage | undefined {
    return this.#find.get(topic);
  }

  /** In the order they were first published: chunks stand before the broadcast that needs them. */
  activeTopics(now: UnixSeconds): string[] {
    return this.#active.all(now).map((row) => row.topic);
  }

  expiredTopics(now: UnixSeconds): string[] {
    return this.#expired.all(now).map((row) => row.topic);
  }

  /** Returns how many were removed: 0 when its life was extended meanwhile. */
  removeExpired(topic: string, now: UnixSeconds): number {
    return this.#removeExpired.run(topic, now);
  }
}
