import type { ZoneId } from "../domain/broadcast.ts";
import type { Claim } from "../domain/playout.ts";
import { type Candidate, claimIn, type Plan } from "./plan.ts";
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
  readonly claim: Claim | undefined;
  readonly reason: ChoiceReason;
  /** All that may sound there, by the plan. */
  readonly candidates: readonly Candidate[];
  /** Why the others don't, where nothing of their own is in the way. */
  readonly others: PassedReason;
  /** What was on air until now. */
  readonly cut?: Candidate | undefined;
  /** Only emergencies were asked. */
  readonly isHeld?: boolean | undefined;
}

/** Why a candidate is silent in a zone that chose another or none. Asked where it is wanted: a full plan has thousands. */
export function whySilent(candidate: Candidate, { others, cut, isHeld }: Decision): PassedReason {
  if (others === "zone-out") return others;
  if (candidate.halted) return "halted";
  if (candidate === cut) return "cut";
  return isHeld && candidate.key.class !== "emergency" ? "gap-held" : others;
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
  const byZone = new Map<ZoneId, Candidate[]>(zones.zoneIds.map((zoneId) => [zoneId, []]));
  for (const candidate of plan.candidates) {
    for (const zoneId of candidate.zones) byZone.get(zoneId)?.push(candidate);
  }
  return zones.zoneIds.map((zoneId) => {
    const candidates = byZone.get(zoneId) ?? [];
    const isHeld = plan.heldZones.has(zoneId);
    const choice = zones.out.has(zoneId) ? ZONE_OUT : choose(candidates, zones.onAir.get(zoneId), isHeld);
    const claim = choice.chosen && claimIn(zoneId, choice.chosen);
    return { zoneId, claim, candidates, ...choice };
  });
}

type Choice = Omit<Decision, "zoneId" | "claim" | "candidates">;

const ZONE_OUT: Choice = { chosen: undefined, reason: "zone-out", others: "zone-out" };

function choose(candidates: readonly Candidate[], onAir: Claim | undefined, isHeld: boolean): Choice {
  const running = onAir && candidates.find((candidate) => !candidate.halted && isOf(candidate, onAir));
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

function isOf({ item, occurrence }: Candidate, claim: Claim): boolean {
  return occurrence === claim.occurrence && item.id === claim.item.id && item.issuer === claim.item.issuer;
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
