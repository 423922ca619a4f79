import type { AreaId } from "../domain/broadcast.ts";
import type { Validity } from "../domain/standing.ts";
import type { ClockReading } from "../domain/time.ts";
import type { AreaDocument, EvidenceAck, KeyUse, Placement, TimeAnswer } from "../domain/trust.ts";
import { groundOf } from "./areas.ts";
import { keyValidities, type Signatory } from "./chain.ts";
import { objection, type Refused, refusedSigned } from "./refusal.ts";
import { givesBack } from "./revocation.ts";
import { areaObjection, firstObjection, signersObjection } from "./signers.ts";
import type { DocumentType, TrustContext } from "./trust-context.ts";
import { earlyObjection, expiryObjection, ownTimeObjection } from "./validity.ts";
import { aheadObjection, sequenceObjection, trustedClockObjection } from "./versions.ts";

type ReplaceableDocument = Placement | EvidenceAck | AreaDocument;

export type DocumentVerdict =
  | { readonly kind: "accepted"; readonly what: "document"; readonly document: ReplaceableDocument }
  | { readonly kind: "accepted"; readonly what: "time"; readonly answer: TimeAnswer }
  /** The same bytes again: acknowledged, nothing happens. */
  | { readonly kind: "duplicate" }
  | Refused;

const USES: Readonly<Record<DocumentType, KeyUse>> = {
  placement: "placement",
  "evidence-ack": "ingest",
  revoked: "revoke",
  beacon: "beacon",
  index: "index",
};

/** Judges the next version of a document whose signatures are good. */
export function judgeDocument(
  document: ReplaceableDocument,
  payloadHash: string,
  signatories: readonly Signatory[],
  context: TrustContext,
): DocumentVerdict {
  const { type, issuer } = document;
  const area = areaOf(document);
  const known = context.seen(document);
  const last = context.lastAccepted(type, issuer, area);
  if (payloadHash === known || payloadHash === last?.payloadHash) return { kind: "duplicate" };
  const ground = groundOf(context.placement);
  const keys = keyValidities(signatories, context.root.root);
  const clock = clockFor(document, context);
  const atOnce = isTakenAtOnce(document, context);
  const found =
    (atOnce ? undefined : trustedClockObjection(context.clock)) ??
    keysObjection(document, keys, context) ??
    signersObjection(document, USES[type], signatories, context.policy, ground) ??
    firstObjection(signatories, (signatory) => areaObjection(signatory, area || ground.commune, ground)) ??
    sequenceObjection(document, last) ??
    aheadObjection(document, keys, clock, context.policy.clock.beaconToleranceSeconds) ??
    (atOnce ? undefined : earlyObjection(document, clock)) ??
    (known === undefined ? undefined : objection("replay", "this id came before with other bytes"));
  return found === undefined ? { kind: "accepted", what: "document", document } : refusedSigned(found);
}

/** A beacon is compared with our clock, and can't be if it has to agree first: it is judged by its own time. */
function clockFor(document: ReplaceableDocument, { clock }: TrustContext): ClockReading {
  return document.type === "beacon" ? { state: "sync", nowMs: document.now * 1000 } : clock;
}

function keysObjection(document: ReplaceableDocument, keys: readonly Validity[], { clock }: TrustContext) {
  return document.type === "beacon"
    ? ownTimeObjection(document, keys, document.now * 1000)
    : expiryObjection(document, keys, clock);
}

/** Whether it answers a question of ours is for who asked. */
export function judgeTime(
  answer: TimeAnswer,
  signatories: readonly Signatory[],
  context: TrustContext,
): DocumentVerdict {
  const ground = groundOf(context.placement);
  const found =
    // By what it says itself: it is asked for where nobody knows better.
    ownTimeObjection(answer, keyValidities(signatories, context.root.root), answer.nowMs) ??
    signersObjection(answer, "time", signatories, context.policy, ground) ??
    firstObjection(signatories, (signatory) => areaObjection(signatory, ground.commune, ground));
  return found === undefined ? { kind: "accepted", what: "time", answer } : refusedSigned(found);
}

/** Empty for what is for one gateway: then its signers have to cover our commune. */
export function areaOf(document: ReplaceableDocument): AreaId {
  return "area" in document ? document.area : "";
}

/**
 * Without a clock and before its `notBefore`: what only takes trust away, or only says what time it may be. A key that has expired
 * since can do little harm with it, and a thief is to be stopped now.
 */
function isTakenAtOnce(document: ReplaceableDocument, { revoked }: TrustContext): boolean {
  return document.type === "beacon" || (document.type === "revoked" && !givesBack(document, revoked));
}
