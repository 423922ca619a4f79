import { expect, test } from "vitest";
import type { EvidenceLine } from "../../src/domain/report.ts";
import { attentionTone } from "../../src/sound/attention-tone.ts";
import { monotonicMs } from "../../src/sound/monotonic.ts";
import { placementTopic } from "../../src/wire/topics.ts";
import { contentFrames, levelCentiDb } from "../rig/listen.ts";
import { makeNoise, testRateHz } from "../rig/test-audio.ts";
import { COMMUNE, thisMoment } from "./support/desk.ts";
import { framesHeard, sameSamples } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { audioFile, GATEWAY, type MadeItem, type Station, station } from "./support/station.ts";

const TONE = attentionTone({ rateHz: testRateHz, channels: 1 });
const EMERGENCY = { class: "emergency", severity: 2, repeat: 1 } as const;
const ZONES = { z1: ["square"], z2: [] };
const RESUMES_EARLIER_FRAMES = 3 * testRateHz;
/** What a killed sink may have played beyond what is claimed. */
const MOST_OUTSTANDING_FRAMES = 9_600;

test("an emergency cuts in on its zone with the tone and then, without a gap, its speech; the bulletin goes on 3 s earlier", async () => {
  const commune = await station({ zones: ZONES });
  const agent = await commune.startAgent();
  const bulletin = await commune.item([{ seconds: 8, noiseSeed: 1 }]);
  const warning = await commune.item([{ seconds: 1, noiseSeed: 2 }]);
  const routine = await broadcast(commune, bulletin, { onPreempt: "resume" });
  await framesHeard(commune, "z1", 5 * testRateHz);
  const targets = [{ area: COMMUNE, zoneTags: ["square"] }];
  const urgent = await broadcast(commune, warning, { ...EMERGENCY, targets });
  for (const zone of ["z1", "z2"]) {
    await agent.until("play.ended", (line) => line["id"] === routine.id && line["zone"] === zone && wasPlayed(line));
  }

  const square = await commune.heard("z1");
  const toneAt = indexOf(square, TONE.subarray(0, 4_800));
  expect(sameSamples(square.subarray(0, toneAt), bulletin.samples.subarray(0, toneAt))).toBe(true);
  expect(sameSamples(square.subarray(toneAt, toneAt + TONE.length), TONE)).toBe(true);
  const speechAt = toneAt + TONE.length;
  expect(sameSamples(square.subarray(speechAt, speechAt + warning.samples.length), warning.samples)).toBe(true);

  const plays = playsOf(commune.records(), "z1");
  expect(plays).toMatchObject([
    { kind: "preempted", itemId: routine.id, play: 1, offsetMs: 0 },
    { kind: "played", itemId: urgent.id, play: 1, framesPlayed: testRateHz, framesExact: true },
    { kind: "played", itemId: routine.id, play: 2 },
  ]);
  const [cut, , resumed] = plays;
  expect(cut?.framesPlayed).toBeLessThanOrEqual(toneAt);
  expect(cut?.framesPlayed).toBeGreaterThan(toneAt - MOST_OUTSTANDING_FRAMES);
  const resumedAt = Math.round(((resumed?.offsetMs ?? 0) * testRateHz) / 1_000);
  expect(Math.abs((cut?.framesPlayed ?? 0) - RESUMES_EARLIER_FRAMES - resumedAt)).toBeLessThan(testRateHz / 1_000);
  const rest = bulletin.samples.subarray(resumedAt);
  const { toFrame } = contentFrames(square);
  expect(sameSamples(square.subarray(toFrame - rest.length, toFrame), rest)).toBe(true);
  expect(resumed?.framesPlayed).toBe(rest.length);

  const elsewhere = await commune.heard("z2");
  expect(sameSamples(elsewhere.subarray(0, contentFrames(elsewhere).toFrame), bulletin.samples)).toBe(true);
  expect(playsOf(commune.records(), "z2")).toMatchObject([{ kind: "played", framesPlayed: 8 * testRateHz }]);
});

test("four zones are cut together, each with its own gain for emergencies", async () => {
  const zones = { z1: [], z2: [], z3: [], z4: [] };
  const commune = await station({ zones });
  const agent = await commune.startAgent();
  await placeWithGains(commune, { z2: -600, z3: -1_200 });
  await agent.until("trust.accepted");
  const bulletin = await commune.item([{ seconds: 20, toneHz: 440 }]);
  const warning = await commune.item([{ seconds: 1, toneHz: 1_500 }]);
  const routine = await broadcast(commune, bulletin, { onPreempt: "drop" });
  for (const zone of Object.keys(zones)) await framesHeard(commune, zone, testRateHz / 2);
  const publishedAtMs = monotonicMs();
  const urgent = await broadcast(commune, warning, EMERGENCY);
  for (const zone of Object.keys(zones)) {
    await agent.until("play.ended", (line) => line["id"] === urgent.id && line["zone"] === zone);
  }

  const startedMs: number[] = [];
  for (const [zone, gainCentiDb] of Object.entries({ z1: 0, z2: -600, z3: -1_200, z4: 0 })) {
    // An underrun of a busy machine is one more start: the emergency's is the first behind the new opening of the card.
    const events = await commune.card(zone).events();
    const opened = events.findIndex(({ event, monotonicMs: atMs }) => event === "open" && atMs > publishedAtMs);
    const cut = events.slice(opened).find(({ event }) => event === "start");
    startedMs.push(cut?.monotonicMs ?? Number.NaN);
    const heard = (await commune.heard(zone)).subarray(cut?.frame);
    const tone = heard.subarray(0, TONE.length);
    const speech = heard.subarray(TONE.length, TONE.length + testRateHz);
    expect(Math.abs(levelCentiDb(tone) - levelCentiDb(TONE) - gainCentiDb)).toBeLessThan(5);
    expect(Math.abs(levelCentiDb(speech) - levelCentiDb(warning.samples) - gainCentiDb)).toBeLessThan(5);
    const records = playsOf(commune.records(), zone);
    expect(records).toMatchObject([
      { kind: "preempted", itemId: routine.id },
      { kind: "played", itemId: urgent.id, gainCentiDb, framesPlayed: testRateHz },
    ]);
  }
  expect(Math.max(...startedMs) - Math.min(...startedMs)).toBeLessThan(200);
});

test("an emergency whose audio can't be decoded sounds its tone, is told and alarmed, and the bulletin comes back", async () => {
  const commune = await station();
  const agent = await commune.startAgent();
  const bulletin = await commune.item([{ seconds: 3, noiseSeed: 1 }]);
  const routine = await broadcast(commune, bulletin, { onPreempt: "restart" });
  await framesHeard(commune, "z1", testRateHz);
  const broken = Buffer.from(makeNoise(5, 0.5).buffer);
  const urgent = await broadcast(commune, { bytes: broken, audio: audioFile(broken, "audio/ogg", 500) }, EMERGENCY);
  await agent.until("play.ended", (line) => line["id"] === routine.id && wasPlayed(line));

  const heard = await commune.heard();
  const toneAt = indexOf(heard, TONE.subarray(0, 4_800));
  expect(sameSamples(heard.subarray(toneAt, toneAt + TONE.length), TONE)).toBe(true);
  const { toFrame } = contentFrames(heard);
  expect(sameSamples(heard.subarray(toFrame - bulletin.samples.length, toFrame), bulletin.samples)).toBe(true);
  expect(playsOf(commune.records(), "z1")).toMatchObject([
    { kind: "preempted", itemId: routine.id },
    { kind: "failed", code: "decode", itemId: urgent.id, framesPlayed: 0 },
    { kind: "played", itemId: routine.id, framesPlayed: bulletin.samples.length },
  ]);
  await commune.told("alarm", { code: "play-failed", state: "raised" });
  await commune.told("receipt", { itemId: urgent.id, state: "failed", code: "decode" });
});

test("an emergency whose audio does not come is told after 12 s of tone, and heard whole when it comes at last", async () => {
  const commune = await station({ withServer: false });
  const agent = await commune.startAgent();
  const bulletin = await commune.item([{ seconds: 2, noiseSeed: 1 }]);
  const warning = await commune.item([{ seconds: 1, noiseSeed: 2 }]);
  const routine = await broadcast(commune, bulletin, { onPreempt: "restart" });
  await framesHeard(commune, "z1", testRateHz / 2);
  const urgent = commune.order(warning.audio, EMERGENCY);
  await commune.publishOrder(urgent);
  await agent.until("play.failed", (line) => line["id"] === urgent.id && line["code"] === "chunks-missing");
  await agent.until("play.ended", (line) => line["id"] === routine.id && wasPlayed(line));
  await commune.publishChunks(warning.bytes);
  await agent.until("play.ended", (line) => line["id"] === urgent.id && wasPlayed(line));

  const heard = await commune.heard();
  const toneAt = indexOf(heard, TONE.subarray(0, 4_800));
  for (let round = 0; round < 4; round += 1) {
    const from = toneAt + round * TONE.length;
    expect(sameSamples(heard.subarray(from, from + TONE.length), TONE)).toBe(true);
  }
  const { toFrame } = contentFrames(heard);
  const last = heard.subarray(toFrame - TONE.length - warning.samples.length, toFrame);
  expect(sameSamples(last, Int16Array.from([...TONE, ...warning.samples]))).toBe(true);
  expect(playsOf(commune.records(), "z1")).toMatchObject([
    { kind: "preempted", itemId: routine.id },
    { kind: "failed", code: "chunks-missing", itemId: urgent.id, framesPlayed: 0 },
    { kind: "played", itemId: routine.id },
    { kind: "played", itemId: urgent.id, play: 2, framesPlayed: testRateHz },
  ]);
  await until(() => commune.rows("SELECT state FROM broadcasts WHERE state = 'done'").length === 2, "both to be done");
});

async function broadcast(
  commune: Station,
  { bytes, audio }: Pick<MadeItem, "bytes" | "audio">,
  changes: Parameters<Station["broadcast"]>[2],
): ReturnType<Station["broadcast"]> {
  return commune.broadcast(bytes, audio, changes);
}

/** The placement in force, its zones with other gains for emergencies. */
async function placeWithGains(commune: Station, gains: Readonly<Record<string, number>>): Promise<void> {
  const { desk } = commune;
  const inForce = desk.database.register.find(GATEWAY)?.placement;
  if (inForce === undefined) throw new Error("the gateway is not in the register");
  const now = thisMoment();
  const zones = inForce.zones.map((zone) => ({ ...zone, emergencyGainCentiDb: gains[zone.id] ?? 0 }));
  const placement = { ...inForce, id: now.chance.ulid(now.nowMs), sequence: inForce.sequence + 1, zones };
  await commune.publish(placementTopic(GATEWAY), commune.signed(placement, desk.operations));
}

function wasPlayed(line: { readonly [field: string]: unknown }): boolean {
  return line["outcome"] === "played";
}

function playsOf(records: readonly EvidenceLine[], zone: string): EvidenceLine[] {
  return records.filter((record) => record.zone === zone && record.play !== undefined);
}

function indexOf(samples: Int16Array, part: Int16Array): number {
  const at = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).indexOf(
    Buffer.from(part.buffer, part.byteOffset, part.byteLength),
  );
  if (at < 0) throw new Error("it was not heard");
  return at / Int16Array.BYTES_PER_ELEMENT;
}
