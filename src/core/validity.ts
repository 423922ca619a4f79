import type { Validity } from "../domain/standing.ts";
import { type ClockReading, isTrusted, type UnixMs, type UnixSeconds } from "../domain/time.ts";
import { notYet, type Objection, objection } from "./refusal.ts";

/** The first instant that no longer belongs to a second which still counts: `expiresAt` is inclusive. */
export function afterSecond(second: UnixSeconds): UnixMs {
  return second * 1000 + 1;
}

export function isWithin({ notBefore, expiresAt }: Validity, nowMs: UnixMs): boolean {
  return nowMs >= notBefore * 1000 && nowMs < afterSecond(expiresAt);
}

/** When all of them hold. `expiresAt` below `notBefore` where that is never. */
export function overlap(validities: readonly Validity[]): Validity {
  return {
    notBefore: Math.max(...validities.map(({ notBefore }) => notBefore)),
    expiresAt: Math.min(...validities.map(({ expiresAt }) => expiresAt)),
  };
}

/** As late as it may be: what has perhaps expired has, and what has perhaps begun, too. */
export function latestOf({ nowMs, errorMs = 0 }: ClockReading): UnixMs {
  return nowMs + errorMs;
}

/**
 * Judged only by a clock that is to be believed. A key that is not valid yet may come to be: its clock and ours are not the same.
 * A message's own `notBefore` is not asked for here.
 */
export function expiryObjection(
  message: Validity,
  keys: readonly Validity[],
  clock: ClockReading,
): Objection | undefined {
  if (!isTrusted(clock)) return undefined;
  const latestMs = latestOf(clock);
  const over = keys.find(({ expiresAt }) => latestMs >= afterSecond(expiresAt));
  if (over !== undefined) return objection("key-expired", `a key held from ${over.notBefore} to ${over.expiresAt}`);
  if (latestMs >= afterSecond(message.expiresAt)) return objection("expired", `expired at ${message.expiresAt}`);
  const { notBefore, expiresAt } = overlap([...keys, { notBefore: 0, expiresAt: message.expiresAt }]);
  if (notBefore > expiresAt) return objection("key-expired", "its keys never hold in its time");
  return earlyObjection({ notBefore }, clock);
}

/** For what tells the time itself, and is judged by that: a key that was not valid yet then will not have been later on. */
export function ownTimeObjection(message: Validity, keys: readonly Validity[], nowMs: UnixMs): Objection | undefined {
  const found = expiryObjection(message, keys, { state: "sync", nowMs });
  return found?.code === "not-yet" ? objection("key-expired", found.detail) : found;
}

/** For what has its effect when it is accepted, and for the keys of everything. */
export function earlyObjection({ notBefore }: Pick<Validity, "notBefore">, clock: ClockReading): Objection | undefined {
  return latestOf(clock) >= notBefore * 1000 ? undefined : notYet(notBefore, `not valid before ${notBefore}`);
}
