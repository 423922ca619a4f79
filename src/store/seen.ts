import type { ItemKey } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { RefusalCode } from "../domain/trust.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const SEEN_TABLES = `
  CREATE TABLE seen (
    issuer TEXT, id TEXT, payloadHash TEXT NOT NULL, keepUntil INTEGER NOT NULL,
    PRIMARY KEY (issuer, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE refusals (
    issuer TEXT, id TEXT, payloadHash TEXT, code TEXT, keepUntil INTEGER NOT NULL,
    PRIMARY KEY (issuer, id, payloadHash, code)
  ) STRICT, WITHOUT ROWID;
`;

const KEPT_AFTER_EXPIRY_SECONDS = 7 * 86_400;

/** Identities that have taken effect, kept a week past their expiry: what makes a repeat harmless and a replay visible. */
export class Seen {
  readonly #insert: Statement<[string, string, string, number]>;
  readonly #find: Statement<[string, string], { payloadHash: string }>;
  readonly #prune: Statement<[number]>;

  constructor(database: SqlDatabase) {
    this.#insert = database.prepare("INSERT INTO seen (issuer, id, payloadHash, keepUntil) VALUES (?, ?, ?, ?)");
    this.#find = database.prepare("SELECT payloadHash FROM seen WHERE issuer = ? AND id = ?");
    this.#prune = database.prepare("DELETE FROM seen WHERE keepUntil < ?");
  }

  /** The key must be new: a second effect of one identity is a bug, and throws. */
  add(key: ItemKey, payloadHash: string, expiresAt: UnixSeconds): void {
    this.#insert.run(key.issuer, key.id, payloadHash, expiresAt + KEPT_AFTER_EXPIRY_SECONDS);
  }

  /** Hash of the payload that came under this identity. Equal: a repeat. Other: a replay. */
  payloadHash(key: ItemKey): string | undefined {
    return this.#find.get(key.issuer, key.id)?.payloadHash;
  }

  prune(now: UnixSeconds): number {
    return this.#prune.run(now);
  }
}

/** Signed messages that were refused, so that each is receipted once. */
export class Refusals {
  readonly #insert: Statement<[string, string, string, string, number]>;
  readonly #has: Statement<[string, string, string], { found: number }>;
  readonly #like: Statement<[string, number], ItemKey & { code: string }>;
  readonly #prune: Statement<[number]>;

  constructor(database: SqlDatabase) {
    this.#insert = database.prepare(
      "INSERT INTO refusals (issuer, id, payloadHash, code, keepUntil) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#has = database.prepare(
      "SELECT 1 AS found FROM refusals WHERE issuer = ? AND id = ? AND payloadHash = ? LIMIT 1",
    );
    this.#like = database.prepare("SELECT issuer, id, code FROM refusals WHERE id LIKE ? ORDER BY id DESC LIMIT ?");
    this.#prune = database.prepare("DELETE FROM refusals WHERE keepUntil < ?");
  }

  /** Returns whether this refusal is new; a repeat is only acknowledged. */
  add(key: ItemKey, payloadHash: string, code: RefusalCode, expiresAt: UnixSeconds): boolean {
    return this.#insert.run(key.issuer, key.id, payloadHash, code, expiresAt + KEPT_AFTER_EXPIRY_SECONDS) === 1;
  }

  has({ issuer, id }: ItemKey, payloadHash: string): boolean {
    return this.#has.get(issuer, id, payloadHash) !== undefined;
  }

  /** Whose id holds this part, newest first: for people. `part` is of the alphabet of ids. */
  withIdLike(part: string, limit: number): (ItemKey & { readonly code: string })[] {
    return this.#like.all(`%${part}%`, limit);
  }

  prune(now: UnixSeconds): number {
    return this.#prune.run(now);
  }
}
