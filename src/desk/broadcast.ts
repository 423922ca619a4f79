import { groundOf } from "../core/areas.ts";
import { matchedZones } from "../core/targets.ts";
import type { AreaId, Broadcast, BroadcastOrder, GatewayId, ZoneId } from "../domain/broadcast.ts";
import type { Link } from "../domain/ports.ts";
import type { Severity } from "../domain/precedence.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { Sealed } from "../domain/trust.ts";
import { openDown, seal } from "../wire/envelope.ts";
import { broadcastTopic, chunkTopic } from "../wire/topics.ts";
import { prepareAudio } from "./audio.ts";
import { loadAuthority } from "./authority.ts";
import { cutIntoChunks } from "./chunks.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import type { Moment } from "./moment.ts";
import { type BroadcastRequest, composeOrder } from "./order.ts";
import { type Preview, previewOf } from "./preview.ts";
import { publishAll } from "./publish-all.ts";
import type { RetainedMessage } from "./retained.ts";

/** Who will hear it. */
export interface Audience {
  readonly gateway: GatewayId;
  readonly commune: AreaId;
  readonly zones: readonly ZoneId[];
}

/** An order signed and judged good, and everything that has to be published for it. Nothing has been sent. */
export interface PlannedBroadcast {
  readonly order: Broadcast;
  /** As it will be arbitrated: a commune's severity 1 with one signature counts as 2. */
  readonly severity: Severity;
  readonly envelope: Uint8Array;
  readonly audience: readonly Audience[];
  readonly chunks: readonly RetainedMessage[];
  /** One for each target area, with the same bytes. */
  readonly messages: readonly RetainedMessage[];
}

/**
 * Prepares the audio, signs the order, and asks every gateway's own rules whether it would take it.
 * @throws AgentFailure `desk-invalid` when a gateway would refuse it or nobody would hear it; `tool-missing`
 */
export async function planBroadcast(
  desk: Desk,
  request: BroadcastRequest & { readonly issuer: string; readonly audioPath: string },
  moment: Moment,
): Promise<PlannedBroadcast> {
  const authority = loadAuthority(desk.folder, request.issuer);
  const audio = await prepareAudio(request.audioPath);
  const composed = composeOrder(request, audio.file, authority.delegation.subject, moment);
  const envelope = seal(composed, [authority.signer], composed.issuedAt, authority.chain);
  const sealed = openOrder(envelope, composed);

  const placements = desk.database.register.all().map((entry) => entry.placement);
  const previews = previewOf(sealed, placements, desk.root, moment.nowMs);
  const taken = previews.map((preview) => takenOrThrow(preview));
  const [first] = taken;
  if (first === undefined) throw deskFailure("desk.broadcast.nobody", { areas: request.to.join(", ") });

  const { broadcast: order, standing } = first;
  const { expiresAt } = order;
  return {
    order,
    severity: standing.severity,
    envelope,
    audience: taken.map(({ placement, standing: { grants } }) => ({
      gateway: placement.gateway,
      commune: placement.commune,
      zones: matchedZones(order, grants, groundOf(placement)),
    })),
    chunks: cutIntoChunks(audio.bytes).map((payload, n) => ({
      topic: chunkTopic(order.audio.hash, n),
      payload,
      expiresAt,
    })),
    messages: [...new Set(order.targets.map(({ area }) => area))].map((area) => ({
      topic: broadcastTopic(area, order.class === "emergency", order.id),
      payload: envelope,
      expiresAt,
    })),
  };
}

/** As gateways will read it: what they would refuse for its shape or size is refused here. */
function openOrder(envelope: Uint8Array, { id, targets, class: ofClass }: BroadcastOrder): Sealed<BroadcastOrder> {
  const area = targets[0]?.area ?? "";
  const opened = openDown(envelope, { kind: "broadcast", area, emergency: ofClass === "emergency", id });
  if (opened.kind === "refused") throw deskFailure("desk.broadcast.shape", { detail: opened.detail });
  const { sealed } = opened;
  if (sealed.payload.type !== "broadcast") throw new TypeError(`a broadcast that opens as ${sealed.payload.type}`);
  return { ...sealed, payload: sealed.payload };
}

function takenOrThrow(preview: Preview): Extract<Preview, { kind: "taken" }> {
  if (preview.kind === "taken") return preview;
  const { code, detail } = preview.objection;
  throw deskFailure("desk.broadcast.refused", { gateway: preview.placement.gateway, code, detail });
}

export interface Progress {
  readonly sent: number;
  readonly total: number;
}

/**
 * Publishes the chunks, then the order, and returns when the broker has acknowledged every one. From then on `desk serve` keeps
 * them at the broker until they expire.
 * @throws AgentFailure `link-failed`: nobody has the order, or (told apart in the text) some areas have it and serve will go on
 */
export async function publishBroadcast(
  desk: Pick<Desk, "database">,
  planned: PlannedBroadcast,
  link: Pick<Link, "publish">,
  moment: Moment,
  onProgress: (progress: Progress) => void = () => {},
): Promise<void> {
  const { order, envelope, chunks, messages } = planned;
  const { database } = desk;
  const now = toUnixSeconds(moment.nowMs);
  const total = chunks.length + messages.length;
  database.broadcasts.add(order, envelope);

  const sound = await publishAll(link, chunks, now, (sent) => onProgress({ sent, total }));
  const orders =
    sound.fault === undefined
      ? await publishAll(link, messages, now, (sent) => onProgress({ sent: chunks.length + sent, total }))
      : { sent: 0, fault: sound.fault };

  if (orders.sent === 0) {
    database.transaction(() => {
      // The broker may hold it although its answer was lost. Nobody must hear what was told to be unsent: serve clears these.
      for (const { topic } of messages) database.retained.put({ topic, payload: new Uint8Array(), expiresAt: 0 });
      database.broadcasts.mark(order, "failed");
    });
    throw deskFailure("desk.broadcast.unsent", { reason: orders.fault ?? "" }, "link-failed");
  }
  database.transaction(() => {
    for (const chunk of chunks) database.retained.putShared(chunk);
    for (const message of messages) database.retained.put(message);
    database.broadcasts.mark(order, "sent");
  });
  if (orders.fault !== undefined) {
    const values = { sent: orders.sent, areas: messages.length, id: order.id, reason: orders.fault };
    throw deskFailure("desk.broadcast.partly", values, "link-failed");
  }
}
