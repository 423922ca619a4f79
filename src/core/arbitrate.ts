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
  const contests = new Map(
    zones.zoneIds.map((zoneId) => [zoneId, newContest(zones.onAir.get(zoneId), plan.heldZones.has(zoneId))]),
  );
  // In the order in which they lie in memory, and by a number first: of a full plan, fetching them is most of the work.
  for (const candidate of plan.candidates) {
    for (const zoneId of candidate.zones) {
      const contest = contests.get(zoneId);
      if (contest === undefined) continue;
      contest.candidates.push(candidate);
      if (candidate.halted) continue;
      if (contest.onAir !== undefined && isOf(candidate, contest.onAir)) contest.running = candidate;
      const { mostUrgent } = contest;
      if (mostUrgent !== undefined && candidate.rank > mostUrgent.rank) continue;
      if (contest.isHeld && candidate.key.class !== "emergency") continue;
      if (mostUrgent === undefined || comparePrecedence(candidate.key, mostUrgent.key) < 0)
        contest.mostUrgent = candidate;
    }
  }
  return [...contests].map(([zoneId, contest]) => {
    const choice = zones.out.has(zoneId) ? ZONE_OUT : choose(contest);
    const claim = choice.chosen && claimIn(zoneId, choice.chosen);
    return { zoneId, claim, candidates: contest.candidates, ...choice };
  });
}

/** What is known of one zone while its candidates come. */
interface Contest {
  readonly onAir: Claim | undefined;
  readonly isHeld: boolean;
  readonly candidates: Candidate[];
  running: Candidate | undefined;
  /** Of those that may be asked. */
  mostUrgent: Candidate | undefined;
}

function newContest(onAir: Claim | undefined, isHeld: boolean): Contest {
  return { onAir, isHeld, candidates: [], running: undefined, mostUrgent: undefined };
}

type Choice = Omit<Decision, "zoneId" | "claim" | "candidates">;

const ZONE_OUT: Choice = { chosen: undefined, reason: "zone-out", others: "zone-out" };

function choose({ candidates, onAir, isHeld, running, mostUrgent }: Contest): Choice {
  if (running !== undefined) {
    // Who cuts is more urgent: where nobody is, nobody needs to be asked.
    const challenger = mostUrgent === running ? undefined : mostUrgentThatCuts(candidates, running);
    const reason = challenger && cuts(challenger, running);
    if (reason === undefined) return { chosen: running, reason: "keeps", others: "waits-for-end" };
    return { chosen: challenger, reason, others: "behind", cut: running };
  }
  const idle = onAir === undefined ? "idle" : "no-longer-due";
  return { chosen: mostUrgent, reason: mostUrgent === undefined ? idle : "first", others: "behind", isHeld };
}

function isOf({ item, occurrence }: Candidate, claim: Claim): boolean {
  return occurrence === claim.occurrence && item.id === claim.item.id && item.issuer === claim.item.issuer;
}

function mostUrgentThatCuts(candidates: readonly Candidate[], running: Candidate): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.halted || (best !== undefined && comparePrecedence(candidate.key, best.key) >= 0)) continue;
    if (cuts(candidate, running) !== undefined) best = candidate;
  }
  return best;
}
