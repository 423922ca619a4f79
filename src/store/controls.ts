import type { ItemKey } from "../domain/broadcast.ts";
import type { Control } from "../domain/control.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const CONTROL_TABLES = `
  CREATE TABLE controls (
    issuer TEXT, id TEXT, control TEXT NOT NULL, expiresAt INTEGER NOT NULL,
    PRIMARY KEY (issuer, id)
  ) STRICT, WITHOUT ROWID;
`;

/** Of those kept before, nobody knows the keys. */
export const KEYS_OF_CONTROLS = `
  UPDATE controls SET control = json_set(control, '$.mandate.keys', json('[]'));
`;

/** Which of the keys each signature hangs on was not kept: one that is revoked takes all of it back. */
export const SIGNERS_OF_CONTROLS = `
  UPDATE controls SET control = json_remove(json_set(control, '$.mandate.signers', json_array(json_object(
    'holder', '', 'isInTime', json('false'), 'keys', json_extract(control, '$.mandate.keys')))), '$.mandate.keys');
`;

/** Halts, holds and resumes. They outlive their end by the time that `prune` is given, because a hold counts only once. */
export class Controls {
  readonly #insert: Statement<[string, string, string, number]>;
  readonly #all: Statement<[], { control: string }>;
  readonly #countBy: Statement<[string, number], { count: number }>;
  readonly #remove: Statement<[string, string]>;
  readonly #prune: Statement<[number]>;

  constructor(database: SqlDatabase) {
    this.#insert = database.prepare("INSERT INTO controls VALUES (?, ?, ?, ?)");
    this.#all = database.prepare("SELECT control FROM controls ORDER BY issuer, id");
    this.#countBy = database.prepare("SELECT count(*) AS count FROM controls WHERE issuer = ? AND expiresAt >= ?");
    this.#remove = database.prepare("DELETE FROM controls WHERE issuer = ? AND id = ?");
    this.#prune = database.prepare("DELETE FROM controls WHERE expiresAt < ?");
  }

  /** The key must be new: `seen` has been asked first. */
  add(control: Control): void {
    const { key, window } = control;
    this.#insert.run(key.issuer, key.id, JSON.stringify(control), window.expiresAt);
  }

  all(): Control[] {
    return this.#all.all().map(({ control }) => JSON.parse(control));
  }

  /** How many of an issuer's are not over at `now`. */
  countBy(issuer: string, now: UnixSeconds): number {
    return this.#countBy.one(issuer, now).count;
  }

  remove({ issuer, id }: ItemKey): void {
    this.#remove.run(issuer, id);
  }

  /** Forgets what was over before `before`. */
  prune(before: UnixSeconds): number {
    return this.#prune.run(before);
  }
}
