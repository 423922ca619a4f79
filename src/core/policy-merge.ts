import type { AreaKind } from "../domain/broadcast.ts";
import type { PolicyDocument } from "../domain/policy-document.ts";
import { BUILT_IN_POLICY, type Policy } from "./policy.ts";

const HOUR = 3_600;

/** Where one holder may ever give an emergency order alone: in nothing larger than a commune. */
const SMALL_KINDS: readonly AreaKind[] = ["commune", "special", "test"];
const MOST_HOLDERS = 4;

/**
 * A signed policy laid over the built-in one. Each number is clamped: the built-in ceilings are the highest there are, the floors
 * keep a slip of the pen from silencing everyone, and the quorum can grow but not fall. What is not a number here (signatures,
 * scope, replay) no policy has a word for.
 */
export function mergePolicy(document: PolicyDocument): Policy {
  const built = BUILT_IN_POLICY;
  const { lifeSeconds, repeats, quorum, clock } = document;
  const { aloneInKind } = quorum ?? {};
  return {
    levels: document.levels,
    lifeSeconds: {
      emergency: upTo(built.lifeSeconds.emergency, HOUR, lifeSeconds?.emergency),
      priority: upTo(built.lifeSeconds.priority, HOUR, lifeSeconds?.priority),
      routine: upTo(built.lifeSeconds.routine, HOUR, lifeSeconds?.routine),
    },
    recurringLifeSeconds: upTo(built.recurringLifeSeconds, HOUR, lifeSeconds?.recurring),
    emergencyPlayMs: upTo(built.emergencyPlayMs, 10_000, document.emergencyPlayMs),
    activeItems: upTo(built.activeItems, 10, document.activeItems),
    repeats: {
      emergency: upTo(built.repeats.emergency, 1, repeats?.emergency),
      priority: upTo(built.repeats.priority, 1, repeats?.priority),
      routine: upTo(built.repeats.routine, 1, repeats?.routine),
    },
    rememberedReferences: upTo(built.rememberedReferences, 10, document.rememberedReferences),
    controlLifeSeconds: upTo(built.controlLifeSeconds, HOUR, document.controlLifeSeconds),
    activeControls: upTo(built.activeControls, 2, document.activeControls),
    holdSeconds: upTo(built.holdSeconds, 60, document.holdSeconds),
    quorum: {
      holders: clamped(quorum?.holders ?? built.quorum.holders, built.quorum.holders, MOST_HOLDERS),
      signedWithinSeconds: upTo(built.quorum.signedWithinSeconds, 60, quorum?.signedWithinSeconds),
      aloneInKind:
        aloneInKind !== undefined && SMALL_KINDS.includes(aloneInKind) ? aloneInKind : built.quorum.aloneInKind,
      ownLevel: quorum?.ownLevel ?? built.quorum.ownLevel,
    },
    allowedHours: document.allowedHours ?? built.allowedHours,
    gates: {
      priority: document.gates?.priority ?? built.gates.priority,
      routine: document.gates?.routine ?? built.gates.routine,
    },
    clock: {
      holdSeconds: upTo(built.clock.holdSeconds, 0, clock?.holdSeconds),
      untimedEmergencyLifeSeconds: upTo(built.clock.untimedEmergencyLifeSeconds, 0, clock?.untimedEmergencyLifeSeconds),
      beaconToleranceSeconds: upTo(built.clock.beaconToleranceSeconds, 30, clock?.beaconToleranceSeconds),
    },
  };
}

function upTo(ceiling: number, floor: number, wished: number = ceiling): number {
  return clamped(wished, floor, ceiling);
}

function clamped(wished: number, floor: number, ceiling: number): number {
  return Math.min(ceiling, Math.max(floor, wished));
}
