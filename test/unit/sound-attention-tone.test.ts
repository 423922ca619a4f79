import { expect, test } from "vitest";
import { attentionTone, attentionToneHead } from "../../src/sound/attention-tone.ts";
import { Programme } from "../../src/sound/programme.ts";
import { heardTones } from "../rig/listen.ts";

const zone = { zoneId: "z1", device: "horn", rateHz: 48_000, channels: 1, bufferMs: 100, periodMs: 20, leadInMs: 0 };
const start = { gainCentiDb: 0, maximumMs: 60_000, attentionTone: { gainCentiDb: 0 } };
const NO_ITEM_YET = { read: () => undefined };

function peakOf(samples: Int16Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}

test("two pitches take turns for three seconds, 6 dB below full scale, with soft ends and no other break", () => {
  const tone = attentionTone(zone);
  expect(tone).toHaveLength(144_000);
  const heard = heardTones(tone, 48_000, [650, 1000]);
  expect(heard.map(({ toneHz }) => toneHz)).toEqual(Array.from({ length: 12 }, (_, turn) => (turn % 2 ? 1000 : 650)));
  expect(peakOf(tone)).toBe(16_422);
  expect(Math.abs(tone[0] ?? 0)).toBeLessThan(100);
  expect(Math.abs(tone.at(-1) ?? 0)).toBeLessThan(200);
  // No step between two samples is larger than a 1000 Hz wave makes by itself.
  const steps = tone.subarray(1).map((sample, index) => sample - (tone[index] ?? 0));
  expect(peakOf(steps)).toBeLessThanOrEqual(16_422 * 2 * Math.sin((Math.PI * 1000) / 48_000) + 1);
});

test("it is the same on every channel, and the same each time", () => {
  const stereo = attentionTone({ rateHz: 48_000, channels: 2 });
  expect(stereo.filter((_, index) => index % 2 === 1)).toEqual(attentionTone(zone));
  expect(attentionTone({ rateHz: 48_000, channels: 2 })).toBe(stereo);
});

test("its head is the tone's, amplified once for each gain", () => {
  const head = attentionToneHead(zone, 0);
  expect(head.samples).toEqual(attentionTone(zone).subarray(0, 9_600));
  expect(head.levelCentiDb).toBeGreaterThan(-950);
  expect(head.levelCentiDb).toBeLessThan(-900);
  const quiet = attentionToneHead(zone, -600);
  expect(peakOf(quiet.samples)).toBe(8_230);
  expect(quiet.levelCentiDb).toBe(head.levelCentiDb - 600);
  expect(attentionToneHead(zone, -600)).toBe(quiet);
  expect(attentionToneHead({ rateHz: 48_000, channels: 2 }, 0).samples).toHaveLength(19_200);
});

/** So many frames, as they come. */
function parts(programme: Programme, frames: number): Int16Array[] {
  const taken: Int16Array[] = [];
  for (let left = frames; left > 0; left -= taken.at(-1)?.length ?? 0) {
    const part = programme.take(left);
    if (part.length === 0) break;
    taken.push(part);
  }
  return taken;
}

test("the tone goes before the item with a gain of its own, and counts as none of it", () => {
  const source = { read: (frames: number) => new Int16Array(frames).fill(7) };
  const programme = new Programme({ ...start, attentionTone: { gainCentiDb: -600 } }, zone, source);
  programme.prepare(false);
  const tone = Int16Array.from(parts(programme, 144_000).flatMap((part) => [...part]));
  expect(peakOf(tone)).toBe(8_230);
  expect(programme.framesBeforeItem).toBe(144_000);
  expect([...programme.take(3)]).toEqual([7, 7, 7]);
  expect(programme.framesBeforeItem).toBe(144_000);
});

test("while nothing follows it is repeated, four times in all", () => {
  const programme = new Programme(start, zone, NO_ITEM_YET);
  let frames = 0;
  do frames += parts(programme, 144_000).reduce((sum, { length }) => sum + length, 0);
  while (programme.repeatTone());
  expect(frames).toBe(4 * 144_000);
  expect(programme.isEmpty).toBe(true);
});

test("a fade falls in a straight line to silence, and then there is no more", () => {
  const source = { read: (frames: number) => new Int16Array(frames).fill(10_000) };
  const programme = new Programme({ gainCentiDb: 0, maximumMs: 60_000 }, zone, source);
  programme.prepare(false);
  expect([...programme.take(2)]).toEqual([10_000, 10_000]);
  programme.fadeOut(100);
  const faded = Int16Array.from([...programme.take(1_000), ...programme.take(9_000)]);
  expect(faded).toHaveLength(4_800);
  expect([faded[0], faded[2_400], faded[4_799]]).toEqual([10_000, 5_000, 2]);
  expect(programme.isEmpty).toBe(true);
  expect(programme.take(100)).toHaveLength(0);
});
