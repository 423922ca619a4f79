import { Herald } from "../../../src/desk/herald.ts";
import {
  evidenceAckTopic,
  parseChunkTopic,
  parseDownTopic,
  parseUpTopic,
  placementTopic,
  rootTopic,
} from "../../../src/wire/topics.ts";
import { thisMoment } from "./desk.ts";
import { delegated, selfMadeRoot } from "./forgery.ts";
import type { Captured, HostileClient } from "./hostile-client.ts";
import { until } from "./link.ts";
import { listenedTopics } from "./listened-topics.ts";
import { anOfficial, heraldOf, keyOf, publishCancel, publishControl, revokedBy } from "./orders.ts";
import type { AimedShot, Siege } from "./siege.ts";
import type { MadeItem, Station } from "./station.ts";

/** By what a captured message is, in the order in which it is tried. */
const KINDS: Readonly<Record<string, (topic: string) => boolean>> = {
  bulletin: (topic) => isOrder(topic, false),
  "emergency or its cancel": (topic) => isOrder(topic, true),
  control: (topic) => parseDownTopic(topic)?.kind === "control",
  root: (topic) => parseDownTopic(topic)?.kind === "root",
  placement: (topic) => parseDownTopic(topic)?.kind === "placement",
  acknowledgement: (topic) => parseDownTopic(topic)?.kind === "evidence-ack",
  "list of revoked keys": (topic) => parseDownTopic(topic)?.kind === "revoked",
  beacon: (topic) => parseDownTopic(topic)?.kind === "beacon",
  index: (topic) => parseDownTopic(topic)?.kind === "index",
  chunk: (topic) => parseChunkTopic(topic) !== undefined,
  state: (topic) => parseUpTopic(topic)?.kind === "state",
  birth: (topic) => parseUpTopic(topic)?.kind === "birth",
  receipt: (topic) => parseUpTopic(topic)?.kind === "receipt",
  evidence: (topic) => parseUpTopic(topic)?.kind === "evidence",
};
const SAID_BY_GATEWAYS = ["chunk", "state", "birth", "receipt", "evidence"];

export const KINDS_SAID = Object.keys(KINDS);

function isOrder(topic: string, emergency: boolean): boolean {
  const parsed = parseDownTopic(topic);
  return parsed?.kind === "broadcast" && parsed.emergency === emergency;
}

/** One of each kind between a desk and a running gateway, and all that the attacker heard of it. */
export async function converse(
  commune: Station,
  good: Pick<MadeItem, "bytes" | "audio">,
  attacker: HostileClient,
): Promise<readonly Captured[]> {
  const { agent, desk, gateway } = commune;
  const official = anOfficial(commune, "Lan");
  const later = { kind: "at", at: Math.floor(Date.now() / 1000) + 3_000 } as const;
  const urgent = { class: "emergency", severity: 2 } as const;
  const bulletin = await commune.broadcast(good.bytes, good.audio);
  await agent.until("play.ended", ({ id }) => id === bulletin.id);
  const emergency = await commune.broadcast(good.bytes, good.audio, { ...urgent, plan: later });
  await agent.until("order.accepted", ({ id }) => id === emergency.id);
  await publishCancel(commune, [keyOf(emergency)], urgent, official);
  await publishControl(commune, { op: "resume" }, official);
  await agent.until("control.accepted");
  for (const topic of [rootTopic(1), placementTopic(gateway)]) {
    await commune.publish(topic, desk.database.retained.find(topic)?.payload ?? "");
  }
  await commune.publish(...revokedBy(commune, delegated(selfMadeRoot()).signer.kid));
  await agent.until("trust.accepted");
  const herald = new Herald(desk.database, await heraldOf(commune), () => 1);
  for (const topic of [...herald.indexes(thisMoment(), true), ...herald.beacons(thisMoment())]) {
    await commune.publish(topic, desk.database.retained.find(topic)?.payload ?? "");
  }
  await until(() => commune.rows("SELECT * FROM trust WHERE type = 'beacon'").length > 0, "its beacon");
  await acknowledge(commune);
  const isHeard = () => attacker.captured.some(({ topic }) => topic === evidenceAckTopic(gateway));
  await until(isHeard, "what was said to be heard");
  return [...attacker.captured];
}

/** One real acknowledgement, of the first record. */
async function acknowledge(commune: Station): Promise<void> {
  const { desk, gateway } = commune;
  const { issuer, level } = desk.service.delegation.subject;
  const [row] = commune.rows<{ hash: Buffer }>("SELECT hash FROM evidence WHERE q = 1");
  const [meta] = commune.rows<{ value: string }>("SELECT value FROM meta WHERE name = 'epoch'");
  const { chance, nowMs } = thisMoment();
  const now = Math.floor(nowMs / 1000);
  const common = { version: 1, type: "evidence-ack", id: chance.ulid(nowMs), issuer, level, sequence: nowMs };
  const times = { issuedAt: now, notBefore: now, expiresAt: now + 3_600 };
  const words = { gateway, epoch: meta?.value, to: 1, headHash: row?.hash.toString("base64url") };
  await commune.publish(evidenceAckTopic(gateway), commune.signed({ ...common, ...times, ...words }, desk.service));
  await commune.agent.until("evidence.acknowledged");
}

export function ofKind(kind: string, said: readonly Captured[]): readonly Captured[] {
  const found = said.filter(({ topic, bytes }) => bytes.length > 0 && KINDS[kind]?.(topic) === true);
  if (found.length === 0) throw new Error(`nobody said a ${kind}`);
  return found;
}

/**
 * All of a kind, wherever the gateway under attack listens. On its own topic it says nothing new. Elsewhere its binding speaks
 * against it, or that nobody may say such a thing downwards.
 */
export function everywhere(scene: Siege, kind: string, said: readonly Captured[]): readonly AimedShot[] {
  const refused = SAID_BY_GATEWAYS.includes(kind) ? "schema" : "binding";
  return ofKind(kind, said).flatMap(({ topic: own, bytes }) => {
    const [id = ""] = own.match(/[0-7][0-9A-HJKMNP-TV-Z]{25}$/) ?? [scene.order().id];
    return listenedTopics(id).map(
      (topic): AimedShot => ({ topic, bytes, refused: topic === own ? "not at all" : refused }),
    );
  });
}
