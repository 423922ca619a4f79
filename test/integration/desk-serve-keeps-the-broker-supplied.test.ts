import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { planBroadcast, publishBroadcast } from "../../src/desk/broadcast.ts";
import { chunkTopic, placementTopic, receiptTopic, rootTopic } from "../../src/wire/topics.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeTimers } from "../fakes/timers.ts";
import {
  BULLETIN,
  COMMUNE,
  deskBench,
  enrolScripted,
  ISSUER,
  makeIssuer,
  onlooker,
  serve,
  thisMoment,
} from "./support/desk.ts";
import { until } from "./support/link.ts";

const bulletin = {
  issuer: ISSUER,
  audioPath: BULLETIN,
  ...({ class: "routine", severity: 0, status: "actual" } as const),
  to: [COMMUNE],
  tags: [],
  title: "Bản tin chiều",
  language: "vi",
  expiresInSeconds: 7_200,
};

/** A desk that sent one bulletin, as its database remembers it; the broker has seen none of it yet. */
async function deskWithBulletin() {
  const { desk, broker } = await deskBench();
  await broker.start();
  await makeIssuer(desk);
  const gateway = await enrolScripted(desk);
  const planned = await planBroadcast(desk, bulletin, thisMoment());
  await publishBroadcast(desk, planned, { publish: async () => ({ kind: "acknowledged" }) }, thisMoment());
  return { desk, broker, gateway, planned };
}

const DOWN = ["loa/1/area/#", "loa/1/audio/#", "loa/1/trust/#", "loa/1/gateway/+/down/#"];

test("a broker that was wiped gets everything back: root, placement, chunks and broadcast", async () => {
  const { desk, broker, gateway, planned } = await deskWithBulletin();
  const seen = await onlooker(desk, DOWN);
  const server = serve(desk);
  await server.next("restored");
  const expected = [...planned.chunks, ...planned.messages].map(({ topic }) => topic);
  const all = [...expected, rootTopic(1), placementTopic(gateway.id)].sort();
  await until(() => seen.size === all.length, "all of it");
  expect([...seen.keys()].sort()).toEqual(all);

  await broker.kill();
  rmSync(path.join(broker.folder, "mosquitto.db"), { force: true });
  await server.next("disconnected");
  await broker.start();
  expect(await server.next("restored")).toMatchObject({ messages: all.length, cleared: 0 });
  const afterwards = await onlooker(desk, DOWN);
  await until(() => afterwards.size === all.length, "all of it again");
  expect([...afterwards.keys()].sort()).toEqual(all);
  for (const { topic, payload } of planned.chunks) expect(afterwards.get(topic)?.payload.equals(payload)).toBe(true);
});

test("chunks that a gateway misses are published again, once", async () => {
  const { desk, gateway, planned } = await deskWithBulletin();
  const server = serve(desk);
  await server.next("restored");
  const lost = chunkTopic(planned.order.audio.hash, 1);
  await gateway.client.subscribeAsync(lost, { qos: 1 });
  await until(() => gateway.received.has(lost), "the retained chunk");
  gateway.received.clear();

  const receipt = {
    ...{ type: "receipt", issuerOfItem: ISSUER, itemId: planned.order.id, state: "fetching", code: "chunks-missing" },
    ...{ atMs: Date.now(), hash: planned.order.audio.hash, ranges: [[1, 1]] },
  };
  const topic = receiptTopic(gateway.id, planned.order.id);
  await gateway.say(topic, receipt);
  expect(await server.next("chunks-missing")).toMatchObject({ gateway: gateway.id, missing: 1, resent: 1 });
  await until(() => gateway.received.has(lost), "the chunk again");
  expect(gateway.received.get(lost)).toEqual(Buffer.from(planned.chunks[1]?.payload ?? []));

  await gateway.say(topic, receipt);
  expect(await server.next("chunks-missing")).toMatchObject({ missing: 1, resent: 0 });
  await gateway.say(topic, { ...receipt, hash: "A".repeat(43), ranges: [[0, 511]] });
  expect(await server.next("chunks-missing")).toMatchObject({ missing: 512, resent: 0 });
});

test("what expired or was never really sent is removed from the broker", async () => {
  const { desk, broker, planned } = await deskWithBulletin();
  const first = serve(desk);
  await first.next("restored");
  await first.server.stop();
  const seen = await onlooker(desk, ["loa/1/area/#", "loa/1/audio/#"]);
  const expected = planned.chunks.length + planned.messages.length;
  await until(() => seen.size === expected, "all of it");

  for (const message of [...planned.chunks, ...planned.messages]) {
    desk.database.retained.put({ ...message, expiresAt: Math.floor(Date.now() / 1000) - 1 });
  }
  const second = serve(desk);
  expect(await second.next("restored")).toMatchObject({ cleared: expected });
  await until(() => seen.size === 0, "nothing of it");
  expect(desk.database.retained.expiredTopics(Math.floor(Date.now() / 1000))).toEqual([]);
  expect(broker.log).not.toContain("denied");
});

test("every six hours all of it goes out again, and what expires in between is removed", async () => {
  const { desk, planned } = await deskWithBulletin();
  const chores = new FakeTimers(new FakeClock(0));
  const server = serve(desk, chores);
  const { messages } = await server.next("restored");
  const seen = await onlooker(desk, DOWN);
  await until(() => seen.size === messages, "all of it");

  chores.advance(6 * 3_600_000);
  expect(await server.next("restored")).toMatchObject({ messages, cleared: 0 });
  for (const message of planned.messages) {
    desk.database.retained.put({ ...message, expiresAt: Math.floor(Date.now() / 1000) - 1 });
  }
  chores.advance(60_000);
  expect(await server.next("cleared")).toMatchObject({ cleared: planned.messages.length });
  await until(() => seen.size === messages - planned.messages.length, "the bulletin to be gone");

  await server.server.stop();
  expect(chores.armed).toBe(0);
});

test("stop ends, also twice and with a broker that does not answer", async () => {
  const { desk, broker } = await deskWithBulletin();
  const server = serve(desk);
  await server.next("connected");
  broker.pause();
  await Promise.all([server.server.stop(), server.server.stop()]);
  broker.resume();
});
