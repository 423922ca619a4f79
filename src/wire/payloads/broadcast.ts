import * as v from "valibot";
import {
  BROADCAST_STATUSES,
  type BroadcastOrder,
  type ItemKey,
  type OnPreempt,
  type Plan,
} from "../../domain/broadcast.ts";
import { BROADCAST_CLASSES, type BroadcastClass, type Severity } from "../../domain/precedence.ts";
import { audio, sources } from "./audio.ts";
import {
  areaId,
  downMembers,
  endsAfterItBegins,
  gatewayId,
  integer,
  itemKey,
  line,
  list,
  prose,
  ulid,
  understood,
  zoneTag,
} from "./members.ts";
import { plan } from "./plan.ts";

export const broadcastClass = v.picklist(BROADCAST_CLASSES);
export const severity = v.picklist([0, 1, 2, 3]);

/** Emergencies have a severity, nothing else has. */
export function severityFits(ofClass: BroadcastClass, value: Severity): boolean {
  return (ofClass === "emergency") === value > 0;
}

/** Whom an order or a control is for. */
export const targets = list(
  v.object({
    area: areaId,
    zoneTags: v.optional(list(zoneTag, 1, 16)),
    exceptAreas: v.optional(list(areaId, 1, 64)),
    gateways: v.optional(list(gatewayId, 1, 256)),
  }),
  1,
  64,
);

const absent = v.optional(v.never());
const references = list(itemKey, 1, 16);

const addressed = {
  ...downMembers,
  type: v.literal("broadcast"),
  status: v.picklist(BROADCAST_STATUSES),
  class: broadcastClass,
  severity,
  targets,
};

const cap = v.object({
  sender: line(200),
  identifier: line(200),
  sent: v.pipe(
    v.string(),
    v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?[+-][0-9]{2}:[0-9]{2}$/),
    v.maxLength(40),
  ),
  urgency: v.picklist(["Immediate", "Expected", "Future", "Past", "Unknown"]),
  severity: v.picklist(["Extreme", "Severe", "Moderate", "Minor", "Unknown"]),
  certainty: v.picklist(["Observed", "Likely", "Possible", "Unlikely", "Unknown"]),
});

const spoken = {
  ...addressed,
  title: line(200),
  language: v.pipe(v.string(), v.maxLength(35), v.regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/)),
  text: v.optional(prose(2_000)),
  audio,
  sources,
  plan,
  repeat: v.optional(integer(1, 20), 1),
  gapSeconds: v.optional(integer(0, 3_600), 0),
  onPreempt: v.optional(v.picklist(["restart", "resume", "drop"])),
  gate: v.optional(v.picklist(["auto", "manual"]), "auto"),
  gainCentiDb: v.optional(integer(-2_000, 0), 0),
  chime: v.optional(ulid),
  cap: v.optional(cap),
};

function severityMatchesClass<Order extends { class: BroadcastClass; severity: Severity }>(): v.CheckAction<
  Order,
  string
> {
  return v.check(
    (order) => severityFits(order.class, order.severity),
    "severity must be 1 to 3 for an emergency, otherwise 0",
  );
}

function repeatWithinClass<Order extends { class: BroadcastClass; repeat: number }>(): v.CheckAction<Order, string> {
  return v.check(
    (order) => order.class === "emergency" || order.repeat <= 10,
    "repeat must be 1 to 10 unless it is an emergency",
  );
}

/** Otherwise it could never sound. */
function plannedWithinLife<Order extends { plan: Plan; notBefore: number; expiresAt: number }>(): v.CheckAction<
  Order,
  string
> {
  return v.check(
    ({ plan, notBefore, expiresAt }) => plan.kind !== "at" || (plan.at >= notBefore && plan.at <= expiresAt),
    "plan.at must lie within notBefore and expiresAt",
  );
}

/** It would take itself off the air. */
function refersToOthers<Order extends { issuer: string; id: string; references: readonly ItemKey[] }>(): v.CheckAction<
  Order,
  string
> {
  return v.check(
    ({ issuer, id, references: others }) => !others.some((other) => other.issuer === issuer && other.id === id),
    "references must not name the message itself",
  );
}

function onPreemptOf(order: { class: BroadcastClass; onPreempt?: OnPreempt | undefined }): OnPreempt {
  return order.onPreempt ?? (order.class === "routine" ? "resume" : "restart");
}

const alertMembers = { ...spoken, action: v.literal("alert"), references: absent };
const updateMembers = { ...spoken, action: v.literal("update"), references };
const cancelMembers = {
  ...addressed,
  action: v.literal("cancel"),
  references,
  title: absent,
  language: absent,
  text: absent,
  audio: absent,
  sources: absent,
  plan: absent,
  repeat: absent,
  gapSeconds: absent,
  onPreempt: absent,
  gate: absent,
  gainCentiDb: absent,
  chime: absent,
  cap: absent,
};

export const broadcastSchema: v.GenericSchema<unknown, BroadcastOrder> = v.variant("action", [
  v.pipe(
    v.object(alertMembers),
    understood(alertMembers),
    endsAfterItBegins(),
    severityMatchesClass(),
    repeatWithinClass(),
    plannedWithinLife(),
    v.transform((order) => ({ ...order, onPreempt: onPreemptOf(order) })),
  ),
  v.pipe(
    v.object(updateMembers),
    understood(updateMembers),
    endsAfterItBegins(),
    refersToOthers(),
    severityMatchesClass(),
    repeatWithinClass(),
    plannedWithinLife(),
    v.transform((order) => ({ ...order, onPreempt: onPreemptOf(order) })),
  ),
  v.pipe(
    v.object(cancelMembers),
    understood(cancelMembers),
    endsAfterItBegins(),
    refersToOthers(),
    severityMatchesClass(),
  ),
]);
