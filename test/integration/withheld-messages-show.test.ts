import { expect, test } from "vitest";
import type { Authority } from "../../src/desk/authority.ts";
import { Herald } from "../../src/desk/herald.ts";
import { commonMembers } from "../../src/desk/moment.ts";
import { areaDocumentTopic, broadcastTopic } from "../../src/wire/topics.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { COMMUNE, thisMoment } from "./support/desk.ts";
import { framesHeard } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { heraldOf, keyOf, untilState } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const ON_AIR_HZ = 440;
const NEVER_HZ = 1_320;
const IN_FORCE_HZ = 880;
const FRAMES = 24_000;

test("a cancel that the broker withholds shows in two indexes: what waits never sounds, what is on air ends with its play", async () => {
  const commune = await station();
  const herald = await heraldOf(commune);
  const desk = new Herald(commune.desk.database, herald, () => 1);
  const agent = await commune.startSubscribed();
  const [long, never, kept] = [
    await commune.tone(ON_AIR_HZ, 6),
    await commune.tone(NEVER_HZ),
    await commune.tone(IN_FORCE_HZ),
  ];
  const later = { plan: { kind: "at", at: Math.floor(Date.now() / 1000) + 20 } } as const;
  const inForce = await commune.broadcast(kept.bytes, kept.audio, later);
  hold(commune, inForce.id, commune.signed(inForce), inForce.expiresAt);
  const cancelled = await commune.broadcast(never.bytes, never.audio, later);
  const onAir = await commune.broadcast(long.bytes, long.audio, { repeat: 3 });
  await framesHeard(commune, "z1", testRateHz);

  await publish(commune, desk.indexes(thisMoment(), true));
  await until(() => indexes(commune).length === 1, "the first index");
  const states = () => commune.rows("SELECT state FROM broadcasts WHERE state = 'withdrawn'").length;
  expect([states(), agent.events("order.withdrawn")]).toEqual([0, []]);
  await publish(commune, desk.indexes(thisMoment(), true));
  await untilState(commune, keyOf(cancelled), "withdrawn");
  expect(agent.events("play.ended")).toEqual([]);
  await untilState(commune, keyOf(onAir), "withdrawn");
  await agent.until("play.ended", ({ id }) => id === inForce.id);

  const records = commune.records().filter(({ itemId, kind }) => itemId !== undefined && kind !== "received");
  expect(records.map(({ itemId, kind, code }) => [itemId, kind, code])).toEqual([
    [cancelled.id, "cancelled", "withdrawn"],
    [onAir.id, "played", undefined],
    [onAir.id, "cancelled", "withdrawn"],
    [inForce.id, "played", undefined],
  ]);
  expect(stretches(await commune.heard(), [ON_AIR_HZ, NEVER_HZ, IN_FORCE_HZ])).toEqual([
    { toneHz: ON_AIR_HZ, frames: 6 * testRateHz },
    { toneHz: IN_FORCE_HZ, frames: FRAMES },
  ]);
});

test("what was withdrawn while it sounded stays silent after a loss of power", async () => {
  const commune = await station();
  const desk = new Herald(commune.desk.database, await heraldOf(commune), () => 1);
  const agent = await commune.startSubscribed();
  const { bytes, audio } = await commune.tone(ON_AIR_HZ, 6);
  const onAir = await commune.broadcast(bytes, audio, { repeat: 3, onPreempt: "restart" });
  await framesHeard(commune, "z1", testRateHz);
  await publish(commune, desk.indexes(thisMoment(), true));
  await until(() => indexes(commune).length === 1, "the first index");
  await publish(commune, desk.indexes(thisMoment(), true));
  await agent.until("order.withdrawn", ({ id }) => id === onAir.id);
  await agent.end("SIGKILL");

  const again = await commune.startSubscribed();
  await untilState(commune, keyOf(onAir), "withdrawn");
  expect(again.events("play.started")).toEqual([]);
  expect(commune.records().filter(({ itemId }) => itemId === onAir.id)).toMatchObject([
    { kind: "received" },
    { kind: "failed", code: "crash" },
    { kind: "cancelled", code: "withdrawn" },
  ]);
});

test("a beacon too far from the time service makes hold, which plays on, until the next one agrees", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const herald = await heraldOf(commune);
  const agent = await commune.startSubscribed();
  await beacon(commune, herald, { now: Math.floor(Date.now() / 1000) + 400 });
  await overheard.untilAlarm("clock", "raised");
  const { bytes, audio } = await commune.tone(IN_FORCE_HZ);
  const { id } = await commune.broadcast(bytes, audio);
  await agent.until("play.ended", (line) => line["id"] === id);
  await beacon(commune, herald, { now: Math.floor(Date.now() / 1000) });
  await overheard.untilAlarm("clock", "cleared");
  expect(agent.events("clock.changed").map(({ state }) => state)).toEqual(["sync", "hold", "sync"]);
  await until(() => commune.records().some(({ itemId, kind }) => itemId === id && kind === "played"), "its record");
  expect(commune.records().find(({ itemId, kind }) => itemId === id && kind === "played")).toMatchObject({
    clock: "hold",
  });
  expect(stretches(await commune.heard(), [IN_FORCE_HZ])).toEqual([{ toneHz: IN_FORCE_HZ, frames: FRAMES }]);
});

test("a beacon names an index that nobody brought: it is asked for by its exact topic, and so is what it names", async () => {
  const commune = await station();
  const herald = await heraldOf(commune);
  const agent = await commune.startSubscribed();
  const { bytes, audio } = await commune.tone(IN_FORCE_HZ);
  const order = commune.order(audio);
  hold(commune, order.id, commune.signed(order), order.expiresAt);
  const desk = new Herald(commune.desk.database, herald, () => 1);
  const indexTopics = desk.indexes(thisMoment(), true);
  await publish(commune, desk.beacons(thisMoment()));
  const askedFor = (topic: string) => (line: Readonly<Record<string, unknown>>) => `${line["topics"]}`.includes(topic);
  await agent.until("network.asked", askedFor(indexTopics[0] ?? ""));
  await publish(commune, indexTopics);
  await agent.until("network.asked", askedFor(topicOf(order.id)));
  await commune.publishChunks(bytes);
  await commune.publishOrder(order, commune.desk.database.retained.find(topicOf(order.id))?.payload);
  await agent.until("play.ended", ({ id }) => id === order.id);
  expect(stretches(await commune.heard(), [IN_FORCE_HZ])).toEqual([{ toneHz: IN_FORCE_HZ, frames: FRAMES }]);
  expect(agent.events("alarm.raised").filter(({ code }) => code === "network")).toEqual([]);
});

function topicOf(id: string): string {
  return broadcastTopic(COMMUNE, false, id);
}

/** What the desk wants at the broker. */
function hold({ desk }: Station, id: string, payload: Uint8Array, expiresAt: number): void {
  desk.database.retained.put({ topic: topicOf(id), payload, expiresAt });
}

async function publish(commune: Station, topics: readonly string[]): Promise<void> {
  for (const topic of topics) {
    await commune.publish(topic, commune.desk.database.retained.find(topic)?.payload ?? new Uint8Array());
  }
}

async function beacon(commune: Station, herald: Authority, { now }: { readonly now: number }): Promise<void> {
  const { issuer, level } = herald.delegation.subject;
  const common = commonMembers(thisMoment(), { issuer, level, sequence: Date.now(), seconds: 3_600 });
  const said = { ...common, type: "beacon", area: COMMUNE, n: 1, now, policySequence: 0, rootVersion: 1 };
  await commune.publish(areaDocumentTopic("beacon", COMMUNE, issuer), commune.signed(said, herald));
}

function indexes(commune: Station): readonly unknown[] {
  return commune.rows("SELECT sequence FROM trust WHERE type = 'index'");
}
