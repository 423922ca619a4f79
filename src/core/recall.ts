import type { BroadcastOrder } from "../domain/broadcast.ts";
import type { Mandate, Standing } from "../domain/standing.ts";
import type { UnixSeconds } from "../domain/time.ts";
import { holdersOf } from "./mandate.ts";
import { judgeQuorum } from "./quorum.ts";
import { isTakenBack, type Revocations } from "./revocation.ts";

/** What becomes of something that was accepted: nothing; it goes on with the signatures that are left; it has too few. */
export type Recalled<Rest> =
  | { readonly kind: "untouched" }
  | { readonly kind: "weaker"; readonly rest: Rest }
  | { readonly kind: "taken-back" };

/**
 * An accepted order whose keys were revoked, judged as if those had never signed: it falls if it would not have been accepted
 * without them. Each signer has every right that the order takes, so all that fewer can lack is a quorum.
 */
export function recallOrder(
  order: BroadcastOrder,
  standing: Standing,
  acceptedAt: UnixSeconds,
  revocations: Revocations,
): Recalled<Standing> {
  const signers = standing.signers.filter(({ keys }) => !isTakenBack(keys, acceptedAt, revocations));
  if (signers.length === standing.signers.length) return { kind: "untouched" };
  if (signers.length === 0) return { kind: "taken-back" };
  const quorum = judgeQuorum(order, signers, revocations.ground, revocations.policy.quorum);
  if (quorum.kind === "short") return { kind: "taken-back" };
  return { kind: "weaker", rest: { ...standing, ...quorum.urgency, signers } };
}

/** A control, or a cancel without effect yet: what it may do is judged when it does it, by who is left. */
export function recallMandate(mandate: Mandate, acceptedAt: UnixSeconds, revocations: Revocations): Recalled<Mandate> {
  const signers = mandate.signers.filter(({ keys }) => !isTakenBack(keys, acceptedAt, revocations));
  if (signers.length === mandate.signers.length) return { kind: "untouched" };
  if (signers.length === 0) return { kind: "taken-back" };
  return { kind: "weaker", rest: { ...mandate, signers, holders: holdersOf(signers) } };
}
