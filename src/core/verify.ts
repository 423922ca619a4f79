import type { GatewayId } from "../domain/broadcast.ts";
import type { DownPayload, DownTopic, Sealed } from "../domain/trust.ts";
import { authenticate, type Signatory } from "./chain.ts";
import { countingOf } from "./counting.ts";
import { type Objection, objection, refusedSigned, refusedUnsigned } from "./refusal.ts";
import type { TrustContext } from "./trust-context.ts";
import { type ControlVerdict, judgeControl } from "./verify-control.ts";
import { type DocumentVerdict, judgeDocument, judgeTime } from "./verify-document.ts";
import { judgeOrder, type OrderVerdict } from "./verify-order.ts";
import { judgePolicy, judgeRoot, type RootVerdict } from "./verify-root.ts";

export type Verdict = OrderVerdict | ControlVerdict | DocumentVerdict | RootVerdict;

/**
 * Judges a message whose shape is good (PROTOCOL.md, sections 3.3 to 3.5): binding, chain, every signature, expiry, scope, target,
 * quorum, ceilings, capability, replay; the first that fails gives the code, but where only revoked keys signed that goes before all
 * of them. Bytes that were accepted before are a `duplicate` as soon as their signatures are good, because no later check could make
 * anything happen.
 *
 * Without a clock to believe, whatever takes effect at once is refused `clock`, since its keys may have expired. A broadcast is
 * accepted, so that it can be fetched: nothing sounds before `sync`, and then only within `Standing.window`.
 */
export function verifyDown(sealed: Sealed<DownPayload>, topic: DownTopic, context: TrustContext): Verdict {
  const { payload, payloadHash } = sealed;
  const unbound = bindingObjection(payload, topic, context.gateway);
  if (unbound !== undefined) return refusedUnsigned(unbound);
  if (payload.type === "root") return judgeRoot(sealed, payload, context);
  if (payload.type === "policy") return judgePolicy(sealed, payload, context);

  const authenticated = authenticate(sealed, context.root.root);
  if (authenticated.kind === "unproven") return refusedUnsigned(authenticated.objection);
  const { counting, taken, moreFrom } = countingOf(payload, authenticated.signatories, context);
  const verdict = judgeDelegated(payload, payloadHash, counting, context);
  if (verdict.kind === "duplicate") return verdict;
  if (taken !== undefined) return refusedSigned(taken);
  return verdict.kind === "refused" && verdict.code === "quorum" ? { ...verdict, passesAt: moreFrom } : verdict;
}

function judgeDelegated(
  payload: Exclude<DownPayload, { type: "root" | "policy" }>,
  payloadHash: string,
  signatories: readonly Signatory[],
  context: TrustContext,
): Verdict {
  switch (payload.type) {
    case "broadcast":
      return judgeOrder(payload, payloadHash, signatories, context);
    case "control":
      return judgeControl(payload, payloadHash, signatories, context);
    case "time":
      return judgeTime(payload, signatories, context);
    default:
      return judgeDocument(payload, payloadHash, signatories, context);
  }
}

function bindingObjection(payload: DownPayload, topic: DownTopic, gateway: GatewayId): Objection | undefined {
  return isBound(payload, topic, gateway)
    ? undefined
    : objection("binding", `${payload.type} on a ${topic.kind} topic`);
}

/**
 * An emergency stands on its own topic, and so does an update or cancel that refers to one; what it refers to may not be here, so
 * of those that are no emergency themselves either topic is good.
 */
function isBound(payload: DownPayload, topic: DownTopic, gateway: GatewayId): boolean {
  switch (topic.kind) {
    case "root":
      return payload.type === "root" && payload.rootVersion === topic.rootVersion;
    case "broadcast":
      return (
        payload.type === "broadcast" &&
        payload.id === topic.id &&
        payload.targets.some(({ area }) => area === topic.area) &&
        (topic.emergency ? payload.class === "emergency" || payload.action !== "alert" : payload.class !== "emergency")
      );
    case "control":
      return (
        payload.type === "control" && payload.id === topic.id && payload.targets.some(({ area }) => area === topic.area)
      );
    case "policy":
      return payload.type === "policy";
    case "revoked":
    case "beacon":
    case "index":
      return payload.type === topic.kind && payload.area === topic.area && payload.issuer === topic.issuer;
    case "placement":
    case "evidence-ack":
      return payload.type === topic.kind && topic.gateway === gateway && payload.gateway === gateway;
    case "time":
      return (
        payload.type === "time" &&
        topic.gateway === gateway &&
        payload.gateway === gateway &&
        payload.nonce === topic.nonce
      );
    default:
      return topic satisfies never;
  }
}
