import { expect, test } from "vitest";
import { contentFrames } from "../rig/listen.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, sameSamples, splitAtLastPlay, withoutTones } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { anOfficial, publishSpoken, untilState } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { audioFile, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const [LOW_HZ, HIGH_HZ] = [440, 880];
const TONE_FRAMES = 3 * testRateHz;
const ACTUAL = { class: "emergency", severity: 2 } as const;

test("an exercise of severity 1 waits for an actual emergency and is heard without its tone; a repeat beyond the limit is not", async () => {
  const commune = await station();
  const [an, binh] = [anOfficial(commune, "An"), anOfficial(commune, "Bình")];
  const agent = await commune.startSubscribed();
  const actual = await commune.tone(LOW_HZ, 4);
  const other = await commune.tone(HIGH_HZ, 1);
  const emergency = await publishSpoken(commune, actual, ACTUAL, an);
  await framesHeard(commune, "z1", 3.5 * testRateHz); // half a second behind its tone
  const drill = await publishSpoken(commune, other, { ...ACTUAL, severity: 1, status: "exercise" }, an, binh);
  await publishSpoken(commune, other, { ...ACTUAL, repeat: 21 }, an);
  await agent.until("message.refused", (line) => line["code"] === "schema");
  await agent.until("audio.ready", (line) => line["hash"] === other.audio.hash);
  const waiting = (await agent.status()).queue.find(({ id }) => id === drill.id);
  expect(waiting).toMatchObject({ status: "exercise", class: "priority" });
  await agent.until("play.ended", (line) => line["id"] === drill.id);
  const heard = await commune.heard();
  expect(stretches(withoutTones(heard), [LOW_HZ, HIGH_HZ])).toEqual([
    { toneHz: LOW_HZ, frames: 4 * testRateHz },
    { toneHz: HIGH_HZ, frames: testRateHz },
  ]);
  expect(contentFrames(heard).frames, "with one tone, the emergency's").toBeLessThan(2 * TONE_FRAMES + 5 * testRateHz);
  for (const item of [emergency, drill]) await untilState(commune, item, "done");
});

test("two emergencies due in one millisecond take turns, the smaller key first, and every repeat is heard whole", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const first = await commune.tone(LOW_HZ);
  const second = await commune.tone(HIGH_HZ);
  const now = Math.floor(Date.now() / 1000);
  const common = { ...ACTUAL, repeat: 2, plan: { kind: "at", at: now + 4 }, issuedAt: now, notBefore: now } as const;
  // The later id comes first: arrival decides nothing.
  await publishSpoken(commune, second, { ...common, id: "01M85DMB00000000000000000B" });
  await publishSpoken(commune, first, { ...common, id: "01M85DMB00000000000000000A" });
  await until(() => agent.events("play.ended").length === 4, "four plays");
  const frames = testRateHz / 2;
  expect(stretches(withoutTones(await commune.heard()), [LOW_HZ, HIGH_HZ])).toEqual(
    [LOW_HZ, HIGH_HZ, LOW_HZ, HIGH_HZ].map((toneHz) => ({ toneHz, frames })),
  );
  const states = () => commune.rows<{ state: string }>("SELECT state FROM broadcasts");
  await until(() => states().every(({ state }) => state === "done"), "both to be done");
});

test("an emergency whose audio is broken is alarmed and told as failed, and the running item comes back", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const item = await commune.item([{ seconds: 4, noiseSeed: 31 }]);
  const bulletin = await publishSpoken(commune, item, {});
  await framesHeard(commune, "z1", testRateHz);
  const bytes = Buffer.alloc(50_000, "Đây không phải là âm thanh. ");
  const broken = await publishSpoken(commune, { bytes, audio: audioFile(bytes, "audio/ogg", 5_000) }, ACTUAL);
  await overheard.untilReceipt(broken.id, "failed");
  await overheard.untilAlarm("play-failed", "raised");
  await agent.until("play.ended", (line) => line["id"] === bulletin.id && line["outcome"] === "played");
  await untilState(commune, broken, "failed");
  await untilState(commune, bulletin, "done");
  await until(
    () => commune.archived().filter(({ play }) => play !== undefined).length === 3,
    "the records of the plays",
  );
  const records = commune.archived().filter(({ play }) => play !== undefined);
  expect(records.find(({ itemId }) => itemId === broken.id)).toMatchObject({ kind: "failed", framesPlayed: 0 });
  const own = records.filter(({ itemId }) => itemId === bulletin.id).map(({ kind, offsetMs }) => ({ kind, offsetMs }));
  expect(own).toEqual([
    { kind: "preempted", offsetMs: 0 },
    { kind: "played", offsetMs: 0 },
  ]);
  const { before, isWhole } = splitAtLastPlay(withoutTones(await commune.heard()), item.samples);
  expect(isWhole).toBe(true);
  const { frames } = contentFrames(before);
  expect(sameSamples(before.subarray(0, frames), item.samples.subarray(0, frames))).toBe(true);
});

test("the 1,001st active item is refused, and an emergency is heard beside the 1,000", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const { bytes, audio } = await commune.tone(LOW_HZ);
  await commune.publishChunks(bytes);
  const at = Math.floor(Date.now() / 1000) + 3_000;
  const later = () => commune.order(audio, { plan: { kind: "at", at } });
  for (let n = 0; n < 1_000; n += 1) await commune.publishOrder(later());
  await until(() => agent.events("order.accepted").length === 1_000, "1,000 items", 150_000);
  const surplus = later();
  await commune.publishOrder(surplus);
  expect(await overheard.untilReceipt(surplus.id, "refused")).toMatchObject({ code: "limit" });
  const emergency = await publishSpoken(commune, { bytes, audio }, ACTUAL);
  await agent.until("play.ended", (line) => line["id"] === emergency.id);
  expect(stretches(withoutTones(await commune.heard()), [LOW_HZ])).toEqual([
    { toneHz: LOW_HZ, frames: testRateHz / 2 },
  ]);
  expect((await agent.status()).waiting).toEqual({ emergency: 0, priority: 0, routine: 1_000 });
});
