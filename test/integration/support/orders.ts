import { Buffer } from "node:buffer";
import type { Authority } from "../../../src/desk/authority.ts";
import { SERVICE } from "../../../src/desk/names.ts";
import type { CancelOrder, ItemKey, UpdateOrder } from "../../../src/domain/broadcast.ts";
import type { ControlOrder } from "../../../src/domain/control.ts";
import type { ItemState } from "../../../src/domain/report.ts";
import { seal } from "../../../src/wire/envelope.ts";
import { areaDocumentTopic, broadcastTopic, controlTopic } from "../../../src/wire/topics.ts";
import { makeIssuer, thisMoment } from "./desk.ts";
import { type DelegationChanges, delegated, rootOf } from "./forgery.ts";
import { until } from "./link.ts";
import type { MadeItem, OrderChanges, Station } from "./station.ts";

/** Another key of the commune's, or of whom `subject` names, that may order, cancel and halt whatever there is. */
export function anOfficial(
  { desk, area, issuer }: Station,
  holder: string,
  { subject, ...changes }: DelegationChanges = {},
): Authority {
  const rights = { areas: [area], severityMax: 1, uses: ["broadcast", "control"] } as const;
  const own = { issuer: issuer.delegation.subject.issuer, holder };
  return delegated(rootOf(desk), { ...rights, ...changes, subject: { ...own, ...subject } });
}

/** The key with which `desk serve` says what the commune's office has in force. */
export async function heraldOf({ desk, area, issuer }: Station): Promise<Authority> {
  const rights = { classMax: "routine", severityMax: 0, uses: ["beacon", "index"] } as const;
  return await makeIssuer(desk, {
    name: issuer.delegation.subject.issuer,
    areas: [area],
    holder: SERVICE,
    ...rights,
  });
}

export function keyOf({ issuer, id }: ItemKey): ItemKey {
  return { issuer, id };
}

function head({ area }: Station, { delegation: { subject } }: Authority) {
  const { chance, nowMs } = thisMoment();
  const now = Math.floor(nowMs / 1000);
  const { issuer, level } = subject;
  const life = { issuedAt: now, notBefore: now, expiresAt: now + 3_600 };
  return {
    version: 1,
    id: chance.ulid(nowMs),
    issuer,
    level,
    sequence: 0,
    ...life,
    targets: [{ area }],
  } as const;
}

/** One envelope with the signatures of all. */
export function sealedBy(
  message: { readonly type: string; readonly issuedAt: number },
  by: readonly Authority[],
): Uint8Array {
  const signers = by.map(({ signer }) => signer);
  return seal(
    message,
    signers,
    message.issuedAt,
    by.flatMap(({ chain }) => chain),
  );
}

/** Signs an order by whom the test says and publishes it, retained or not. */
export async function publishSpoken(
  commune: Station,
  { bytes, audio }: Pick<MadeItem, "bytes" | "audio">,
  changes: OrderChanges,
  ...by: readonly Authority[]
): Promise<ItemKey> {
  await commune.publishChunks(bytes);
  const signers = by.length === 0 ? [commune.issuer] : by;
  const { issuer, level } = (signers[0] ?? commune.issuer).delegation.subject;
  const order = commune.order(audio, { issuer, level, ...changes });
  await commune.publishOrder(order, sealedBy(order, signers));
  return keyOf(order);
}

/** The first of `by` is who it speaks for. */
export async function publishCancel(
  commune: Station,
  references: readonly ItemKey[],
  changes: Partial<CancelOrder>,
  ...by: readonly [Authority, ...Authority[]]
): Promise<ItemKey> {
  const words = { status: "actual", class: "routine", severity: 0 } as const;
  const cancel: CancelOrder = {
    ...head(commune, by[0]),
    type: "broadcast",
    action: "cancel",
    references,
    ...words,
    ...changes,
  };
  const topic = broadcastTopic(commune.area, cancel.class === "emergency", cancel.id);
  await commune.publish(topic, Buffer.from(sealedBy(cancel, by)));
  return keyOf(cancel);
}

export async function publishUpdate(
  commune: Station,
  item: Pick<MadeItem, "bytes" | "audio">,
  references: readonly ItemKey[],
): Promise<ItemKey> {
  await commune.publishChunks(item.bytes);
  const update: UpdateOrder = { ...commune.order(item.audio), action: "update", references };
  await commune.publish(broadcastTopic(commune.area, false, update.id), commune.signed(update));
  return keyOf(update);
}

type Op = {
  readonly op: "halt" | "resume" | "hold" | "approve";
  readonly item?: ItemKey;
  readonly forSeconds?: number;
};

export async function publishControl(
  commune: Station,
  { op, item, forSeconds = 600 }: Op,
  by: Authority,
): Promise<ItemKey> {
  const common = head(commune, by);
  const until = op === "halt" ? { until: common.notBefore + forSeconds } : {};
  const control = { ...common, type: "control", op, ...(item && { item }), ...until } as ControlOrder;
  await commune.publish(controlTopic(commune.area, control.id), sealedBy(control, [by]));
  return keyOf(control);
}

/** Resolves when the gateway's database says that this became of an item. */
export async function untilState(commune: Station, { id }: ItemKey, state: ItemState): Promise<void> {
  const now = () => commune.rows<{ state: string }>("SELECT state FROM broadcasts WHERE id = ?", id)[0]?.state;
  await until(() => now() === state, `${id} to be ${state}`);
}

/** A list by the desk's operations that calls one key compromised, and its topic. */
export function revokedBy(commune: Station, kid: string): [topic: string, envelope: Uint8Array] {
  const { operations } = commune.desk;
  const { targets, ...common } = head(commune, operations);
  const keys = [{ kid, from: common.issuedAt - 3_600, reason: "compromised" }];
  const revoked = { ...common, sequence: common.issuedAt, type: "revoked", area: commune.area, keys };
  return [areaDocumentTopic("revoked", commune.area, common.issuer), sealedBy(revoked, [operations])];
}
