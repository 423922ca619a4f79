import type { KeyMark } from "../domain/standing.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Revoked, RevokedKey } from "../domain/trust.ts";
import type { Ground } from "./areas.ts";
import { type Policy, rankOf } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";

/** What was revoked, and what it is judged by. */
export interface Revocations {
  /** The newest of each issuer for each area. They hold until a newer one takes their place, also when they have expired. */
  readonly revoked: readonly Revoked[];
  readonly ground: Ground;
  readonly policy: Pick<Policy, "levels" | "quorum">;
}

/**
 * What speaks against a message that comes now. A key in wrong hands is believed nothing more, whatever date it writes: dates are
 * the thief's to choose. A key that was given up in good order stands for what it issued before.
 */
export function revocationObjection(keys: readonly KeyMark[], revocations: Revocations): Objection | undefined {
  for (const key of keys) {
    const revoked = revocationsOf(key, revocations).find(
      ({ reason, from }) => reason === "compromised" || key.issuedAt >= from,
    );
    if (revoked !== undefined) return objection("key-revoked", `${key.kid} is ${revoked.reason} since ${revoked.from}`);
  }
  return undefined;
}

/** Whether what was accepted at `acceptedAt` has to go: our own clock is asked beside the dates that it bears. */
export function isTakenBack(keys: readonly KeyMark[], acceptedAt: UnixSeconds, revocations: Revocations): boolean {
  return keys.some((key) =>
    revocationsOf(key, revocations).some(({ reason, from }) => {
      if (reason === "retired") return key.issuedAt >= from;
      return key.signedAt >= from || acceptedAt >= from;
    }),
  );
}

/** Whether a key would be believed again, or more, if this list took the place of the one before it. */
export function givesBack({ issuer, area, keys }: Revoked, inForce: readonly Revoked[]): boolean {
  const before = inForce.find((list) => list.issuer === issuer && list.area === area)?.keys ?? [];
  const covers = (key: RevokedKey) => (one: RevokedKey) =>
    one.kid === key.kid && one.from <= key.from && (one.reason === key.reason || one.reason === "compromised");
  return before.some((key) => !keys.some(covers(key)));
}

/** Its own issuer may revoke a key, and every authority above that; in an area that this gateway lies in. */
function revocationsOf(key: KeyMark, { revoked, ground, policy }: Revocations): readonly RevokedKey[] {
  const rank = rankOf(key.level, policy) ?? Number.POSITIVE_INFINITY;
  return revoked.flatMap(({ issuer, level, area, keys }) => {
    const isAbove = (rankOf(level, policy) ?? Number.POSITIVE_INFINITY) < rank;
    if (!ground.known.has(area) || (issuer !== key.issuer && !isAbove)) return [];
    return keys.filter(({ kid }) => kid === key.kid);
  });
}
