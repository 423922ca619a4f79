import type { Control, ControlOrder, HaltOrder, HoldOrder, ResumeOrder } from "../domain/control.ts";
import type { Mandate, Validity } from "../domain/standing.ts";
import { isTrusted } from "../domain/time.ts";
import { type Ground, groundOf } from "./areas.ts";
import { controlCeilingObjection } from "./ceilings.ts";
import { keyValidities, type Signatory } from "./chain.ts";
import { isSignerOf, mandateOf, withdrawalObjection } from "./mandate.ts";
import { rankOf } from "./policy.ts";
import { type Objection, objection, type Refused, refusedSigned } from "./refusal.ts";
import { signersObjection, targetObjection } from "./signers.ts";
import type { TrustContext } from "./trust-context.ts";
import { expiryObjection, overlap } from "./validity.ts";

type BuiltControl = HaltOrder | HoldOrder | ResumeOrder;

export type ControlVerdict =
  | { readonly kind: "accepted"; readonly what: "control"; readonly control: Control }
  | { readonly kind: "duplicate" }
  | Refused;

/** Judges a control whose signatures are good. What it may bear on that is not here yet is judged at each plan (core/restraints). */
export function judgeControl(
  order: ControlOrder,
  payloadHash: string,
  signatories: readonly Signatory[],
  context: TrustContext,
): ControlVerdict {
  const { policy, clock } = context;
  const known = context.seen(order);
  if (known === payloadHash) return { kind: "duplicate" };

  const ground = groundOf(context.placement);
  const keys = keyValidities(signatories, context.root.root);
  const early =
    expiryObjection(order, keys, clock) ??
    signersObjection(order, "control", signatories, policy, ground) ??
    targetObjection({ status: "actual", targets: order.targets }, signatories, ground);
  if (early !== undefined) return refusedSigned(early);
  const authorityRank = rankOf(order.level, policy);
  if (authorityRank === undefined) return refusedSigned(objection("scope-use", `level ${order.level} has no rank`));

  const mandate = mandateOf(order, signatories, authorityRank, policy.quorum);
  const isBuilt = isBuiltOp(order);
  const beyond =
    (isBuilt ? itemObjection(order, mandate, ground, context) : undefined) ??
    controlCeilingObjection(order, policy, context.kept(order.issuer));
  if (beyond !== undefined) return refusedSigned(beyond);
  if (!isBuilt) return refusedSigned(objection("unsupported", `control ${order.op}`));
  if (known !== undefined) return refusedSigned(objection("replay", "this id came before with other bytes"));

  const window = overlap([effectOf(order, policy.holdSeconds), ...(isTrusted(clock) ? [] : keys)]);
  if (window.expiresAt < window.notBefore)
    return refusedSigned(objection("key-expired", "its keys never hold in its time"));
  const { issuer, id, op, item, targets, issuedAt } = order;
  return {
    kind: "accepted",
    what: "control",
    control: { key: { issuer, id }, op, item, targets, issuedAt, window, mandate },
  };
}

function isBuiltOp(order: ControlOrder): order is BuiltControl {
  return order.op === "halt" || order.op === "hold" || order.op === "resume";
}

function effectOf(order: BuiltControl, holdSeconds: number): Validity {
  const { notBefore, expiresAt } = order;
  switch (order.op) {
    case "halt":
      return { notBefore, expiresAt: Math.min(order.until, expiresAt) };
    case "hold":
      return { notBefore, expiresAt: Math.min(order.issuedAt + holdSeconds, expiresAt) };
    case "resume":
      return { notBefore, expiresAt };
    default:
      return order satisfies never;
  }
}

/** Of the one item it names, if that is here. A resume is judged against the halts it would end. */
function itemObjection(
  { op, item }: BuiltControl,
  mandate: Mandate,
  ground: Ground,
  context: TrustContext,
): Objection | undefined {
  const original = op === "resume" || item === undefined ? undefined : context.original(item);
  if (original === undefined) return undefined;
  if (op === "halt") return withdrawalObjection(mandate, original, ground, context.policy);
  return isSignerOf(original, mandate) ? undefined : objection("scope-use", "only a signer of an item may hold it");
}
