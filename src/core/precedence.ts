import type { ItemKey } from "../domain/broadcast.ts";
import { type BroadcastClass, classRank, type Severity } from "../domain/precedence.ts";
import type { UnixSeconds } from "../domain/time.ts";

/** All that decides who speaks first. Class and severity are the effective ones. */
export interface PrecedenceKey extends ItemKey {
  readonly class: BroadcastClass;
  readonly severity: Severity;
  /** Repeats that reached their end. */
  readonly playsDone: number;
  /** The commune's own order among what is no emergency, 0..999. */
  readonly localOrder: number;
  readonly authorityRank: number;
  readonly due: UnixSeconds;
  readonly issuedAt: UnixSeconds;
}

export const DEFAULT_LOCAL_ORDER = 500;
const SEVERITIES = 4;

/** Class and severity as one number: lower speaks first. */
export function urgencyRank(key: Pick<PrecedenceKey, "class" | "severity">): number {
  return classRank(key.class) * SEVERITIES + key.severity;
}

/**
 * Negative when `a` speaks first. A total order: only one occurrence of one item compares 0 with itself. `playsDone` stands before
 * authority, so repeats of equal emergencies interleave and nobody silences an equal by repeating himself.
 */
export function comparePrecedence(a: PrecedenceKey, b: PrecedenceKey): number {
  return (
    urgencyRank(a) - urgencyRank(b) ||
    (a.class === "emergency" ? a.playsDone - b.playsDone : a.localOrder - b.localOrder) ||
    a.authorityRank - b.authorityRank ||
    a.due - b.due ||
    a.issuedAt - b.issuedAt ||
    compareText(a.issuer, b.issuer) ||
    compareText(a.id, b.id)
  );
}

/** By code unit, never by locale: every gateway must come to the same order. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
