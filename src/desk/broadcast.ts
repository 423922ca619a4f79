import { groundOf } from "../core/areas.ts";
import { judgeCapability } from "../core/capability.ts";
import { matchedZones } from "../core/targets.ts";
import type {
  AlertOrder,
  AreaId,
  Broadcast,
  BroadcastOrder,
  GatewayId,
  UpdateOrder,
  ZoneId,
} from "../domain/broadcast.ts";
import type { Link } from "../domain/ports.ts";
import type { Severity } from "../domain/precedence.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { Sealed } from "../domain/trust.ts";
import { openDown, seal } from "../wire/envelope.ts";
import { chunkTopic } from "../wire/topics.ts";
import { prepareAudio } from "./audio.ts";
import type { Act } from "./audit.ts";
import { chooseAuthority, open } from "./authority.ts";
import { cutIntoChunks, nameFile } from "./chunks.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import type { Moment } from "./moment.ts";
import { type BroadcastRequest, composeOrder } from "./order.ts";
import { type Signatures, signaturesOf } from "./outstanding.ts";
import { type Preview, previewOf } from "./preview.ts";
import { publishAll } from "./publish-all.ts";
import { obsoleteBy, originalsOf, topicsOf } from "./reference.ts";
import type { RetainedMessage } from "./retained.ts";

/** Who will hear it. */
export interface Audience {
  readonly gateway: GatewayId;
  readonly commune: AreaId;
  readonly zones: readonly ZoneId[];
}

/** An order signed and judged, and everything that has to be published for it. Nothing has been sent. */
export interface PlannedBroadcast {
  readonly order: Broadcast;
  readonly payloadHash: string;
  /** As it will be arbitrated: a commune's severity 1 with one signature counts as 2. Of an exercise, that which it rehearses. */
  readonly severity: Severity;
  readonly signatures: Signatures;
  /** Gateways would refuse it for want of signatures, and for nothing else. */
  readonly isShort: boolean;
  readonly envelope: Uint8Array;
  readonly audience: readonly Audience[];
  /** What it sounds like; undefined where the broker has it already. */
  readonly audio: Uint8Array | undefined;
  readonly chunks: readonly RetainedMessage[];
  /** One for each target area, with the same bytes. */
  readonly messages: readonly RetainedMessage[];
  /** What nobody needs at the broker any more. */
  readonly obsolete: readonly string[];
}

export interface SignedRequest extends BroadcastRequest {
  readonly issuer: string;
  /** Who signs; undefined where only one holder's key is here. */
  readonly holder?: string | undefined;
  readonly audioPath: string;
}

/**
 * Prepares the audio, signs the order, and asks every gateway's own rules whether it would take it.
 * @throws AgentFailure `desk-invalid` when a gateway would refuse it or nobody would hear it; `tool-missing`
 */
export async function planBroadcast(desk: Desk, request: SignedRequest, moment: Moment): Promise<PlannedBroadcast> {
  const stored = chooseAuthority(desk.folder, request.issuer, "broadcast", request.holder);
  const audio = await prepareAudio(request.audioPath);
  const authority = await open(desk, stored);
  const composed = composeOrder(request, audio.file, authority.delegation.subject, moment);
  const envelope = seal(composed, [authority.signer], composed.issuedAt, authority.chain);
  return assessBroadcast(desk, envelope, openOrder(envelope, composed), audio.bytes, moment);
}

/** Judges an order as it is signed now: a new one, or one that waits for somebody's signature. */
export function assessBroadcast(
  desk: Desk,
  envelope: Uint8Array,
  sealed: Sealed<AlertOrder | UpdateOrder>,
  audio: Uint8Array | undefined,
  moment: Moment,
): PlannedBroadcast {
  const { payload, payloadHash } = sealed;
  const references = payload.action === "update" ? payload.references : [];
  const placements = desk.database.register.all().map((entry) => entry.placement);
  const previews = previewOf(sealed, placements, desk, moment.nowMs, originalsOf(desk, references));
  for (const preview of previews) throwUnlessShort(preview);
  if (previews.length === 0) {
    throw deskFailure("desk.broadcast.nobody", { areas: payload.targets.map(({ area }) => area).join(", ") });
  }
  const capability = judgeCapability(payload);
  if (capability.kind === "unable") throw deskFailure("desk.broadcast.shape", { detail: capability.objection.detail });
  const { broadcast: order } = capability;
  if (audio !== undefined && nameFile(audio).hash !== order.audio.hash) throw deskFailure("desk.draft.audio");
  const [taken] = previews.filter((preview) => preview.kind === "taken");
  return {
    ...{ order, payloadHash, envelope, audio },
    severity: order.status === "exercise" ? order.severity : (taken?.standing.severity ?? order.severity),
    signatures: signaturesOf(sealed, desk),
    isShort: previews.some(({ kind }) => kind === "refused"),
    audience: previews.map((preview) => ({
      gateway: preview.placement.gateway,
      commune: preview.placement.commune,
      zones: matchedZones(order, preview.kind === "taken" ? preview.standing.grants : [], groundOf(preview.placement)),
    })),
    chunks: cutIntoChunks(audio ?? new Uint8Array()).map((payload, n) => ({
      ...{ topic: chunkTopic(order.audio.hash, n), payload },
      expiresAt: order.expiresAt,
    })),
    messages: topicsOf(desk, order).map((topic) => ({ topic, payload: envelope, expiresAt: order.expiresAt })),
    obsolete: obsoleteBy(desk, references),
  };
}

/** As gateways will read it: what they would refuse for its shape or size is refused here. */
export function openOrder(
  envelope: Uint8Array,
  { id, targets, class: ofClass, action }: AlertOrder | UpdateOrder,
): Sealed<AlertOrder | UpdateOrder> {
  const area = targets[0]?.area ?? "";
  const opened = openDown(envelope, { kind: "broadcast", area, emergency: ofClass === "emergency", id });
  if (opened.kind === "refused") throw deskFailure("desk.broadcast.shape", { detail: opened.detail });
  const { sealed } = opened;
  const { payload } = sealed;
  if (payload.type !== "broadcast" || payload.action === "cancel" || payload.action !== action) {
    throw new TypeError(`it opens as ${payload.type}`);
  }
  return { ...sealed, payload };
}

function throwUnlessShort(preview: Preview): void {
  if (preview.kind === "taken" || preview.objection.code === "quorum") return;
  const { code, detail } = preview.objection;
  throw deskFailure("desk.broadcast.refused", { gateway: preview.placement.gateway, code, detail });
}

export interface Progress {
  readonly sent: number;
  readonly total: number;
}

/**
 * Publishes the chunks, then the order, and returns when the broker has acknowledged every one. Before the first of the order goes out
 * it is kept: from then on `desk serve` holds it at the broker until it expires, and names it in the index, whatever becomes of this
 * process. An order that is out already goes again under another signature.
 * @throws AgentFailure `link-failed`: nobody has the order, or (told apart in the text) some areas have it and serve will go on;
 * `desk-invalid` when what was out has been taken back meanwhile
 */
export async function publishBroadcast(
  desk: Pick<Desk, "database" | "audit">,
  planned: PlannedBroadcast,
  link: Pick<Link, "publish">,
  moment: Moment,
  onProgress: (progress: Progress) => void = () => {},
): Promise<void> {
  const { order, envelope, chunks, messages, obsolete } = planned;
  const { database } = desk;
  if (planned.isShort) throw new TypeError(`${order.id} is short of signatures`);
  const before = database.broadcasts.find(order.id)?.state;
  const isOut = before === "sent";
  if (isOut) refuseGone(desk, order);
  else if (before !== undefined && planned.audio === undefined)
    throw deskFailure("desk.draft.unsent", { id: order.id });
  const now = toUnixSeconds(moment.nowMs);
  const total = chunks.length + messages.length;
  desk.audit.record(actOf(planned), moment.nowMs);
  if (!isOut) database.broadcasts.add(order, envelope);

  const sound = await publishAll(link, chunks, now, (sent) => onProgress({ sent, total }));
  if (sound.fault !== undefined) {
    if (!isOut) database.broadcasts.mark(order, "failed");
    throw deskFailure("desk.broadcast.unsent", { reason: sound.fault }, "link-failed");
  }
  // Not before its sound is there: the next index names it, and gateways ask for what they lack.
  database.transaction(() => {
    if (isOut) refuseGone(desk, order);
    database.broadcasts.replaceEnvelope(order.id, envelope);
    for (const chunk of chunks) database.retained.putShared(chunk);
    for (const message of messages) database.retained.put(message);
    database.broadcasts.mark(order, "sent");
  });
  const { sent, fault } = await publishAll(link, messages, now, (count) =>
    onProgress({ sent: chunks.length + count, total }),
  );
  if (sent === 0 && isOut) throw deskFailure("desk.intervention.unsent", { reason: fault ?? "" }, "link-failed");
  if (sent === 0) {
    database.transaction(() => {
      // The broker may hold it although its answer was lost. Nobody must hear what was told to be unsent: serve clears these.
      for (const { topic } of messages) database.retained.put({ topic, payload: new Uint8Array(), expiresAt: 0 });
      database.broadcasts.mark(order, "failed");
    });
    throw deskFailure("desk.broadcast.unsent", { reason: fault ?? "" }, "link-failed");
  }
  database.transaction(() => {
    for (const topic of obsolete) database.retained.put({ topic, payload: new Uint8Array(), expiresAt: 0 });
  });
  if (fault !== undefined) {
    throw deskFailure(
      "desk.broadcast.partly",
      { sent, areas: messages.length, id: order.id, reason: fault },
      "link-failed",
    );
  }
  for (const topic of obsolete) await link.publish({ topic, payload: new Uint8Array(), qos: 1, retain: true });
}

/** Whether this desk keeps it at the broker: not what was cancelled, replaced, or told to be unsent. */
export function isHeld(desk: Pick<Desk, "database">, order: BroadcastOrder): boolean {
  return topicsOf(desk, order).some((topic) => (desk.database.retained.find(topic)?.payload.byteLength ?? 0) > 0);
}

/** @throws AgentFailure `desk-invalid`: to hold it at the broker again would undo what was done since */
export function refuseGone(desk: Pick<Desk, "database">, order: BroadcastOrder): void {
  if (!isHeld(desk, order)) throw deskFailure("desk.draft.gone", { id: order.id });
}

/** Of an update what it was done to, as of a cancel. */
function actOf({ order, signatures, payloadHash: hash }: PlannedBroadcast): Act {
  const { holders } = signatures;
  if (order.action === "alert") return { act: "broadcast", subject: order.id, holders, detail: order.title, hash };
  const subject = order.references.map(({ id }) => id).join(",");
  return { act: "update", subject, holders, detail: `${order.id} ${order.title}`, hash };
}
