import type { DownMessage, GatewayId } from "../domain/broadcast.ts";
import type { ClockReading } from "../domain/time.ts";
import type { DownPayload, DownTopic, EvidenceAck, KeyUse, Placement, Root, Sealed } from "../domain/trust.ts";
import { groundOf } from "./areas.ts";
import { authenticate, keyValidities, rootHolders, rootKeyring, type Signatory } from "./chain.ts";
import { type Objection, objection, type Refused, refusedSigned, refusedUnsigned } from "./refusal.ts";
import { areaObjection, firstObjection, signersObjection } from "./signers.ts";
import type { AcceptedVersion, TrustContext } from "./trust-context.ts";
import { expiryObjection } from "./validity.ts";
import { type ControlVerdict, judgeControl } from "./verify-control.ts";
import { judgeOrder, type OrderVerdict } from "./verify-order.ts";

export type Verdict =
  | OrderVerdict
  | ControlVerdict
  | { readonly kind: "accepted"; readonly what: "placement"; readonly placement: Placement }
  | { readonly kind: "accepted"; readonly what: "evidence-ack"; readonly ack: EvidenceAck }
  /** The same bytes again: acknowledged, nothing happens. */
  | { readonly kind: "duplicate" }
  | Refused;

/**
 * Judges a message whose shape is good (PROTOCOL.md, sections 3.3 to 3.5): binding, chain, every signature, expiry, scope, target,
 * quorum, ceilings, capability, replay; the first that fails gives the code. Bytes that were accepted before are a `duplicate` as
 * soon as their signatures are good, because no later check could make anything happen.
 *
 * Without a clock to believe, whatever takes effect at once is refused `clock`, since its keys may have expired. A broadcast is
 * accepted, so that it can be fetched: nothing sounds before `sync`, and then only within `Standing.window`.
 */
export function verifyDown(sealed: Sealed<DownPayload>, topic: DownTopic, context: TrustContext): Verdict {
  const { payload, payloadHash } = sealed;
  const unbound = bindingObjection(payload, topic, context.gateway);
  if (unbound !== undefined) return refusedUnsigned(unbound);
  if (payload.type === "root") return judgeRoot(sealed, payload, context);

  const authenticated = authenticate(sealed, context.root.root);
  if (authenticated.kind === "unproven") return refusedUnsigned(authenticated.objection);
  const { signatories } = authenticated;
  switch (payload.type) {
    case "broadcast":
      return judgeOrder(payload, payloadHash, signatories, context);
    case "control":
      return judgeControl(payload, payloadHash, signatories, context);
    case "placement": {
      const verdict = judgeDocument(payload, payloadHash, "placement", signatories, context);
      return verdict ?? { kind: "accepted", what: "placement", placement: payload };
    }
    case "evidence-ack": {
      const verdict = judgeDocument(payload, payloadHash, "ingest", signatories, context);
      return verdict ?? { kind: "accepted", what: "evidence-ack", ack: payload };
    }
    default:
      return payload satisfies never;
  }
}

/** Judges a replaceable document for this gateway alone; undefined when nothing speaks against it. */
function judgeDocument(
  document: Placement | EvidenceAck,
  payloadHash: string,
  use: KeyUse,
  signatories: readonly Signatory[],
  context: TrustContext,
): Verdict | undefined {
  const known = context.seen(document);
  const last = context.lastAccepted(document.type, document.issuer);
  if (payloadHash === known || payloadHash === last?.payloadHash) return { kind: "duplicate" };
  const ground = groundOf(context.placement);
  const found =
    trustedClockObjection(context.clock) ??
    expiryObjection(document, keyValidities(signatories, context.root.root), context.clock) ??
    signersObjection(document, use, signatories, context.policy, ground) ??
    firstObjection(signatories, (signatory) => areaObjection(signatory, ground.commune, ground)) ??
    sequenceObjection(document, last) ??
    (known === undefined ? undefined : objection("replay", "this id came before with other bytes"));
  return found === undefined ? undefined : refusedSigned(found);
}

/**
 * A root that comes over the broker. Rotation is not there yet, so even the right next version is refused; but only after it is
 * known to come from holders of the root in force, so that strangers leave no trace.
 */
function judgeRoot(sealed: Sealed<DownMessage>, next: Root, context: TrustContext): Verdict {
  const { root, payloadHash } = context.root;
  if (sealed.payloadHash === payloadHash) return { kind: "duplicate" };
  if (next.rootVersion !== root.rootVersion + 1) {
    const detail = `version ${next.rootVersion} can't follow ${root.rootVersion}`;
    return refusedUnsigned(objection("root-old", detail));
  }
  const inForce = rootKeyring(root);
  const holders = rootHolders(sealed, new Map([...rootKeyring(next), ...inForce]));
  if (holders === undefined) return refusedUnsigned(objection("signature", "a root signature does not hold"));
  const consenting = sealed.signatures
    .map(({ header }) => inForce.get(header.kid)?.holder)
    .filter((h) => h !== undefined);
  if (new Set(consenting).size < root.thresholds.root) {
    return refusedUnsigned(objection("root-old", "too few holders of the root in force signed"));
  }
  return refusedSigned(objection("unsupported", "root rotation"));
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
    case "placement":
    case "evidence-ack":
      return payload.type === topic.kind && topic.gateway === gateway && payload.gateway === gateway;
    default:
      return topic satisfies never;
  }
}

function sequenceObjection(document: DownMessage, last: AcceptedVersion | undefined): Objection | undefined {
  if (last === undefined || document.sequence > last.sequence) return undefined;
  if (document.sequence < last.sequence)
    return objection("stale", `sequence ${document.sequence} after ${last.sequence}`);
  return objection("replay", `sequence ${document.sequence} came before with other bytes`);
}

function trustedClockObjection(clock: ClockReading): Objection | undefined {
  return clock.state === "sync" ? undefined : objection("clock", "no clock to judge its keys by");
}
