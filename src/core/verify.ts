import type { Broadcast, BroadcastOrder, DownMessage, GatewayId, ItemKey } from "../domain/broadcast.ts";
import type { Standing } from "../domain/standing.ts";
import type { ClockReading } from "../domain/time.ts";
import type { DownPayload, DownTopic, EvidenceAck, KeyUse, Placement, Root, Sealed } from "../domain/trust.ts";
import { type Ground, groundOf } from "./areas.ts";
import { judgeCapability } from "./capability.ts";
import { type ActiveCount, ceilingObjection } from "./ceilings.ts";
import { authenticate, keyValidities, rootHolders, rootKeyring, type Signatory } from "./chain.ts";
import { type Policy, rankOf } from "./policy.ts";
import { judgeQuorum } from "./quorum.ts";
import { type Objection, objection, type Refused, refusedSigned, refusedUnsigned } from "./refusal.ts";
import { urgencyObjection } from "./scope.ts";
import { areaObjection, firstObjection, signersObjection } from "./signers.ts";
import { targetsHere } from "./targets.ts";
import { expiryObjection, overlap } from "./validity.ts";

/** A message that took effect, by what has to be remembered of it. */
export interface AcceptedVersion {
  readonly sequence: number;
  readonly payloadHash: string;
}

export interface InstalledRoot {
  readonly root: Root;
  readonly payloadHash: string;
}

/** What a verdict depends on beyond the message: data, and look-ups into what was accepted before. */
export interface TrustContext {
  readonly gateway: GatewayId;
  readonly root: InstalledRoot;
  /** The placement in force. */
  readonly placement: Placement;
  readonly policy: Policy;
  readonly clock: ClockReading;
  /** The payload hash under which (issuer, id) was accepted, as long as `seen` keeps it. */
  readonly seen: (key: ItemKey) => string | undefined;
  /** The last accepted version of a replaceable document. */
  readonly lastAccepted: (type: "placement" | "evidence-ack", issuer: string) => AcceptedVersion | undefined;
  readonly active: () => ActiveCount;
}

export type Verdict =
  | {
      readonly kind: "accepted";
      readonly what: "broadcast";
      readonly broadcast: Broadcast;
      readonly standing: Standing;
    }
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
      return judgeBroadcast(payload, payloadHash, signatories, context);
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

function judgeBroadcast(
  order: BroadcastOrder,
  payloadHash: string,
  signatories: readonly Signatory[],
  context: TrustContext,
): Verdict {
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

  const quorum = judgeQuorum(order, signatories, ground, policy.quorum);
  if (quorum.kind === "short") return refusedSigned(quorum.objection);
  const beyond = ceilingObjection(order, policy, context.active());
  if (beyond !== undefined) return refusedSigned(beyond);
  const capability = judgeCapability(order);
  if (capability.kind === "unable") return refusedSigned(capability.objection);
  const repeated = replayObjection(known);
  if (repeated !== undefined) return refusedSigned(repeated);

  const window = overlap(clock.state === "sync" ? [order] : [order, ...keys]);
  if (window.expiresAt < window.notBefore)
    return refusedSigned(objection("key-expired", "its keys never hold in its time"));
  const authorityRank = rankOf(order.level, policy);
  if (authorityRank === undefined) return refusedSigned(objection("scope-use", `level ${order.level} has no rank`));
  return {
    kind: "accepted",
    what: "broadcast",
    broadcast: capability.broadcast,
    standing: {
      signers: signatories.map(({ kid, holder }) => ({ kid, holder })),
      authorityRank,
      class: quorum.urgency.class,
      severity: quorum.urgency.severity,
      window,
      grants: signatories.flatMap(({ links }) => links.map((link) => link.areas)),
    },
  };
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
    replayObjection(known);
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

/** An update or cancel travels where the item does that it refers to, so only an alert shows by itself where it belongs. */
function isBound(payload: DownPayload, topic: DownTopic, gateway: GatewayId): boolean {
  switch (topic.kind) {
    case "root":
      return payload.type === "root" && payload.rootVersion === topic.rootVersion;
    case "broadcast":
      return (
        payload.type === "broadcast" &&
        payload.id === topic.id &&
        payload.targets.some(({ area }) => area === topic.area) &&
        (payload.action !== "alert" || topic.emergency === (payload.class === "emergency"))
      );
    case "placement":
    case "evidence-ack":
      return payload.type === topic.kind && topic.gateway === gateway && payload.gateway === gateway;
    default:
      return topic satisfies never;
  }
}

function targetObjection(
  order: BroadcastOrder,
  signatories: readonly Signatory[],
  ground: Ground,
): Objection | undefined {
  const here = targetsHere(order, ground);
  for (const { area } of here) {
    const found = firstObjection(signatories, (signatory) => areaObjection(signatory, area, ground));
    if (found !== undefined) return found;
  }
  return here.length > 0 ? undefined : objection("not-targeted", "no target names a zone of this gateway");
}

/** Identical bytes never get here: they are duplicates. */
function replayObjection(known: string | undefined): Objection | undefined {
  return known === undefined ? undefined : objection("replay", "this id came before with other bytes");
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
