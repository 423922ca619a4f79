import type { ItemKey, ZoneId } from "../domain/broadcast.ts";
import { type Claim, sameClaim } from "../domain/playout.ts";
import type { Candidate, Plan } from "./plan.ts";
import { comparePrecedence } from "./precedence.ts";

export type CutReason = "emergency-cuts" | "more-severe-cuts" | "window-would-close";

/** Why a zone does what it does. */
export type ChoiceReason = CutReason | "first" | "keeps" | "idle" | "zone-out" | "no-longer-due";

/** Why a claim that may sound does not. `cut`: it was on air until this decision. */
export type PassedReason = "behind" | "waits-for-end" | "gap-held" | "zone-out" | "cut" | "halted";

export interface Decision {
  readonly zoneId: ZoneId;
  /** What the zone should play: undefined is silence. */
  readonly chosen: Candidate | undefined;
  readonly reason: ChoiceReason;
  readonly passedOver: readonly PassedOver[];
}

interface PassedOver {
  readonly item: ItemKey;
  readonly reason: PassedReason;
}

/** The zones as they are: what sounds, and which can't sound at all for now. */
export interface ZonesNow {
  readonly zoneIds: readonly ZoneId[];
  readonly onAir: ReadonlyMap<ZoneId, Claim>;
  readonly out: ReadonlySet<ZoneId>;
}

/**
 * Why a challenger takes the zone from what runs there, or undefined if it has to wait for the end. (class, severity) strictly
 * falls with every cut, so cuts can't go in a circle; equals never cut each other.
 */
export function cuts(challenger: Candidate, running: Candidate): CutReason | undefined {
  const urgent = challenger.key;
  const playing = running.key;
  if (urgent.class === "emergency") {
    if (playing.class !== "emergency") return "emergency-cuts";
    return urgent.severity < playing.severity ? "more-severe-cuts" : undefined;
  }
  if (urgent.class !== "priority" || playing.class !== "routine") return undefined;
  const { startClosesAfterMs } = challenger;
  const { onAirUntilMs } = running;
  const tooLate = startClosesAfterMs !== undefined && onAirUntilMs !== undefined && onAirUntilMs >= startClosesAfterMs;
  return tooLate ? "window-would-close" : undefined;
}

/** Who speaks in each zone. Pure and total: the same candidates give the same answer on every gateway, in whatever order they come. */
export function arbitrate(plan: Pick<Plan, "candidates" | "heldZones">, zones: ZonesNow): readonly Decision[] {
  const byZone = Map.groupBy(plan.candidates, ({ claim }) => claim.zoneId);
  return zones.zoneIds.map((zoneId) => {
    const candidates = byZone.get(zoneId) ?? NOBODY;
    const isHeld = plan.heldZones.has(zoneId);
    const choice = zones.out.has(zoneId) ? ZONE_OUT : choose(candidates, zones.onAir.get(zoneId), isHeld);
    return { zoneId, chosen: choice.chosen, reason: choice.reason, passedOver: passedOver(candidates, choice) };
  });
}

interface Choice extends Pick<Decision, "chosen" | "reason"> {
  /** Why the others are silent that may sound. */
  readonly others: PassedReason;
  /** What was on air until now. */
  readonly cut?: Candidate | undefined;
  /** Only emergencies were asked. */
  readonly isHeld?: boolean | undefined;
}

const NOBODY: readonly Candidate[] = [];
const ZONE_OUT: Choice = { chosen: undefined, reason: "zone-out", others: "zone-out" };

function choose(candidates: readonly Candidate[], onAir: Claim | undefined, isHeld: boolean): Choice {
  const running = onAir && candidates.find(({ halted, claim }) => !halted && sameClaim(claim, onAir));
  if (running !== undefined) {
    const challenger = first(candidates, (candidate) => cuts(candidate, running) !== undefined);
    const reason = challenger && cuts(challenger, running);
    if (reason === undefined) return { chosen: running, reason: "keeps", others: "waits-for-end" };
    return { chosen: challenger, reason, others: "behind", cut: running };
  }
  const chosen = first(candidates, ({ key }) => !isHeld || key.class === "emergency");
  const idle = onAir === undefined ? "idle" : "no-longer-due";
  return { chosen, reason: chosen === undefined ? idle : "first", others: "behind", isHeld };
}

/** Of those that may be asked the most urgent. Most are asked nothing, since somebody before them is more urgent. */
function first(candidates: readonly Candidate[], isAsked: (candidate: Candidate) => boolean): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.halted || (best !== undefined && comparePrecedence(candidate.key, best.key) >= 0)) continue;
    if (isAsked(candidate)) best = candidate;
  }
  return best;
}

/** A thousand items in sixteen zones are sixteen thousand of these at every decision. */
function passedOver(candidates: readonly Candidate[], choice: Choice): readonly PassedOver[] {
  const passed: PassedOver[] = [];
  for (const candidate of candidates) {
    if (candidate !== choice.chosen) passed.push({ item: candidate.claim.item, reason: whySilent(candidate, choice) });
  }
  return passed;
}

function whySilent(candidate: Candidate, { others, cut, isHeld }: Choice): PassedReason {
  if (others === "zone-out") return others;
  if (candidate.halted) return "halted";
  if (candidate === cut) return "cut";
  return isHeld && candidate.key.class !== "emergency" ? "gap-held" : others;
}
