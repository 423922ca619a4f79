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
  return zones.zoneIds.map((zoneId) =>
    decide(zoneId, byZone.get(zoneId) ?? [], zones.onAir.get(zoneId), {
      out: zones.out.has(zoneId),
      held: plan.heldZones.has(zoneId),
    }),
  );
}

function decide(
  zoneId: ZoneId,
  candidates: readonly Candidate[],
  onAir: Claim | undefined,
  zone: { readonly out: boolean; readonly held: boolean },
): Decision {
  if (zone.out) return decision(zoneId, undefined, "zone-out", candidates, () => "zone-out");

  const free = candidates.filter(({ halted }) => !halted);
  const told = (chosen: Candidate | undefined, reason: ChoiceReason, why: (passed: Candidate) => PassedReason) =>
    decision(zoneId, chosen, reason, candidates, (passed) => (passed.halted ? "halted" : why(passed)));
  const running = onAir && free.find(({ claim }) => sameClaim(claim, onAir));
  if (running !== undefined) {
    const challenger = first(free.filter((candidate) => cuts(candidate, running) !== undefined));
    const reason = challenger && cuts(challenger, running);
    if (challenger === undefined || reason === undefined) return told(running, "keeps", () => "waits-for-end");
    return told(challenger, reason, (passed) => (passed === running ? "cut" : "behind"));
  }

  const chosen = first(zone.held ? free.filter(({ key }) => key.class === "emergency") : free);
  const idle = onAir === undefined ? "idle" : "no-longer-due";
  return told(chosen, chosen === undefined ? idle : "first", ({ key }) =>
    zone.held && key.class !== "emergency" ? "gap-held" : "behind",
  );
}

function first(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (best === undefined || comparePrecedence(candidate.key, best.key) < 0) best = candidate;
  }
  return best;
}

function decision(
  zoneId: ZoneId,
  chosen: Candidate | undefined,
  reason: ChoiceReason,
  candidates: readonly Candidate[],
  passedReason: (passed: Candidate) => PassedReason,
): Decision {
  // A thousand items in sixteen zones are sixteen thousand of these at every decision.
  const passedOver: PassedOver[] = [];
  for (const candidate of candidates) {
    if (candidate !== chosen) passedOver.push({ item: candidate.claim.item, reason: passedReason(candidate) });
  }
  return { zoneId, chosen, reason, passedOver };
}
