import { type Decision, type PassedReason, whySilent } from "../../src/core/arbitrate.ts";
import { type Candidate, claimIn, type Plan } from "../../src/core/plan.ts";
import type { ItemKey } from "../../src/domain/broadcast.ts";
import type { Claim } from "../../src/domain/playout.ts";

export type CandidateInZone = Candidate & { readonly claim: Claim };

/** A plan with a candidate of its own for each zone, which it shares among those that stand alike. */
export function perZone<Some extends Pick<Plan, "candidates">>(
  planned: Some,
): Omit<Some, "candidates"> & { readonly candidates: readonly CandidateInZone[] } {
  const candidates = planned.candidates.flatMap((candidate) =>
    candidate.zones.map((zoneId) => ({ ...candidate, zones: [zoneId], claim: claimIn(zoneId, candidate) })),
  );
  return { ...planned, candidates };
}

/** All that may sound in a zone and does not, and why. */
export function passedOver(decision: Decision): readonly { readonly item: ItemKey; readonly reason: PassedReason }[] {
  const { candidates, chosen } = decision;
  return candidates
    .filter((candidate) => candidate !== chosen)
    .map((candidate) => ({ item: candidate.item, reason: whySilent(candidate, decision) }));
}
