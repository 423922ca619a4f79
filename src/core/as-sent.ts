import type { BroadcastOrder } from "../domain/broadcast.ts";
import type { Standing } from "../domain/standing.ts";
import type { Sealed } from "../domain/trust.ts";
import type { Ground } from "./areas.ts";
import { statedSignatories } from "./chain.ts";
import { standingBy } from "./mandate.ts";
import { type Policy, rankOf } from "./policy.ts";
import { effectiveUrgency, judgeQuorum } from "./quorum.ts";
import { targetObjection } from "./signers.ts";

/**
 * What an order has counted for since it was found good and sent. A gateway judges once: no root, rules or time that came since take
 * back what it has, so none is asked here. Undefined where the order names no zone, or its signers have no say.
 */
export function standingAsSent(
  sealed: Sealed<BroadcastOrder>,
  ground: Ground,
  policy: Pick<Policy, "levels" | "quorum">,
): Standing | undefined {
  const order = sealed.payload;
  const signatories = statedSignatories(sealed);
  if (targetObjection(order, signatories, ground) !== undefined) return undefined;
  const quorum = judgeQuorum(order, signatories, ground, policy.quorum);
  // Too few by now: when it was sent they were enough for what it says.
  const urgency = quorum.kind === "met" ? quorum.urgency : effectiveUrgency(order);
  const { level, notBefore, expiresAt } = order;
  const authorityRank = rankOf(level, policy) ?? Number.POSITIVE_INFINITY;
  return standingBy(signatories, authorityRank, urgency, { notBefore, expiresAt });
}
