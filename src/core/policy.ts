import type { AreaKind } from "../domain/broadcast.ts";
import type { AllowedHours } from "../domain/policy-document.ts";
import { type AuthorityLevel, type BroadcastClass, BUILT_IN_LEVELS } from "../domain/precedence.ts";

/** The rules that authorities may set. Code decides what they apply to; no policy turns off signatures, scope or replay checks. */
export interface Policy {
  readonly levels: readonly AuthorityLevel[];
  /** Longest time from `notBefore` to `expiresAt`. */
  readonly lifeSeconds: Readonly<Record<BroadcastClass, number>>;
  readonly recurringLifeSeconds: number;
  /** Longest audio of an emergency, and the hard stop of its play. */
  readonly emergencyPlayMs: number;
  /** Items at one time; emergencies are counted apart, so that nobody's backlog can keep one out. */
  readonly activeItems: number;
  readonly repeats: Readonly<Record<BroadcastClass, number>>;
  /** Orders that are not here yet and that one issuer has cancelled or replaced. */
  readonly rememberedReferences: number;
  readonly controlLifeSeconds: number;
  /** Halts, holds and resumes of one issuer at one time: each is weighed at every plan. */
  readonly activeControls: number;
  /** How long one signer may stop an item alone, from `issuedAt`. */
  readonly holdSeconds: number;
  readonly quorum: QuorumRule;
  /** When what is no emergency may begin. Where nothing is said, always. */
  readonly allowedHours: readonly AllowedHours[];
  readonly gates: Readonly<Record<Exclude<BroadcastClass, "emergency">, Gate>>;
  readonly clock: ClockRule;
}

export type Gate = "auto" | "manual";

export interface ClockRule {
  /** How long a time is trusted that nobody vouches for any more. */
  readonly holdSeconds: number;
  /** An emergency that lives longer does not play without a trusted time. */
  readonly untimedEmergencyLifeSeconds: number;
  /** How far a beacon and the time service may be apart. */
  readonly beaconToleranceSeconds: number;
}

export interface QuorumRule {
  readonly holders: number;
  /** A signature counts when it was made this close to `issuedAt`. */
  readonly signedWithinSeconds: number;
  /** An emergency to exactly one area of this kind needs no second holder, unless it is of severity 1. */
  readonly aloneInKind: AreaKind;
  /** The level whose single-signed severity 1 in such an area of its own plays as 2 instead of being refused. */
  readonly ownLevel: string;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Holds until a signed policy is accepted. */
export const BUILT_IN_POLICY: Policy = {
  levels: BUILT_IN_LEVELS,
  lifeSeconds: { emergency: DAY, priority: 7 * DAY, routine: 31 * DAY },
  recurringLifeSeconds: 92 * DAY,
  emergencyPlayMs: 180_000,
  activeItems: 1_000,
  repeats: { emergency: 20, priority: 10, routine: 10 },
  rememberedReferences: 1_000,
  controlLifeSeconds: 7 * DAY,
  activeControls: 16,
  holdSeconds: 900,
  quorum: { holders: 2, signedWithinSeconds: 900, aloneInKind: "commune", ownLevel: "commune" },
  allowedHours: [],
  gates: { priority: "auto", routine: "auto" },
  clock: { holdSeconds: 7 * DAY, untimedEmergencyLifeSeconds: 6 * HOUR, beaconToleranceSeconds: 300 },
};

/** Lower = higher authority. Undefined for a level the policy does not know: it has no authority at all. */
export function rankOf(level: string, policy: Pick<Policy, "levels">): number | undefined {
  return policy.levels.find(({ code }) => code === level)?.rank;
}
