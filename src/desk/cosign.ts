import { ROOT_NAME } from "../core/scope.ts";
import type { Link } from "../domain/ports.ts";
import { toUnixSeconds } from "../domain/time.ts";
import { type EnvelopeJson, cosign as sealAgain } from "../wire/envelope.ts";
import { authoritiesOf } from "./authority.ts";
import { assessBroadcast, type PlannedBroadcast, type Progress, publishBroadcast, refuseGone } from "./broadcast.ts";
import { openSent } from "./broadcasts.ts";
import type { Desk } from "./desk.ts";
import { type Draft, type DraftPayload, findDraft, forgetDraft, openDraft, readDraft, writeDraft } from "./draft.ts";
import { deskFailure } from "./failure.ts";
import { assessIntervention, type PlannedIntervention, publishIntervention } from "./intervention.ts";
import type { KeyFile } from "./key-file.ts";
import type { Moment } from "./moment.ts";
import {
  assessRootDocument,
  isRootDocument,
  lockedRootKeys,
  type PlannedRootDocument,
  publishPolicy,
  type RootDocument,
} from "./root-document.ts";
import { publishRotation } from "./rotation.ts";

/** An order that others may sign too: one that waits for it, or one that was sent with fewer signatures. */
export interface Shared {
  readonly draft: Draft;
  /** Where it lies; undefined for one that was sent. */
  readonly path: string | undefined;
}

export type Assessed =
  | { readonly kind: "broadcast"; readonly planned: PlannedBroadcast }
  | { readonly kind: "intervention"; readonly planned: PlannedIntervention }
  | { readonly kind: "document"; readonly planned: PlannedRootDocument };

/** @throws AgentFailure `desk-invalid` when there is no such file, draft or broadcast, or the broadcast is not out (any more) */
export function findShared(desk: Desk, name: string): Shared {
  const path = findDraft(desk.folder, name);
  if (path !== undefined) return { draft: readDraft(path), path };
  const sent = desk.database.broadcasts.find(name);
  if (sent === undefined) throw deskFailure("desk.draft.unknown", { name });
  if (sent.state !== "sent") throw deskFailure("desk.draft.unsent", { id: sent.id });
  refuseGone(desk, openSent(sent).payload);
  return { draft: { envelope: JSON.parse(Buffer.from(sent.envelope).toString()) }, path: undefined };
}

/** What it is, whom it reaches, and whether it may go as it is. */
export function assess(desk: Desk, { envelope, audio }: Draft, moment: Moment): Assessed {
  const bytes = bytesOf(envelope);
  const sealed = openDraft(bytes);
  const { payload } = sealed;
  if (isRootDocument(payload)) return { kind: "document", planned: assessRootDocument(desk, bytes) };
  if (payload.type === "control" || payload.action === "cancel") {
    return { kind: "intervention", planned: assessIntervention(desk, bytes, moment) };
  }
  return { kind: "broadcast", planned: assessBroadcast(desk, bytes, { ...sealed, payload }, audio, moment) };
}

/**
 * Adds the signature of another holder of the same issuer, under the very same octets.
 * @param holder who signs; undefined where only one is left who could
 * @throws AgentFailure `desk-invalid` when nobody could, it has come too late, or the key does not open
 */
export async function cosign(desk: Desk, shared: Shared, holder: string | undefined, moment: Moment): Promise<Draft> {
  const { envelope, audio } = shared.draft;
  const { payload, payloadHash } = openDraft(bytesOf(envelope));
  const { signatures } = assess(desk, shared.draft, moment).planned;
  const now = toUnixSeconds(moment.nowMs);
  if (now > signatures.until) throw deskFailure("desk.cosign.late", { id: payload.id, minutes: minutesToSign(desk) });
  const second = isRootDocument(payload)
    ? chooseRootKey(desk, payload, signatures.holders, holder)
    : chooseSecond(desk, payload, signatures.holders, holder);
  const signer = await desk.keys.open(second.key);
  const signed: EnvelopeJson = JSON.parse(
    Buffer.from(sealAgain(envelope, payload.type, [signer], now, second.chain)).toString(),
  );
  const act = { act: "cosign", subject: payload.id, holders: [second.key.holder], hash: payloadHash };
  desk.audit.record(act, moment.nowMs);
  return { envelope: signed, audio };
}

function minutesToSign({ policy }: Desk): number {
  return Math.floor(policy.quorum.signedWithinSeconds / 60);
}

/** Of those who hold a key of its issuer and have not signed it. */
function chooseSecond(
  { folder }: Desk,
  { issuer, type }: Exclude<DraftPayload, RootDocument>,
  signed: readonly string[],
  holder: string | undefined,
): KeyFile {
  const others = authoritiesOf(folder, issuer).filter(({ delegation }) => delegation.uses.includes(type));
  return onlyOne(
    others.map(({ key, chain }) => ({ key, chain })),
    { name: issuer, signed, holder },
  );
}

function chooseRootKey(
  desk: Desk,
  document: RootDocument,
  signed: readonly string[],
  holder: string | undefined,
): KeyFile {
  const listed = [...desk.root.root.keys, ...(document.type === "root" ? document.keys : [])];
  const here = [...new Set(lockedRootKeys(desk, listed))];
  return onlyOne(
    here.map((key) => ({ key, chain: [] })),
    { name: ROOT_NAME, signed, holder },
  );
}

function onlyOne(
  candidates: readonly KeyFile[],
  {
    name,
    signed,
    holder,
  }: { readonly name: string; readonly signed: readonly string[]; readonly holder?: string | undefined },
): KeyFile {
  const left = candidates.filter(
    ({ key }) => !signed.includes(key.holder) && (holder === undefined || key.holder === holder),
  );
  const [second, ...more] = left;
  if (second === undefined) {
    throw deskFailure("desk.cosign.nobody", { name, signed: signed.join(", "), holder: holder ?? "?" });
  }
  if (more.length > 0) {
    throw deskFailure("desk.holder.which", { name, holders: left.map(({ key }) => key.holder).join(", ") });
  }
  return second;
}

/** Keeps an order for those who have to sign it, and writes down who has. */
export function keepDraft(desk: Desk, path: string, assessed: Assessed, moment: Moment): void {
  const { planned } = assessed;
  const audio = assessed.kind === "broadcast" ? assessed.planned.audio : undefined;
  writeDraft(path, { envelope: JSON.parse(Buffer.from(planned.envelope).toString()), audio });
  const { holders } = planned.signatures;
  desk.audit.record({ act: "draft", subject: idOf(assessed), holders, hash: planned.payloadHash }, moment.nowMs);
}

/** @throws AgentFailure `cosignature-missing`, `link-failed` */
export async function publish(
  desk: Desk,
  assessed: Assessed,
  link: Pick<Link, "publish">,
  moment: Moment,
  onProgress?: (progress: Progress) => void,
): Promise<void> {
  switch (assessed.kind) {
    case "broadcast":
      await publishBroadcast(desk, assessed.planned, link, moment, onProgress);
      break;
    case "intervention":
      await publishIntervention(desk, assessed.planned, link, moment);
      break;
    case "document":
      if (assessed.planned.document.type === "root") await publishRotation(desk, assessed.planned, link, moment);
      else await publishPolicy(desk, assessed.planned, link, moment);
      break;
    default:
      assessed satisfies never;
  }
  forgetDraft(desk.folder, idOf(assessed));
}

/** @throws AgentFailure `cosignature-missing` that says what to do next */
export function refuseShort(assessed: Assessed): void {
  const { signatures, isShort } = assessed.planned;
  if (!isShort) return;
  const { holders, needed } = signatures;
  const values = { id: idOf(assessed), signed: holders.join(", "), needed };
  throw deskFailure("desk.cosign.missing", values, "cosignature-missing");
}

export function idOf(assessed: Assessed): string {
  switch (assessed.kind) {
    case "broadcast":
      return assessed.planned.order.id;
    case "intervention":
      return assessed.planned.message.id;
    case "document":
      return assessed.planned.document.id;
    default:
      return assessed satisfies never;
  }
}

function bytesOf(envelope: EnvelopeJson): Uint8Array {
  return Buffer.from(JSON.stringify(envelope));
}
