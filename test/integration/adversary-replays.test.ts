import { evidenceAckTopic, parseChunkTopic, parseUpTopic, placementTopic, rootTopic } from "../../src/wire/topics.ts";
import { thisMoment } from "./support/desk.ts";
import type { Captured } from "./support/hostile-client.ts";
import { until } from "./support/link.ts";
import { listenedTopics } from "./support/listened-topics.ts";
import { anOfficial, publishCancel, publishControl } from "./support/orders.ts";
import { type AimedShot, type Attack, besieged, type Siege } from "./support/siege.ts";
import { GATEWAY } from "./support/station.ts";

// Whatever was said on this broker is said again, by whoever heard it, wherever it is listened to.

/** By what a captured message is, in the order in which it is tried. */
const KINDS: Readonly<Record<string, (topic: string) => boolean>> = {
  bulletin: (topic) => /\/area\/[^/]+\/broadcast\//.test(topic),
  "emergency or its cancel": (topic) => /\/area\/[^/]+\/emergency\//.test(topic),
  control: (topic) => topic.includes("/control/"),
  root: (topic) => topic === rootTopic(1),
  placement: (topic) => topic === placementTopic(GATEWAY),
  acknowledgement: (topic) => topic === evidenceAckTopic(GATEWAY),
  chunk: (topic) => parseChunkTopic(topic) !== undefined,
  state: (topic) => parseUpTopic(topic)?.kind === "state",
  birth: (topic) => parseUpTopic(topic)?.kind === "birth",
  receipt: (topic) => parseUpTopic(topic)?.kind === "receipt",
  evidence: (topic) => parseUpTopic(topic)?.kind === "evidence",
};
const SAID_BY_GATEWAYS = ["chunk", "state", "birth", "receipt", "evidence"];

/** All that was said before the attacks; the attacker hears himself too. */
let said: readonly Captured[] = [];

function captured(kind: string): readonly Captured[] {
  const found = said.filter(({ topic, bytes }) => bytes.length > 0 && KINDS[kind]?.(topic) === true);
  if (found.length === 0) throw new Error(`nobody said a ${kind}`);
  return found;
}

/** On its own topic it says nothing new. Elsewhere its binding speaks against it, or that nobody may say such a thing downwards. */
function everywhere(scene: Siege, kind: string): readonly AimedShot[] {
  const refused = SAID_BY_GATEWAYS.includes(kind) ? "schema" : "binding";
  return captured(kind).flatMap(({ topic: own, bytes }) => {
    const [id = ""] = own.match(/[0-7][0-9A-HJKMNP-TV-Z]{25}$/) ?? [scene.order().id];
    return listenedTopics(id).map(
      (topic): AimedShot => ({ topic, bytes, refused: topic === own ? "not at all" : refused }),
    );
  });
}

const REPLAYS: readonly Attack[] = Object.keys(KINDS).flatMap((kind): Attack[] => [
  { name: `every ${kind} that was heard, on every topic`, shots: (scene) => everywhere(scene, kind) },
  {
    name: `every ${kind} that was heard, where it was heard, ten times`,
    shots: () => captured(kind).flatMap((one) => Array.from({ length: 10 }, () => one)),
  },
]);

besieged(REPLAYS, {
  prepare: async (scene) => {
    const { commune, attacker } = scene;
    const { agent, desk } = commune;
    const official = anOfficial(commune, "Lan");
    const later = { kind: "at", at: Math.floor(Date.now() / 1000) + 3_000 } as const;
    const emergency = await scene.awaits({ class: "emergency", severity: 2, plan: later });
    await publishCancel(commune, [emergency], { class: "emergency", severity: 2 }, official);
    await publishControl(commune, { op: "resume" }, official);
    await agent.until("control.accepted");
    const kept = (topic: string) => desk.database.retained.find(topic)?.payload ?? "";
    for (const topic of [rootTopic(1), placementTopic(GATEWAY)]) await commune.publish(topic, kept(topic));
    await acknowledge(scene);
    const isHeard = () => attacker.captured.some(({ topic }) => topic === evidenceAckTopic(GATEWAY));
    await until(isHeard, "what was said to be heard");
    said = [...attacker.captured];
  },
});

/** One real acknowledgement, of the first record. */
async function acknowledge({ commune }: Siege): Promise<void> {
  const { issuer, level } = commune.desk.service.delegation.subject;
  const [row] = commune.rows<{ hash: Buffer }>("SELECT hash FROM evidence WHERE q = 1");
  const [meta] = commune.rows<{ value: string }>("SELECT value FROM meta WHERE name = 'epoch'");
  const { chance, nowMs } = thisMoment();
  const now = Math.floor(nowMs / 1000);
  const common = { version: 1, type: "evidence-ack", id: chance.ulid(nowMs), issuer, level, sequence: nowMs };
  const times = { issuedAt: now, notBefore: now, expiresAt: now + 3_600 };
  const words = { gateway: GATEWAY, epoch: meta?.value, to: 1, headHash: row?.hash.toString("base64url") };
  await commune.publish(
    evidenceAckTopic(GATEWAY),
    commune.signed({ ...common, ...times, ...words }, commune.desk.service),
  );
  await commune.agent.until("evidence.acknowledged");
}
