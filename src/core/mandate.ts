import type { AreaId, BroadcastOrder, DownMessage } from "../domain/broadcast.ts";
import type { Mandate, Standing, Validity } from "../domain/standing.ts";
import { covers, type Ground } from "./areas.ts";
import type { Signatory } from "./chain.ts";
import type { Policy, QuorumRule } from "./policy.ts";
import { holdersNeeded, isInTime, quorumObjection, type Urgency } from "./quorum.ts";
import { type Objection, objection } from "./refusal.ts";
import { urgencyObjection } from "./scope.ts";
import { targetsHere } from "./targets.ts";

/** An accepted order that somebody else's message speaks of. */
export interface Original {
  readonly order: Pick<BroadcastOrder, "issuer" | "id" | "status" | "class" | "severity" | "targets">;
  readonly standing: Standing;
}

export function mandateOf(
  message: Pick<DownMessage, "issuer" | "level" | "issuedAt">,
  signatories: readonly Signatory[],
  authorityRank: number,
  rule: QuorumRule,
): Mandate {
  const signers = signatories.map((signatory) => ({
    holder: signatory.holder,
    isInTime: isInTime(message.issuedAt, signatory, rule),
    keys: signatory.keys,
  }));
  return {
    issuer: message.issuer,
    level: message.level,
    authorityRank,
    signers,
    holders: holdersOf(signers),
    grants: grantsOf(signatories),
    limits: signatories.map(({ leaf: { classMax, severityMax } }) => ({ classMax, severityMax })),
  };
}

/** What is kept with an order of who signed it. */
export function standingBy(
  signatories: readonly Signatory[],
  authorityRank: number,
  { class: asClass, severity }: Urgency,
  window: Validity,
): Standing {
  return {
    signers: signatories.map(({ kid, holder, signedAt, keys }) => ({ kid, holder, signedAt, keys })),
    authorityRank,
    class: asClass,
    severity,
    window,
    grants: grantsOf(signatories),
  };
}

function grantsOf(signatories: readonly Signatory[]): Standing["grants"] {
  return signatories.flatMap(({ links }) => links.map((link) => link.areas));
}

/** Who counts for a quorum. */
export function holdersOf(signers: Mandate["signers"]): readonly string[] {
  return [...new Set(signers.flatMap((signer) => (signer.isInTime ? [signer.holder] : [])))];
}

/**
 * What speaks against these signers taking an order off the air: to replace, cancel or halt it. They are its own issuer, a higher
 * authority whose areas cover it, or the commune, for what is no emergency in its own area. Nobody takes back what he could not
 * have ordered, and it takes as many people as the order took.
 */
export function withdrawalObjection(
  mandate: Mandate,
  original: Original,
  ground: Ground,
  policy: Pick<Policy, "quorum">,
): Objection | undefined {
  const { order, standing } = original;
  for (const limit of mandate.limits) {
    const beyond = urgencyObjection(order, limit);
    if (beyond !== undefined) return beyond;
  }
  if (!isOwnCommunes(mandate, order, ground, policy)) {
    const isAbove = mandate.authorityRank < standing.authorityRank;
    if (mandate.issuer !== order.issuer && !isAbove) {
      return objection("scope-use", `${mandate.issuer} has no say in what ${order.issuer} orders`);
    }
    const foreign = targetsHere(order, ground).find(({ area }) => !isGranted(mandate, area, ground));
    if (foreign !== undefined) return objection("scope-area", `${mandate.issuer} has no say in ${foreign.area}`);
  }
  // As it is played: what one holder could put on air as severity 2, one holder can take off.
  const needed = holdersNeeded({ ...order, severity: standing.severity }, ground, policy.quorum);
  return mandate.holders.length < needed ? quorumObjection(mandate.holders.length, needed) : undefined;
}

/** Whether one of the order's own signers is among these. */
export function isSignerOf({ order, standing }: Original, mandate: Mandate): boolean {
  return mandate.issuer === order.issuer && standing.signers.some(({ holder }) => mandate.holders.includes(holder));
}

function isOwnCommunes(
  mandate: Mandate,
  order: Original["order"],
  ground: Ground,
  { quorum }: Pick<Policy, "quorum">,
): boolean {
  return mandate.level === quorum.ownLevel && order.class !== "emergency" && isGranted(mandate, ground.commune, ground);
}

export function isGranted(mandate: Mandate, area: AreaId, ground: Ground): boolean {
  return mandate.grants.every((granted) => covers(ground, granted, area));
}
