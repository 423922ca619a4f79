import {
  type AlertOrder,
  type AudioFile,
  chunkCount,
  isAudioFile,
  type LibraryAudio,
  type UpdateOrder,
} from "../domain/broadcast.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { Delegation } from "../domain/trust.ts";
import { seal } from "../wire/envelope.ts";
import { chunkTopic } from "../wire/topics.ts";
import { type PreparedAudio, prepareAudio } from "./audio.ts";
import { chooseAuthority, open } from "./authority.ts";
import { assessBroadcast, isHeld, openOrder, type PlannedBroadcast } from "./broadcast.ts";
import { openSent } from "./broadcasts.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import type { Moment } from "./moment.ts";
import { type BroadcastRequest, composeOrder } from "./order.ts";

/** What is to be different; what is left out stays as it was. Whom it is for stays: who is not told keeps the original. */
export interface UpdateRequest extends Pick<BroadcastRequest, "class" | "severity">, Changes {
  readonly issuer: string;
  readonly holder?: string | undefined;
  /** Undefined: the sound that it has. */
  readonly audioPath?: string | undefined;
}

type Changeable =
  | "title"
  | "text"
  | "language"
  | "at"
  | "expiresInSeconds"
  | "startWithinSeconds"
  | "repeat"
  | "gapSeconds"
  | "onPreempt";

type Changes = { readonly [Member in Changeable]?: BroadcastRequest[Member] | undefined };

/**
 * A broadcast of this desk that another one may take the place of.
 * @throws AgentFailure `desk-invalid` when it is unknown or over: two updates of one original would both be heard
 */
export function replaceable(desk: Desk, id: string, { nowMs }: Moment): AlertOrder | UpdateOrder {
  const sent = desk.database.broadcasts.find(id);
  if (sent === undefined) throw deskFailure("desk.coverage.unknown", { id });
  const original = openSent(sent).payload;
  if (original.action === "cancel" || !isHeld(desk, original) || original.expiresAt <= toUnixSeconds(nowMs)) {
    throw deskFailure("desk.update.over", { id });
  }
  return original;
}

/**
 * Puts an order in the place of another one, which falls silent for good wherever it waits or sounds.
 * @throws AgentFailure `desk-invalid` when a gateway would refuse it, or might be left with the original
 */
export async function planUpdate(
  desk: Desk,
  original: AlertOrder | UpdateOrder,
  request: UpdateRequest,
  moment: Moment,
): Promise<PlannedBroadcast> {
  const stored = chooseAuthority(desk.folder, request.issuer, "broadcast", request.holder);
  const { audioPath } = request;
  const audio = audioPath === undefined ? soundOf(desk, original) : await prepareAudio(audioPath);
  const authority = await open(desk, stored);
  const update = composeUpdate(original, request, audio.file, authority.delegation.subject, moment);
  // A box that was away gets what the broker still has of the two.
  if (update.expiresAt < original.expiresAt) throw deskFailure("desk.update.short", { id: original.id });
  const envelope = seal(update, [authority.signer], update.issuedAt, authority.chain);
  return assessBroadcast(desk, envelope, openOrder(envelope, update), audio.bytes, moment);
}

function composeUpdate(
  original: AlertOrder | UpdateOrder,
  request: UpdateRequest,
  audio: AudioFile,
  speaker: Delegation["subject"],
  moment: Moment,
): UpdateOrder {
  const now = toUnixSeconds(moment.nowMs);
  const { issuer, id, status, targets, gainCentiDb, plan } = original;
  const at = request.at ?? (plan.kind === "at" && plan.at > now ? plan.at : undefined);
  const sameClass = request.class === original.class;
  const words = {
    title: request.title ?? original.title,
    language: request.language ?? original.language,
    // The words of another sound are other words.
    text: request.text ?? (request.audioPath === undefined ? original.text : undefined),
  };
  const times = {
    at,
    expiresInSeconds: request.expiresInSeconds ?? original.expiresAt - (at ?? now),
    startWithinSeconds: request.startWithinSeconds ?? plan.startWithinSeconds,
    repeat: request.repeat ?? original.repeat,
    gapSeconds: request.gapSeconds ?? original.gapSeconds,
    onPreempt: request.onPreempt ?? (sameClass ? original.onPreempt : undefined),
  };
  const urgency = { class: request.class, severity: request.severity };
  const alert = composeOrder({ ...words, ...times, ...urgency, status, to: [], tags: [] }, audio, speaker, moment);
  return { ...alert, action: "update", references: [{ issuer, id }], targets, gainCentiDb };
}

/** As it was sent: the desk keeps it as long as the order lives. */
function soundOf({ database }: Desk, { id, audio }: { readonly id: string; readonly audio: AudioFile | LibraryAudio }) {
  const pieces = isAudioFile(audio)
    ? Array.from({ length: chunkCount(audio) }, (_, n) => database.retained.find(chunkTopic(audio.hash, n))?.payload)
    : [undefined];
  const bytes = Buffer.concat(pieces.filter((piece) => piece !== undefined));
  if (!isAudioFile(audio) || bytes.byteLength !== audio.sizeBytes) throw deskFailure("desk.update.sound", { id });
  return { file: audio, bytes } satisfies PreparedAudio;
}
