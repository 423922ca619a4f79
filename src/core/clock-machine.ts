import type { ClockReading, Milliseconds, MonotonicMs, UnixMs, UnixSeconds } from "../domain/time.ts";
import type { ClockRule } from "./policy.ts";

/** What the machine's clocks show, and whether the time service stands by the wall clock. */
export interface ClockLook {
  readonly synchronised: boolean;
  readonly wallMs: UnixMs;
  readonly monotonicMs: MonotonicMs;
}

/** A trusted time and the monotonic instant at which it was so. */
interface Anchor {
  readonly wallMs: UnixMs;
  readonly monotonicMs: MonotonicMs;
  readonly errorMs: Milliseconds;
  /** The last time that somebody vouched for it, in its own count. */
  readonly vouchedAtMs: UnixMs;
}

/** The wall clock says something else than what we hold: since when, and by how much. */
interface Stray {
  readonly offsetMs: Milliseconds;
  readonly sinceMs: MonotonicMs;
}

export type ClockPhase =
  | { readonly name: "untimed" }
  | { readonly name: "hold"; readonly anchor: Anchor; readonly stray?: Stray | undefined }
  | { readonly name: "sync"; readonly anchor: Anchor; readonly settledAtMs: MonotonicMs };

/** Instants that are surely over. */
export interface ClockFloors {
  /** The latest time of issue of a root, policy, beacon or time answer that was accepted. Never lowered. */
  readonly signed?: UnixSeconds | undefined;
  /** The last saved trusted time. The next `sync` may lower it. */
  readonly savedMs?: UnixMs | undefined;
}

export interface ClockMachine {
  readonly phase: ClockPhase;
  readonly floors: ClockFloors;
  /** Issuers whose last beacon contradicts the time service. */
  readonly doubters: ReadonlySet<string>;
}

/** A trusted time as it was written down. */
export interface SavedClock {
  readonly wallMs: UnixMs;
  readonly vouchedAtMs: UnixMs;
  readonly monotonicMs: MonotonicMs;
  readonly boot: string;
}

/** After the first synchronisation, and until a wall clock that was set is believed. */
export const SETTLES_AFTER_MS = 600_000;
/** Of a crystal without a time service: 8.6 s a day. */
const DRIFT = 1e-4;
/** What a hardware clock is off when it takes over, before it drifts. */
const HARDWARE_CLOCK_ERROR_MS = 2_000;

/**
 * At the start of the agent. In the same boot monotonic time tells what passed since; in another one only a hardware clock does,
 * and one that counts from before what was saved has lost its battery.
 */
export function wakeClock(
  saved: SavedClock | undefined,
  signed: UnixSeconds | undefined,
  look: Pick<ClockLook, "wallMs" | "monotonicMs">,
  machine: { readonly boot: string; readonly hasHardwareClock: boolean },
  rules: ClockRule,
): ClockMachine {
  const floors: ClockFloors = { signed, savedMs: saved?.wallMs };
  const untimed: ClockMachine = { phase: { name: "untimed" }, floors, doubters: new Set() };
  if (saved === undefined) return untimed;
  const anchor = anchorOf(saved, look, machine);
  if (anchor === undefined) return untimed;
  return withoutOldHold({ ...untimed, phase: { name: "hold", anchor } }, look, rules);
}

function anchorOf(
  saved: SavedClock,
  look: Pick<ClockLook, "wallMs" | "monotonicMs">,
  machine: { readonly boot: string; readonly hasHardwareClock: boolean },
): Anchor | undefined {
  const { wallMs, monotonicMs, vouchedAtMs } = saved;
  if (saved.boot === machine.boot && look.monotonicMs >= monotonicMs) {
    return { wallMs, monotonicMs, vouchedAtMs, errorMs: (wallMs - vouchedAtMs) * DRIFT };
  }
  if (!machine.hasHardwareClock || look.wallMs < wallMs) return undefined;
  const errorMs = HARDWARE_CLOCK_ERROR_MS + (look.wallMs - vouchedAtMs) * DRIFT;
  return { wallMs: look.wallMs, monotonicMs: look.monotonicMs, vouchedAtMs, errorMs };
}

/** What the machine's clocks show now. Called at every reading, so that a step is held off from the first instant. */
export function observe(
  machine: ClockMachine,
  look: ClockLook,
  rules: ClockRule,
  settleMs: Milliseconds,
): ClockMachine {
  if (!look.synchronised || isBelowFloor(machine, look, rules)) return unvouched(machine, look, rules);
  const { phase, floors, doubters } = machine;
  const synced = (settledAtMs: MonotonicMs): ClockMachine => ({
    phase: { name: "sync", anchor: anchorAt(look), settledAtMs },
    floors: { ...floors, savedMs: undefined },
    doubters,
  });
  if (phase.name === "untimed") return doubters.size > 0 ? machine : synced(look.monotonicMs + settleMs);

  const strayedMs = Math.abs(look.wallMs - projected(phase.anchor, look.monotonicMs));
  const isNear = strayedMs <= rules.beaconToleranceSeconds * 1000;
  if (doubters.size === 0 && isNear) {
    return synced(phase.name === "sync" ? phase.settledAtMs : look.monotonicMs + settleMs);
  }
  const stray = isNear ? undefined : strayOf(phase.name === "hold" ? phase.stray : undefined, look, rules);
  const isOld = stray !== undefined && look.monotonicMs - stray.sinceMs >= SETTLES_AFTER_MS;
  if (isOld && doubters.size === 0) return synced(look.monotonicMs + SETTLES_AFTER_MS);
  return withoutOldHold({ ...machine, phase: { name: "hold", anchor: phase.anchor, stray } }, look, rules);
}

/** A beacon says what time it is. `isFresh`: it was not kept for us, so it may not be older than its way took. */
export function hearBeacon(
  machine: ClockMachine,
  beacon: { readonly issuer: string; readonly now: UnixSeconds; readonly isFresh: boolean },
  look: ClockLook,
  rules: ClockRule,
): ClockMachine {
  if (!look.synchronised) return machine;
  const aheadMs = beacon.now * 1000 - look.wallMs;
  const toleranceMs = rules.beaconToleranceSeconds * 1000;
  if (aheadMs < -toleranceMs && !beacon.isFresh) return machine;
  const doubters = new Set(machine.doubters);
  if (Math.abs(aheadMs) > toleranceMs) doubters.add(beacon.issuer);
  else doubters.delete(beacon.issuer);
  return { ...machine, doubters };
}

/** A signed answer to a question of ours: trusted like a clock that was right a moment ago. */
export function hearAnswer(
  machine: ClockMachine,
  answer: { readonly nowMs: UnixMs; readonly errorMs: Milliseconds },
  monotonicMs: MonotonicMs,
): ClockMachine {
  if (machine.phase.name !== "untimed") return machine;
  const { nowMs: wallMs, errorMs } = answer;
  return { ...machine, phase: { name: "hold", anchor: { wallMs, monotonicMs, errorMs, vouchedAtMs: wallMs } } };
}

/** A document was issued at this time, by a key that was good then. */
export function raiseFloor(machine: ClockMachine, issuedAt: UnixSeconds): ClockMachine {
  const { floors } = machine;
  return { ...machine, floors: { ...floors, signed: Math.max(floors.signed ?? 0, issuedAt) } };
}

export function readClock({ phase, floors }: ClockMachine, look: ClockLook): ClockReading {
  switch (phase.name) {
    case "sync":
      return {
        state: "sync",
        nowMs: look.wallMs,
        ...(look.monotonicMs < phase.settledAtMs && { unsettled: true }),
      };
    case "hold": {
      const { anchor } = phase;
      const errorMs = Math.round(anchor.errorMs + (look.monotonicMs - anchor.monotonicMs) * DRIFT);
      return { state: "hold", nowMs: Math.round(projected(anchor, look.monotonicMs)), errorMs, unsettled: true };
    }
    case "untimed": {
      const floorMs = Math.max((floors.signed ?? 0) * 1000, floors.savedMs ?? 0);
      return { state: floorMs > 0 ? "floor" : "none", nowMs: Math.max(look.wallMs, floorMs), unsettled: true };
    }
    default:
      return phase satisfies never;
  }
}

/** Why the clock is not in sync, for who has to mend it. */
export type ClockTrouble = "unsynchronised" | "below-floor" | "beacon" | "stepped";

export function troubleOf(machine: ClockMachine, look: ClockLook, rules: ClockRule): ClockTrouble | undefined {
  if (machine.phase.name === "sync") return undefined;
  if (!look.synchronised) return "unsynchronised";
  if (isBelowFloor(machine, look, rules)) return "below-floor";
  return machine.doubters.size > 0 ? "beacon" : "stepped";
}

/** What is to be written down of it; undefined while nobody vouches for the time. */
export function savedFrom({ phase }: ClockMachine, look: ClockLook, boot: string): SavedClock | undefined {
  if (phase.name !== "sync") return undefined;
  return { wallMs: look.wallMs, vouchedAtMs: phase.anchor.vouchedAtMs, monotonicMs: look.monotonicMs, boot };
}

/** The time service may not go back behind what has been signed: whoever can turn time back could make old keys good again. */
function isBelowFloor({ floors }: ClockMachine, { wallMs }: ClockLook, rules: ClockRule): boolean {
  return wallMs < ((floors.signed ?? 0) - rules.beaconToleranceSeconds) * 1000;
}

function unvouched(machine: ClockMachine, look: ClockLook, rules: ClockRule): ClockMachine {
  const { phase } = machine;
  if (phase.name === "untimed") return machine;
  return withoutOldHold({ ...machine, phase: { name: "hold", anchor: phase.anchor } }, look, rules);
}

function withoutOldHold(
  machine: ClockMachine,
  { monotonicMs }: Pick<ClockLook, "monotonicMs">,
  { holdSeconds }: ClockRule,
): ClockMachine {
  const { phase, floors } = machine;
  if (phase.name !== "hold") return machine;
  const nowMs = projected(phase.anchor, monotonicMs);
  if (nowMs - phase.anchor.vouchedAtMs <= holdSeconds * 1000) return machine;
  return { ...machine, phase: { name: "untimed" }, floors: { ...floors, savedMs: nowMs } };
}

/** The same one as before, if the wall clock stands where it then stood. */
function strayOf(known: Stray | undefined, look: ClockLook, rules: ClockRule): Stray {
  const offsetMs = look.wallMs - look.monotonicMs;
  const isSame = known !== undefined && Math.abs(known.offsetMs - offsetMs) <= rules.beaconToleranceSeconds * 1000;
  return isSame ? known : { offsetMs, sinceMs: look.monotonicMs };
}

function projected({ wallMs, monotonicMs: then }: Anchor, monotonicMs: MonotonicMs): UnixMs {
  return wallMs + (monotonicMs - then);
}

function anchorAt({ wallMs, monotonicMs }: ClockLook): Anchor {
  return { wallMs, monotonicMs, errorMs: 0, vouchedAtMs: wallMs };
}
