import type { Validity } from "../domain/standing.ts";
import { type ClockReading, isTrusted, type UnixMs, type UnixSeconds } from "../domain/time.ts";
import { type Objection, objection } from "./refusal.ts";

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

/** Judged only by a clock that is to be believed; a `notBefore` to come is no objection to a message, it waits. */
export function expiryObjection(
  message: Validity,
  keys: readonly Validity[],
  clock: ClockReading,
): Objection | undefined {
  if (!isTrusted(clock)) return undefined;
  const latestMs = latestOf(clock);
  const unusable = keys.find((key) => !isWithin(key, latestMs));
  if (unusable !== undefined) {
    return objection("key-expired", `a key holds from ${unusable.notBefore} to ${unusable.expiresAt}`);
  }
  if (latestMs >= afterSecond(message.expiresAt)) return objection("expired", `expired at ${message.expiresAt}`);
  return undefined;
}
