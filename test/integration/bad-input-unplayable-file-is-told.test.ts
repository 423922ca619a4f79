import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { cutIntoChunks } from "../../src/desk/chunks.ts";
import type { AlertOrder, AudioFile } from "../../src/domain/broadcast.ts";
import { chunkTopic } from "../../src/wire/topics.ts";
import { makeNoise, rawBytes, testRateHz } from "../rig/test-audio.ts";
import { until } from "./support/link.ts";
import { type Overheard, overhear } from "./support/overhear.ts";
import { audioFile, type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const GOOD_HZ = 440;
const BAD_HZ = 1_320;
const FRAMES = 24_000;

test("a file that is no sound fails once, with an alarm that the next good play clears", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const good = await commune.tone(GOOD_HZ);
  const bad = await commune.tone(BAD_HZ);
  const words = Buffer.from("Thông báo: hôm nay không có bản tin.\n".repeat(1_000));
  const files = [
    { title: "words as WAV", bytes: words, mediaType: "audio/wav" },
    { title: "words as Ogg", bytes: words, mediaType: "audio/ogg" },
    { title: "words as MP3", bytes: words, mediaType: "audio/mpeg" },
    { title: "noise as MP3", bytes: rawBytes(makeNoise(1, 0.5)), mediaType: "audio/mpeg" },
    { title: "a WAV that says it is Ogg", bytes: bad.bytes, mediaType: "audio/ogg" },
    { title: "a WAV without its sound", bytes: bad.bytes.subarray(0, 44), mediaType: "audio/wav" },
  ] as const;
  const agent = await commune.startSubscribed();

  const orders: AlertOrder[] = [];
  for (const { title, bytes, mediaType } of files) {
    const order = await commune.broadcast(bytes, audioFile(bytes, mediaType, 1_000), { title });
    orders.push(order);
    await overheard.untilReceipt(order.id, "failed");
    await agent.until("play.failed", ({ id }) => id === order.id);
  }
  const failed = agent.events("play.failed").map(({ id, code, framesPlayed }) => ({ id, code, framesPlayed }));
  expect(failed).toEqual(orders.map(({ id }) => ({ id, code: "decode", framesPlayed: 0 })));
  expect(agent.events("alarm.raised").every(({ code }) => code === "play-failed")).toBe(true);
  await overheard.untilAlarm("play-failed", "raised");
  expect(stretches(await commune.heard(), [])).toEqual([]);

  const last = await commune.broadcast(good.bytes, good.audio);
  await agent.until("play.ended", ({ id }) => id === last.id);
  await agent.until("alarm.cleared", ({ code }) => code === "play-failed");
  await overheard.untilAlarm("play-failed", "cleared");
  await untilArchived(commune, last, "played");
  expect(agent.events("play.failed")).toHaveLength(files.length);
  expect(agent.events("play.started").map(({ id }) => id)).toEqual([last.id]);

  for (const order of orders) expectFailed(commune, overheard, order, "decode");
  const plays = commune.records().filter(({ kind }) => kind === "failed");
  for (const play of plays) expect(play).toMatchObject({ zone: "z1", play: 1, framesPlayed: 0, strength: 0 });
  expect(stretches(await commune.heard(), [GOOD_HZ])).toEqual([{ toneHz: GOOD_HZ, frames: FRAMES }]);
});

test("a file that is not the one it is named after never reaches the card, however often it is ordered", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const good = await commune.tone(GOOD_HZ);
  const bad = await commune.tone(BAD_HZ);
  const misnamed: AudioFile = { ...bad.audio, hash: createHash("sha256").update("another file").digest("base64url") };
  for (const [n, chunk] of cutIntoChunks(bad.bytes).entries())
    await commune.publish(chunkTopic(misnamed.hash, n), chunk);
  const agent = await commune.startSubscribed();

  const first = commune.order(misnamed);
  await commune.publishOrder(first);
  await overheard.untilReceipt(first.id, "failed");
  // Its chunks lie here by now, each as it was signed.
  const second = commune.order(misnamed);
  await commune.publishOrder(second);
  await overheard.untilReceipt(second.id, "failed");

  const last = await commune.broadcast(good.bytes, good.audio);
  await agent.until("play.ended", ({ id }) => id === last.id);
  await untilArchived(commune, last, "played");
  await agent.until("play.failed", ({ id }) => id === second.id);
  expect(agent.events("play.failed")).toMatchObject([
    { id: first.id, code: "hash" },
    { id: second.id, code: "hash" },
  ]);
  for (const order of [first, second]) expectFailed(commune, overheard, order, "hash");
  expect(commune.records().filter(({ kind, zone }) => kind === "failed" && zone !== undefined)).toEqual([]);
  expect(commune.rows("SELECT * FROM plays WHERE id <> ?", last.id)).toEqual([]);
  expect(stretches(await commune.heard(), [GOOD_HZ])).toEqual([{ toneHz: GOOD_HZ, frames: FRAMES }]);
});

test("a file that is longer than its order says is heard for so long, fails once with an alarm, and is not begun again", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const long = await commune.tone(BAD_HZ, 5);
  const order = await commune.broadcast(long.bytes, { ...long.audio, durationMs: 500 }, { onPreempt: "restart" });
  await overheard.untilReceipt(order.id, "failed");
  await overheard.untilAlarm("play-failed", "raised");
  const good = await commune.tone(GOOD_HZ);
  const last = await commune.broadcast(good.bytes, good.audio);
  await agent.until("play.ended", ({ id }) => id === last.id);

  // What it says, and the 2 s by which it may be wrong.
  expect(stretches(await commune.heard(), [BAD_HZ, GOOD_HZ])).toEqual([
    { toneHz: BAD_HZ, frames: 2.5 * testRateHz },
    { toneHz: GOOD_HZ, frames: FRAMES },
  ]);
  expect(agent.events("play.failed")).toMatchObject([{ id: order.id, code: "decode", framesPlayed: 2.5 * testRateHz }]);
  expect(commune.rows("SELECT state, code FROM broadcasts WHERE id = ?", order.id)).toEqual([
    { state: "failed", code: "decode" },
  ]);
});

function expectFailed(commune: Station, overheard: Overheard, { id, title }: AlertOrder, code: string): void {
  const rows = commune.rows("SELECT state, code FROM broadcasts WHERE id = ?", id);
  expect(rows, title).toEqual([{ state: "failed", code }]);
  expect(overheard.receipts(id), title).toMatchObject([{ state: "failed", code }]);
  const records = commune.records().filter(({ itemId }) => itemId === id);
  expect(
    records.map((record) => [record.kind, record.code]),
    title,
  ).toEqual([
    ["received", undefined],
    ["failed", code],
  ]);
}

async function untilArchived(commune: Station, { id }: AlertOrder, kind: string): Promise<void> {
  await until(
    () => commune.archived().some((record) => record.itemId === id && record.kind === kind),
    `${kind} of ${id}`,
  );
}
