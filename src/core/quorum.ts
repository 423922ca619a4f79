import type { BroadcastOrder } from "../domain/broadcast.ts";
import type { BroadcastClass, Severity } from "../domain/precedence.ts";
import type { Ground } from "./areas.ts";
import type { Signatory } from "./chain.ts";
import type { QuorumRule } from "./policy.ts";
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
 * with two keys is one person. Who may delegate names the holders below and is believed in that.
 */
export function judgeQuorum(
  order: Pick<BroadcastOrder, "class" | "severity" | "status" | "targets" | "issuedAt" | "level">,
  signatories: readonly Signatory[],
  ground: Ground,
  rule: QuorumRule,
): QuorumJudgement {
  const urgency = effectiveUrgency(order);
  if (order.class !== "emergency") return { kind: "met", urgency };

  const alone = namesOneAreaOfKind(order, ground, rule);
  if (alone && order.severity !== 1) return { kind: "met", urgency };
  const holders = new Set(
    signatories
      .filter(({ signedAt }) => Math.abs(signedAt - order.issuedAt) <= rule.signedWithinSeconds)
      .map(({ holder }) => holder),
  );
  if (holders.size >= rule.holders) return { kind: "met", urgency };
  if (alone && order.level === rule.ownLevel) {
    return { kind: "met", urgency: effectiveUrgency({ ...order, severity: 2 }) };
  }
  return { kind: "short", objection: objection("quorum", `${holders.size} of ${rule.holders} holders signed in time`) };
}

/** An exercise is arbitrated as priority, whatever it rehearses. */
function effectiveUrgency(order: Pick<BroadcastOrder, "class" | "severity" | "status">): Urgency {
  if (order.status === "exercise" && order.class === "emergency") return { class: "priority", severity: 0 };
  return { class: order.class, severity: order.severity };
}

function namesOneAreaOfKind(order: Pick<BroadcastOrder, "targets">, ground: Ground, rule: QuorumRule): boolean {
  const [area, ...more] = new Set(order.targets.map((target) => target.area));
  return area !== undefined && more.length === 0 && ground.kinds.get(area) === rule.aloneInKind;
}
