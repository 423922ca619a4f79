import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import type { AudioFile } from "../../src/domain/broadcast.ts";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { deskIdentity } from "../fixtures/desk-access.ts";
import { COMMUNE } from "./support/desk.ts";
import { overhear } from "./support/overhear.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const GOOD_HZ = 440;
const BAD_HZ = 1_320;
const FRAMES = 24_000;
/** The longest broadcast there may be. */
const BROADCAST_BYTES = 65_536;
/** The longest MQTT packet that the shipped broker takes (mosquitto.conf), give or take its header. */
const PACKET_BYTES = 131_000;
/** Fixed header with its length, lengths of topic and properties, packet identifier. */
const HEADER_BYTES = 4 + 2 + 1 + 2;
/** More than a gateway lets be under way to it: one that counted as such for ever would show. */
const REPEATS = 24;

test("a broadcast of the full size is heard, one of the longest packets counted, and a longer one reaches nobody", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const good = await commune.tone(GOOD_HZ);
  const bad = await commune.tone(BAD_HZ);
  await commune.publishChunks(bad.bytes);
  const agent = await commune.startSubscribed();

  for (let n = 0; n < REPEATS; n += 1) {
    const { topic, payload } = packet(commune, bad.audio, PACKET_BYTES);
    await commune.publish(topic, payload);
    await expect(publishAlone(commune, packet(commune, bad.audio, PACKET_BYTES + HEADER_BYTES))).rejects.toThrow();
  }
  await commune.publishChunks(good.bytes);
  const order = commune.order(good.audio);
  await commune.publishOrder(order, padded(commune.signed(order), BROADCAST_BYTES));
  await agent.until("play.ended", ({ id }) => id === order.id);
  expect(await agent.end()).toMatchObject({ code: 0 });

  expect(agent.events("message.refused")).toMatchObject([{ code: "size" }]);
  expect(agent.events("message.refused-count")).toMatchObject([{ code: "size", count: REPEATS }]);
  for (const event of ["order.refused", "link.down", "link.fault"]) expect(agent.events(event), event).toEqual([]);
  expect(commune.records().filter(({ kind }) => kind === "counted")).toMatchObject([{ code: "size", count: REPEATS }]);
  expect(commune.rows("SELECT id FROM broadcasts")).toEqual([{ id: order.id }]);
  expect(commune.rows("SELECT id FROM seen")).toEqual([{ id: order.id }]);
  expect(commune.rows("SELECT id FROM refusals")).toEqual([]);
  expect(overheard.receipts()).toEqual([]);
  expect(stretches(await commune.heard(), [GOOD_HZ])).toEqual([{ toneHz: GOOD_HZ, frames: FRAMES }]);
});

interface Packet {
  readonly topic: string;
  readonly payload: Buffer;
}

/** A good order that is padded until its PUBLISH has this many bytes. */
function packet(commune: Station, audio: AudioFile, bytes: number): Packet {
  const order = commune.order(audio);
  const topic = broadcastTopic(COMMUNE, false, order.id);
  return { topic, payload: padded(commune.signed(order), bytes - HEADER_BYTES - topic.length) };
}

function padded(envelope: Uint8Array, bytes: number): Buffer {
  return Buffer.from(Buffer.from(envelope).toString().padEnd(bytes, " "));
}

/** On a connection of its own, which the broker may close for it. */
async function publishAlone({ desk }: Station, { topic, payload }: Packet): Promise<void> {
  const client = await connectAsync(desk.settings.broker, {
    ...{ protocolVersion: 5, clientId: "careless-desk", reconnectPeriod: 0 },
    ...deskIdentity(desk),
  });
  onTestFinished(() => client.endAsync(true));
  const closed = new Promise<never>((_, reject) => client.once("close", () => reject(new Error("closed"))));
  await Promise.race([closed, client.publishAsync(topic, payload, { qos: 1 })]);
}
