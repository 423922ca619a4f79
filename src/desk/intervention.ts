import { groundOf } from "../core/areas.ts";
import type { Original } from "../core/mandate.ts";
import { targetsHere } from "../core/targets.ts";
import type { AreaId, CancelOrder, GatewayId, ItemKey } from "../domain/broadcast.ts";
import type { ControlOrder } from "../domain/control.ts";
import type { Link } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { DownPayload, DownTopic, Placement, Sealed } from "../domain/trust.ts";
import { seal } from "../wire/envelope.ts";
import { broadcastTopic, controlTopic, parseDownTopic } from "../wire/topics.ts";
import { type Authority, authoritiesOf, loadAuthority } from "./authority.ts";
import { openSent } from "./broadcasts.ts";
import type { Desk } from "./desk.ts";
import { openDraft } from "./draft.ts";
import { deskFailure } from "./failure.ts";
import { commonMembers, type Moment } from "./moment.ts";
import { type Signatures, signaturesOf } from "./outstanding.ts";
import { judgeFor } from "./preview.ts";
import { publishAll } from "./publish-all.ts";
import { areasOf, obsoleteBy, originalsOf } from "./reference.ts";
import type { RetainedMessage } from "./retained.ts";

/** A cancel, halt, resume or hold, signed and judged. Nothing has been sent. */
export interface PlannedIntervention {
  readonly message: CancelOrder | ControlOrder;
  readonly payloadHash: string;
  readonly signatures: Signatures;
  /** Gateways would refuse it for want of signatures, and for nothing else. */
  readonly isShort: boolean;
  readonly envelope: Uint8Array;
  readonly expiresAt: UnixSeconds;
  /** Who will obey it. */
  readonly gateways: readonly GatewayId[];
  /** One for each target area, with the same bytes. */
  readonly messages: readonly RetainedMessage[];
  /** What nobody needs at the broker any more. */
  readonly obsolete: readonly string[];
}

export interface CancelRequest {
  readonly id: string;
  readonly issuer: string;
  readonly holder?: string | undefined;
}

/**
 * Takes a broadcast of this desk off the air for good. It lives as long as what it cancels: a gateway that was away may get the two
 * in any order.
 * @throws AgentFailure `desk-invalid` when it is unknown or over, or a gateway would refuse to obey
 */
export async function planCancel(
  desk: Desk,
  { id, issuer, holder }: CancelRequest,
  moment: Moment,
): Promise<PlannedIntervention> {
  const sent = desk.database.broadcasts.find(id);
  if (sent === undefined) throw deskFailure("desk.coverage.unknown", { id });
  const sealed = openSent(sent);
  const original = sealed.payload;
  const seconds = original.expiresAt - toUnixSeconds(moment.nowMs);
  if (seconds <= 0) throw deskFailure("desk.cancel.over", { id });
  const authority = await loadAuthority(desk, issuer, "broadcast", holder);
  const { status, class: named, severity, targets } = original;
  const cancel: CancelOrder = {
    ...headOf(authority, seconds, moment),
    ...{ type: "broadcast", action: "cancel", references: [{ issuer: original.issuer, id }] },
    ...{ status, class: named, severity, targets },
  };
  return assessIntervention(desk, sealAs(authority, cancel), moment);
}

export type ControlOp = "halt" | "resume";

export interface ControlRequest {
  readonly op: ControlOp;
  readonly issuer: string;
  readonly holder?: string | undefined;
  readonly to: readonly AreaId[];
  /** One broadcast of this desk; undefined: all that is no emergency. */
  readonly item?: string | undefined;
  /** Of a halt: for how long. */
  readonly seconds: number;
}

/** @throws AgentFailure `desk-invalid` when a gateway would refuse to obey, or none is meant */
export async function planControl(desk: Desk, request: ControlRequest, moment: Moment): Promise<PlannedIntervention> {
  const authority = await loadAuthority(desk, request.issuer, "control", request.holder);
  const seconds = request.op === "halt" ? request.seconds : resumeSeconds(desk, request.seconds, moment);
  const head = headOf(authority, seconds, moment);
  const item = request.item === undefined ? undefined : keyOf(desk, request.item);
  const directed = {
    ...head,
    type: "control",
    targets: request.to.map((area) => ({ area })),
    ...(item && { item }),
  } as const;
  const control: ControlOrder =
    request.op === "halt" ? { ...directed, op: "halt", until: head.expiresAt } : { ...directed, op: "resume" };
  return assessIntervention(desk, sealAs(authority, control), moment);
}

/**
 * Stops a broadcast of this desk for a quarter of an hour, by one of those who signed it: time to find who cancels it with him.
 * @throws AgentFailure `desk-invalid` when a gateway would refuse to obey
 */
export async function planHold(
  desk: Desk,
  { id, holder }: Pick<CancelRequest, "id" | "holder">,
  moment: Moment,
): Promise<PlannedIntervention> {
  const sent = desk.database.broadcasts.find(id);
  if (sent === undefined) throw deskFailure("desk.coverage.unknown", { id });
  const sealed = openSent(sent);
  const { issuer, targets } = sealed.payload;
  const signers = signaturesOf(sealed, desk).holders;
  const here = authoritiesOf(desk.folder, issuer).filter(({ delegation }) =>
    signers.includes(delegation.subject.holder),
  );
  const [only, ...more] = here;
  const chosen = holder ?? (more.length === 0 ? only?.delegation.subject.holder : undefined);
  if (chosen === undefined) throw deskFailure("desk.holder.which", { name: issuer, holders: signers.join(", ") });
  const authority = await loadAuthority(desk, issuer, "control", chosen);
  const head = headOf(authority, desk.policy.holdSeconds, moment);
  const hold: ControlOrder = { ...head, type: "control", op: "hold", targets, item: { issuer, id } };
  return assessIntervention(desk, sealAs(authority, hold), moment);
}

/** Publishes it, retained, and leaves it with `desk serve`. */
export async function publishIntervention(
  { database, audit }: Pick<Desk, "database" | "audit">,
  planned: PlannedIntervention,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  const { message, messages, obsolete, signatures, payloadHash: hash } = planned;
  if (planned.isShort) throw new TypeError(`${message.id} is short of signatures`);
  const act = message.type === "control" ? message.op : message.action;
  audit.record({ act, subject: subjectOf(message), holders: signatures.holders, hash }, moment.nowMs);
  // Before anything is sent: what was said once must be said to those who come later too.
  database.transaction(() => {
    for (const message of messages) database.retained.put(message);
    for (const topic of obsolete) database.retained.put({ topic, payload: new Uint8Array(), expiresAt: 0 });
  });
  const { fault } = await publishAll(link, messages, toUnixSeconds(moment.nowMs), () => {});
  if (fault !== undefined) throw deskFailure("desk.intervention.unsent", { reason: fault }, "link-failed");
  for (const topic of obsolete) await link.publish({ topic, payload: new Uint8Array(), qos: 1, retain: true });
}

function headOf({ delegation }: Authority, seconds: number, moment: Moment) {
  const { issuer, level } = delegation.subject;
  return commonMembers(moment, { issuer, level, sequence: 0, seconds });
}

function sealAs({ signer, chain }: Authority, message: CancelOrder | ControlOrder): Uint8Array {
  return seal(message, [signer], message.issuedAt, chain);
}

/** Judges it as it is signed now: a new one, or one that waits for somebody's signature. */
export function assessIntervention(desk: Desk, envelope: Uint8Array, moment: Moment): PlannedIntervention {
  const sealed = openDraft(envelope);
  const { payload: message, payloadHash } = sealed;
  if (message.type !== "control" && (message.type !== "broadcast" || message.action !== "cancel")) {
    throw new TypeError(`a ${message.type} is no intervention`);
  }
  const { targets, expiresAt } = message;
  const topicIn = (area: AreaId) =>
    message.type === "control"
      ? controlTopic(area, message.id)
      : broadcastTopic(area, message.class === "emergency", message.id);
  const addressed = { status: message.type === "control" ? "actual" : message.status, targets } as const;
  const originals = originalsOf(desk, referencesOf(message));
  let isShort = false;
  const meant = desk.database.register.all().flatMap(({ placement }) => {
    const [target] = targetsHere(addressed, groundOf(placement));
    return target === undefined ? [] : [{ placement, topic: parseDownTopic(topicIn(target.area)) }];
  });
  for (const { placement, topic } of meant) {
    const refused = judge(sealed, topic, placement, desk, moment, originals(placement));
    if (refused?.code === "quorum") isShort = true;
    else if (refused !== undefined) {
      throw deskFailure("desk.intervention.refused", { gateway: placement.gateway, ...refused });
    }
  }
  const areas = areasOf(message);
  if (meant.length === 0) throw deskFailure("desk.broadcast.nobody", { areas: areas.join(", ") });
  return {
    ...{ message, payloadHash, envelope, isShort, expiresAt },
    signatures: signaturesOf(sealed, desk),
    obsolete: message.type === "control" ? [] : obsoleteBy(desk, message.references),
    gateways: meant.map(({ placement }) => placement.gateway),
    messages: areas.map((area) => ({ topic: topicIn(area), payload: envelope, expiresAt })),
  };
}

function referencesOf(message: CancelOrder | ControlOrder): readonly ItemKey[] {
  if (message.type === "broadcast") return message.references;
  return "item" in message && message.item !== undefined ? [message.item] : [];
}

/** What it was done to. */
function subjectOf(message: CancelOrder | ControlOrder): string {
  return referencesOf(message)[0]?.id ?? areasOf(message).join(",");
}

/** As the gateway will read and judge it. */
function judge(
  sealed: Sealed<DownPayload>,
  topic: DownTopic | undefined,
  placement: Placement,
  desk: Desk,
  { nowMs }: Moment,
  original: Original | undefined,
): { readonly code: string; readonly detail: string } | undefined {
  if (topic === undefined) throw new TypeError("an intervention on a topic that can't be read");
  const verdict = judgeFor(sealed, topic, placement, desk, nowMs, original);
  return verdict.kind === "refused" ? { code: verdict.code, detail: verdict.detail } : undefined;
}

/** It must live at least as long as the halts it ends. */
function resumeSeconds({ database }: Desk, atLeast: number, { nowMs }: Moment): number {
  const now = toUnixSeconds(nowMs);
  const lives = database.retained
    .activeTopics(now)
    .filter((topic) => parseDownTopic(topic)?.kind === "control")
    .flatMap((topic) => database.retained.find(topic) ?? [])
    .map(({ expiresAt }) => expiresAt - now);
  return Math.max(atLeast, ...lives);
}

function keyOf({ database }: Desk, id: string): ItemKey {
  const sent = database.broadcasts.find(id);
  if (sent === undefined) throw deskFailure("desk.coverage.unknown", { id });
  return { issuer: sent.issuer, id };
}
