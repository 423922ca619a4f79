import type { DownMessage } from "../domain/broadcast.ts";
import type { Validity } from "../domain/standing.ts";
import { type ClockReading, isTrusted, type UnixSeconds } from "../domain/time.ts";
import { notYet, type Objection, objection } from "./refusal.ts";
import type { AcceptedVersion } from "./trust-context.ts";
import { latestOf } from "./validity.ts";

/** Whether a document is newer than the last accepted of its kind. */
export function sequenceObjection(
  document: Pick<DownMessage, "sequence">,
  last: AcceptedVersion | undefined,
): Objection | undefined {
  if (last === undefined || document.sequence > last.sequence) return undefined;
  if (document.sequence < last.sequence)
    return objection("stale", `sequence ${document.sequence} after ${last.sequence}`);
  return objection("replay", `sequence ${document.sequence} came before with other bytes`);
}

/**
 * A sequence is an instant in milliseconds, and none may lie ahead: whoever stole a key could else write a number behind which no
 * other comes, for good. Where nobody knows the time, no further ahead than the keys that it stands on hold.
 */
export function aheadObjection(
  { sequence }: Pick<DownMessage, "sequence">,
  keys: readonly Validity[],
  clock: ClockReading,
  toleranceSeconds: UnixSeconds,
): Objection | undefined {
  const latestMs = isTrusted(clock) ? latestOf(clock) : Math.min(...keys.map(({ expiresAt }) => expiresAt)) * 1000;
  if (sequence <= latestMs + toleranceSeconds * 1000) return undefined;
  return notYet(Math.ceil(sequence / 1000) - toleranceSeconds, `sequence ${sequence} is an instant to come`);
}

/** For what takes effect at once: its keys may have expired. */
export function trustedClockObjection(clock: ClockReading): Objection | undefined {
  return isTrusted(clock) ? undefined : objection("clock", "no clock to judge its keys by");
}
