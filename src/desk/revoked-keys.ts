import type { AreaId } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { RevokedKey } from "../domain/trust.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";

/** A key that a list of revoked keys has to name, for as long as somebody could still sign with it. */
export interface KeptRevocation extends RevokedKey {
  /** Whose list it is, and for which area. */
  readonly issuer: string;
  readonly area: AreaId;
  /** When the delegation of the key ends: from then on nobody believes it anyway. */
  readonly until: UnixSeconds;
}

/**
 * What this desk has revoked. The lists at the broker end with the keys that signed them, and a list that leaves a key out gives it
 * back, so what was revoked is remembered apart from them.
 */
export class RevokedKeys {
  readonly #put: Statement<[string, string, string, string, number, number], never>;
  readonly #of: Statement<[string], KeptRevocation>;
  readonly #living: Statement<[number], KeptRevocation>;

  constructor(database: SqlDatabase) {
    this.#put = database.prepare(
      `INSERT INTO revoked (issuer, area, kid, reason, since, until) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (issuer, area, kid) DO UPDATE SET reason = excluded.reason, since = excluded.since, until = excluded.until`,
    );
    const select = `SELECT issuer, area, kid, reason, since AS "from", until FROM revoked`;
    this.#of = database.prepare(`${select} WHERE issuer = ? ORDER BY rowid`);
    this.#living = database.prepare(`${select} WHERE until > ? ORDER BY issuer, area, until DESC`);
  }

  put({ issuer, area, kid, reason, from, until }: KeptRevocation): void {
    this.#put.run(issuer, area, kid, reason, from, until);
  }

  /** Of this issuer's lists in the order of revoking, also what nobody could sign with any more. */
  of(issuer: string): readonly KeptRevocation[] {
    return this.#of.all(issuer);
  }

  /** Those that could be signed with still, list by list, the key first that lives longest. */
  living(now: UnixSeconds): readonly KeptRevocation[] {
    return this.#living.all(now);
  }
}
