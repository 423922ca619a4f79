import type { DownMessage } from "../domain/broadcast.ts";
import { type ClockReading, isTrusted } from "../domain/time.ts";
import { type Objection, objection } from "./refusal.ts";
import type { AcceptedVersion } from "./trust-context.ts";

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

/** For what takes effect at once: its keys may have expired. */
export function trustedClockObjection(clock: ClockReading): Objection | undefined {
  return isTrusted(clock) ? undefined : objection("clock", "no clock to judge its keys by");
}
