import { groundOf } from "../core/areas.ts";
import type { Original } from "../core/mandate.ts";
import { targetsHere } from "../core/targets.ts";
import type { AreaId, BroadcastOrder, CancelOrder, GatewayId, ItemKey } from "../domain/broadcast.ts";
import type { ControlOrder } from "../domain/control.ts";
import type { Link } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { DownTopic, Placement } from "../domain/trust.ts";
import { openDown, seal } from "../wire/envelope.ts";
import { broadcastTopic, controlTopic, parseDownTopic } from "../wire/topics.ts";
import { type Authority, loadAuthority } from "./authority.ts";
import { openSent } from "./broadcasts.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { commonMembers, type Moment } from "./moment.ts";
import { judgeFor, previewOf } from "./preview.ts";
import { publishAll } from "./publish-all.ts";
import type { RetainedMessage } from "./retained.ts";

/** A cancel, halt or resume, signed and judged good. Nothing has been sent. */
export interface PlannedIntervention {
  readonly id: string;
  readonly expiresAt: UnixSeconds;
  /** Who will obey it. */
  readonly gateways: readonly GatewayId[];
  /** One for each target area, with the same bytes. */
  readonly messages: readonly RetainedMessage[];
  /** What nobody needs at the broker any more. */
  readonly obsolete: readonly string[];
}

/**
 * Takes a broadcast of this desk off the air for good. It lives as long as what it cancels: a gateway that was away may get the two
 * in any order.
 * @throws AgentFailure `desk-invalid` when it is unknown or over, or a gateway would refuse to obey
 */
export function planCancel(desk: Desk, id: string, issuer: string, moment: Moment): PlannedIntervention {
  const sent = desk.database.broadcasts.find(id);
  if (sent === undefined) throw deskFailure("desk.coverage.unknown", { id });
  const sealed = openSent(sent);
  const original = sealed.payload;
  const seconds = original.expiresAt - toUnixSeconds(moment.nowMs);
  if (seconds <= 0) throw deskFailure("desk.cancel.over", { id });
  const authority = loadAuthority(desk.folder, issuer);
  const { status, class: named, severity, targets } = original;
  const cancel: CancelOrder = {
    ...headOf(authority, seconds, moment),
    ...{ type: "broadcast", action: "cancel", references: [{ issuer: original.issuer, id }] },
    ...{ status, class: named, severity, targets },
  };
  const placements = desk.database.register.all().map(({ placement }) => placement);
  const standings = new Map(
    previewOf(sealed, placements, desk.root, original.issuedAt * 1000).flatMap((preview) =>
      preview.kind === "taken" ? [[preview.placement.gateway, preview.standing] as const] : [],
    ),
  );
  const known = ({ gateway }: Placement): Original | undefined => {
    const standing = standings.get(gateway);
    return standing && { order: original, standing };
  };
  const topicIn = (area: AreaId) => broadcastTopic(area, named === "emergency", cancel.id);
  const planned = plan(desk, cancel, authority, topicIn, moment, known);
  return { ...planned, obsolete: areasOf(original).map((area) => broadcastTopic(area, named === "emergency", id)) };
}

export interface ControlRequest {
  readonly op: "halt" | "resume";
  readonly issuer: string;
  readonly to: readonly AreaId[];
  /** One broadcast of this desk; undefined: all that is no emergency. */
  readonly item?: string | undefined;
  /** Of a halt: for how long. */
  readonly seconds: number;
}

/** @throws AgentFailure `desk-invalid` when a gateway would refuse to obey, or none is meant */
export function planControl(desk: Desk, request: ControlRequest, moment: Moment): PlannedIntervention {
  const authority = loadAuthority(desk.folder, request.issuer);
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
  return plan(desk, control, authority, (area) => controlTopic(area, control.id), moment);
}

/** Publishes it, retained, and leaves it with `desk serve`. */
export async function publishIntervention(
  { database }: Pick<Desk, "database">,
  planned: PlannedIntervention,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  const { messages, obsolete } = planned;
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

function plan(
  desk: Desk,
  message: CancelOrder | ControlOrder,
  { signer, chain }: Authority,
  topicIn: (area: AreaId) => string,
  moment: Moment,
  original: (placement: Placement) => Original | undefined = () => undefined,
): PlannedIntervention {
  const { id, expiresAt } = message;
  const payload = seal(message, [signer], message.issuedAt, chain);
  const areas = areasOf(message);
  const topics = areas.map(topicIn);
  const addressed = {
    status: message.type === "broadcast" ? message.status : "actual",
    targets: message.targets,
  } as const;
  const meant = desk.database.register
    .all()
    .map(({ placement }) => placement)
    .filter((placement) => targetsHere(addressed, groundOf(placement)).length > 0);
  for (const placement of meant) {
    const area = targetsHere(addressed, groundOf(placement))[0]?.area ?? "";
    const refused = judge(payload, parseDownTopic(topicIn(area)), placement, desk, moment, original(placement));
    if (refused !== undefined) {
      throw deskFailure("desk.intervention.refused", { gateway: placement.gateway, ...refused });
    }
  }
  if (meant.length === 0) throw deskFailure("desk.broadcast.nobody", { areas: areas.join(", ") });
  return {
    ...{ id, expiresAt, obsolete: [] },
    gateways: meant.map(({ gateway }) => gateway),
    messages: topics.map((topic) => ({ topic, payload, expiresAt })),
  };
}

/** As the gateway will read and judge it. */
function judge(
  envelope: Uint8Array,
  topic: DownTopic | undefined,
  placement: Placement,
  { root }: Desk,
  { nowMs }: Moment,
  original: Original | undefined,
): { readonly code: string; readonly detail: string } | undefined {
  if (topic === undefined) throw new TypeError("an intervention on a topic that can't be read");
  const opened = openDown(envelope, topic);
  if (opened.kind === "refused") return { code: opened.code, detail: opened.detail };
  const verdict = judgeFor(opened.sealed, topic, placement, root, nowMs, original);
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

function areasOf({ targets }: Pick<BroadcastOrder, "targets">): readonly AreaId[] {
  return [...new Set(targets.map(({ area }) => area))];
}
