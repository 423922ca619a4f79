import type { Broadcast } from "../domain/broadcast.ts";
import type { Standing } from "../domain/standing.ts";
import { type ClockReading, isTrusted, type UnixSeconds } from "../domain/time.ts";
import { BUILT_IN_POLICY, type ClockRule } from "./policy.ts";

/** An accepted order, by what time does to it. */
interface Dated {
  readonly order: Broadcast;
  readonly standing: Standing;
  /** It was accepted since the agent started, while nobody knew the time. */
  readonly cameUntimed?: boolean | undefined;
}

/** What is known about the past where the clock says little. */
export interface TimeBounds {
  /** Nothing that ended before it may sound any more. */
  readonly signedFloor: UnixSeconds;
  readonly rule: Pick<ClockRule, "untimedEmergencyLifeSeconds">;
  /** This epoch began because a database was lost: with it went the memory of what had been heard. */
  readonly loss?: { readonly firstTrusted: UnixSeconds | undefined } | undefined;
  /** Taken back by somebody with a say in it, whose keys nobody can judge without a clock. */
  readonly isTakenBack: (item: Pick<Dated, "order" | "standing">) => boolean;
}

export const NO_BOUNDS: TimeBounds = { signedFloor: 0, rule: BUILT_IN_POLICY.clock, isTakenBack: () => false };

/** An order that is meant to be heard at once is dated so. */
const AT_ONCE_SECONDS = 600;
/** Of two offices' clocks and the way between. */
const BEFORE_FIRST_TRUSTED_SECONDS = 600;

/** Whether orders may be judged by the time: it is trusted, and what was heard before a loss is bounded by it. */
export function isTimed(clock: Pick<ClockReading, "state">, { loss }: TimeBounds): boolean {
  return isTrusted(clock) && (loss === undefined || loss.firstTrusted !== undefined);
}

/** It may have been heard before the loss. Somebody would be frightened by a warning of yesterday. */
export function isOfBeforeLoss({ order, standing }: Dated, { loss }: TimeBounds): boolean {
  if (loss?.firstTrusted === undefined || standing.class !== "emergency") return false;
  return order.issuedAt < loss.firstTrusted - BEFORE_FIRST_TRUSTED_SECONDS;
}

/**
 * Whether it may be heard once though nobody knows the time: a short-lived emergency to be heard at once, that came while nobody
 * knew, and that is not surely over. One that was here before may be as old as the power cut.
 */
export function mayPlayUntimed(
  { order, standing, cameUntimed }: Dated,
  { signedFloor, rule, loss }: TimeBounds,
): boolean {
  return (
    loss === undefined &&
    cameUntimed === true &&
    standing.class === "emergency" &&
    order.plan.kind === "now" &&
    order.notBefore - order.issuedAt <= AT_ONCE_SECONDS &&
    order.expiresAt - order.notBefore <= rule.untimedEmergencyLifeSeconds &&
    standing.window.expiresAt > signedFloor
  );
}
