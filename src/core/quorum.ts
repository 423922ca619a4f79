import type { BroadcastOrder } from "../domain/broadcast.ts";
import type { BroadcastClass, Severity } from "../domain/precedence.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Ground } from "./areas.ts";
import type { Signatory } from "./chain.ts";
import type { QuorumRule } from "./policy.ts";
import { urgencyRank } from "./precedence.ts";
import { type Objection, objection } from "./refusal.ts";

export interface Urgency {
  readonly class: BroadcastClass;
  readonly severity: Severity;
}

export type QuorumJudgement =
  | { readonly kind: "met"; readonly urgency: Urgency }
  | { readonly kind: "short"; readonly objection: Objection };

/**
 * Whether enough people stand behind an order, and how urgent it is with those it has. Holders are counted, not keys: a person
 * with two keys is one person, and so is he with those to whom he handed on his issuer's voice (`Signatory.holder`). Who sets up an
 * office below his own names its holders, and is believed in that.
 */
export function judgeQuorum(
  order: Pick<BroadcastOrder, "class" | "severity" | "status" | "targets" | "issuedAt" | "level">,
  signatories: readonly Pick<Signatory, "holder" | "signedAt">[],
  ground: Ground,
  rule: QuorumRule,
): QuorumJudgement {
  const urgency = effectiveUrgency(order);
  const needed = holdersNeeded(order, ground, rule);
  const { length: signed } = holdersInTime(order.issuedAt, signatories, rule);
  if (signed >= needed) return { kind: "met", urgency };
  if (namesOneAreaOfKind(order, ground, rule) && order.level === rule.ownLevel) {
    return { kind: "met", urgency: effectiveUrgency({ ...order, severity: 2 }) };
  }
  return { kind: "short", objection: quorumObjection(signed, needed) };
}

/** Whether an order is more urgent with these signatures than with those. */
export function isMoreUrgent(offered: Urgency, inForce: Urgency): boolean {
  return urgencyRank(offered) < urgencyRank(inForce);
}

/** How many people it takes to give such an order, or to take it back. Zero: whoever may sign, even too late to be counted. */
export function holdersNeeded(
  order: Pick<BroadcastOrder, "class" | "severity" | "targets">,
  ground: Ground,
  rule: QuorumRule,
): number {
  if (order.class !== "emergency") return 0;
  return order.severity !== 1 && namesOneAreaOfKind(order, ground, rule) ? 0 : rule.holders;
}

/** Who signed close enough to the time of issue to be counted. */
export function holdersInTime(
  issuedAt: UnixSeconds,
  signatories: readonly Pick<Signatory, "holder" | "signedAt">[],
  rule: QuorumRule,
): readonly string[] {
  const inTime = signatories.filter((signatory) => isInTime(issuedAt, signatory, rule));
  return [...new Set(inTime.map(({ holder }) => holder))];
}

/** Whether somebody signed close enough to the time of issue to be counted. */
export function isInTime(issuedAt: UnixSeconds, { signedAt }: Pick<Signatory, "signedAt">, rule: QuorumRule): boolean {
  return Math.abs(signedAt - issuedAt) <= rule.signedWithinSeconds;
}

export function quorumObjection(signed: number, needed: number): Objection {
  return { ...objection("quorum", `${signed} of ${needed} holders signed in time`), holders: signed };
}

/** An exercise is arbitrated as priority, whatever it rehearses. */
export function effectiveUrgency(order: Pick<BroadcastOrder, "class" | "severity" | "status">): Urgency {
  if (order.status === "exercise" && order.class === "emergency") return { class: "priority", severity: 0 };
  return { class: order.class, severity: order.severity };
}

function namesOneAreaOfKind(order: Pick<BroadcastOrder, "targets">, ground: Ground, rule: QuorumRule): boolean {
  const [area, ...more] = new Set(order.targets.map((target) => target.area));
  return area !== undefined && more.length === 0 && ground.kinds.get(area) === rule.aloneInKind;
}
