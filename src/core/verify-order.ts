import type { AlertOrder, Broadcast, BroadcastOrder, CancelOrder, UpdateOrder } from "../domain/broadcast.ts";
import type { Standing, Validity } from "../domain/standing.ts";
import { isTrusted } from "../domain/time.ts";
import type { Withdrawal } from "../domain/withdrawal.ts";
import { type Ground, groundOf } from "./areas.ts";
import { gateObjection, judgeCapability } from "./capability.ts";
import { ceilingObjection, rememberedObjection } from "./ceilings.ts";
import { keyValidities, type Signatory } from "./chain.ts";
import { hoursObjection } from "./hours.ts";
import { mandateOf, standingBy, withdrawalObjection } from "./mandate.ts";
import { rankOf } from "./policy.ts";
import { judgeQuorum, type Urgency } from "./quorum.ts";
import { type Objection, objection, type Refused, refusedSigned } from "./refusal.ts";
import { urgencyObjection } from "./scope.ts";
import { firstObjection, signersObjection, targetObjection } from "./signers.ts";
import type { TrustContext } from "./trust-context.ts";
import { expiryObjection, overlap } from "./validity.ts";

export type OrderVerdict =
  | {
      readonly kind: "accepted";
      readonly what: "broadcast";
      readonly broadcast: Broadcast;
      readonly standing: Standing;
      /** Of an update: what it replaces. */
      readonly withdrawals: readonly Withdrawal[];
    }
  | {
      readonly kind: "accepted";
      readonly what: "cancel";
      readonly cancel: CancelOrder;
      readonly standing: Standing;
      readonly withdrawals: readonly Withdrawal[];
    }
  | { readonly kind: "duplicate" }
  | Refused;

interface Judging {
  readonly payloadHash: string;
  readonly signatories: readonly Signatory[];
  readonly authorityRank: number;
  readonly ground: Ground;
  readonly context: TrustContext;
  /** Where nobody could judge the keys, they bound what the order may do. */
  readonly unjudgedKeys: readonly Validity[];
}

/** Judges an alert, an update or a cancel whose signatures are good. */
export function judgeOrder(
  order: BroadcastOrder,
  payloadHash: string,
  signatories: readonly Signatory[],
  context: TrustContext,
): OrderVerdict {
  const { policy, clock } = context;
  const known = context.seen(order);
  if (known === payloadHash) return { kind: "duplicate" };

  const ground = groundOf(context.placement);
  const keys = keyValidities(signatories, context.root.root);
  const early =
    expiryObjection(order, keys, clock) ??
    signersObjection(order, "broadcast", signatories, policy, ground) ??
    firstObjection(signatories, ({ leaf }) => urgencyObjection(order, leaf)) ??
    targetObjection(order, signatories, ground);
  if (early !== undefined) return refusedSigned(early);
  const authorityRank = rankOf(order.level, policy);
  if (authorityRank === undefined) return refusedSigned(objection("scope-use", `level ${order.level} has no rank`));

  const unjudgedKeys = isTrusted(clock) ? [] : keys;
  const judging: Judging = { payloadHash, signatories, authorityRank, ground, context, unjudgedKeys };
  const verdict = order.action === "cancel" ? judgeCancel(order, judging) : judgeSpoken(order, judging);
  if (verdict.kind !== "accepted") return verdict;
  if (known !== undefined) return refusedSigned(objection("replay", "this id came before with other bytes"));
  const { window } = verdict.standing;
  if (window.expiresAt < window.notBefore)
    return refusedSigned(objection("key-expired", "its keys never hold in its time"));
  return verdict;
}

function judgeSpoken(order: AlertOrder | UpdateOrder, judging: Judging): OrderVerdict {
  const { signatories, ground, context } = judging;
  const quorum = judgeQuorum(order, signatories, ground, context.policy.quorum);
  if (quorum.kind === "short") return refusedSigned(quorum.objection);
  const withdrawals = order.action === "update" ? withdrawalsOf(order, judging) : [];
  const barred = withdrawalsObjection(order, withdrawals, judging);
  if (barred !== undefined) return refusedSigned(barred);
  const capability = judgeCapability(order);
  if (capability.kind === "unable") return refusedSigned(capability.objection);
  const ruled = gateObjection(quorum.urgency, context.policy);
  if (ruled !== undefined) return refusedSigned(ruled);
  const standing = standingOf(order, quorum.urgency, judging);
  const never = hoursObjection(capability.broadcast, standing, ground, context.policy);
  if (never !== undefined) return refusedSigned(never);
  return { kind: "accepted", what: "broadcast", broadcast: capability.broadcast, standing, withdrawals };
}

/** It needs the holders that what it refers to needed, whatever it says of itself. */
function judgeCancel(order: CancelOrder, judging: Judging): OrderVerdict {
  const withdrawals = withdrawalsOf(order, judging);
  const barred = withdrawalsObjection(order, withdrawals, judging);
  if (barred !== undefined) return refusedSigned(barred);
  return { kind: "accepted", what: "cancel", cancel: order, standing: standingOf(order, order, judging), withdrawals };
}

/** From acceptance to its expiry: `notBefore` only says when what an update speaks may sound. */
function withdrawalsOf(
  order: UpdateOrder | CancelOrder,
  { payloadHash, signatories, authorityRank, context, unjudgedKeys }: Judging,
): readonly Withdrawal[] {
  const { issuer, id, action } = order;
  const mandate = mandateOf(order, signatories, authorityRank, context.policy.quorum);
  const window = overlap([{ notBefore: 0, expiresAt: order.expiresAt }, ...unjudgedKeys]);
  return order.references.map((reference) => ({ reference, by: { issuer, id }, action, payloadHash, mandate, window }));
}

/** One reference that the signers have no say in refuses the message; what is not here yet is judged when it comes. */
function withdrawalsObjection(
  order: BroadcastOrder,
  withdrawals: readonly Withdrawal[],
  { ground, context }: Judging,
): Objection | undefined {
  for (const { reference, mandate } of withdrawals) {
    const original = context.original(reference);
    const found = original && withdrawalObjection(mandate, original, ground, context.policy);
    if (found !== undefined) return found;
  }
  const beyond = ceilingObjection(order, context.policy, context.active());
  const unknown = withdrawals.filter(({ reference }) => context.seen(reference) === undefined).length;
  if (beyond !== undefined || unknown === 0) return beyond;
  return rememberedObjection(context.kept(order.issuer).references + unknown, context.policy);
}

function standingOf(
  order: BroadcastOrder,
  urgency: Urgency,
  { signatories, authorityRank, unjudgedKeys }: Judging,
): Standing {
  return standingBy(signatories, authorityRank, urgency, overlap([order, ...unjudgedKeys]));
}
