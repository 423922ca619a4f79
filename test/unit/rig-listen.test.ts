import { describe, expect, test } from "vitest";
import { align } from "../rig/align.ts";
import { type CardEvent, type CardEventKind, frameClock, parseCardLog, withKills } from "../rig/card-log.ts";
import { contentFrames, heardTones, levelCentiDb, levelsCentiDb, samplesOf, toneShare } from "../rig/listen.ts";
import { makeNoise, makeSamples, makeTone, rawBytes } from "../rig/test-audio.ts";

const rateHz = 48_000;
const edgeFrames = (3 * rateHz) / 1000;

describe("samples and content", () => {
  test("raw bytes come back as samples, by channel", () => {
    const left = Int16Array.of(1, -2, 32_767);
    const right = Int16Array.of(-32_768, 0, 5);
    const interleaved = Int16Array.from([...left].flatMap((sample, frame) => [sample, right[frame] ?? 0]));
    expect(samplesOf(rawBytes(left))).toEqual(left);
    expect(samplesOf(rawBytes(interleaved), 2, 1)).toEqual(right);
  });

  test("half a frame at the end of a file is left out", () => {
    expect(samplesOf(Uint8Array.of(1, 0, 2))).toEqual(Int16Array.of(1));
  });

  test("content is counted from the first to the last sample that is not zero", () => {
    expect(contentFrames(Int16Array.of(0, 0, 7, 0, -1, 0))).toEqual({ fromFrame: 2, toFrame: 5, frames: 3 });
    expect(contentFrames(new Int16Array(10)).frames).toBe(0);
    expect(contentFrames(makeTone(440, 2)).frames).toBe(96_000);
    expect(contentFrames(makeNoise(1, 0.1)).frames).toBe(4_800);
  });
});

describe("tones", () => {
  test("a pure tone has all the energy, half a window of it half, noise next to none", () => {
    const tone = makeTone(1000, 0.01);
    expect(toneShare(tone, 0, 480, rateHz, 1000)).toBeCloseTo(1, 2);
    expect(toneShare(tone, 240, 480, rateHz, 1000)).toBeCloseTo(0.5, 1);
    expect(toneShare(makeNoise(3, 0.01), 0, 480, rateHz, 1000)).toBeLessThan(0.1);
  });

  test("tones are told apart and lie where they were put", () => {
    const samples = makeSamples([
      { seconds: 0.1 },
      { seconds: 0.3, toneHz: 440 },
      { seconds: 0.2, toneHz: 1000 },
      { seconds: 0.1 },
      { seconds: 0.2, toneHz: 440 },
      { seconds: 0.1, noiseSeed: 5 },
    ]);
    const heard = heardTones(samples, rateHz, [440, 1000, 1900]);
    expect(heard.map(({ toneHz }) => toneHz)).toEqual([440, 1000, 440]);
    const edges = [
      [4_800, 19_200],
      [19_200, 28_800],
      [33_600, 43_200],
    ];
    heard.forEach(({ fromFrame, toFrame, frames }, index) => {
      expect(Math.abs(fromFrame - (edges[index]?.[0] ?? 0))).toBeLessThanOrEqual(edgeFrames);
      expect(Math.abs(toFrame - (edges[index]?.[1] ?? 0))).toBeLessThanOrEqual(edgeFrames);
      expect(frames).toBe(toFrame - fromFrame);
    });
  });

  test("a tone from the first to the last sample is heard whole", () => {
    const [heard] = heardTones(makeTone(440, 0.5), rateHz, [440]);
    expect(heard?.fromFrame).toBeLessThanOrEqual(edgeFrames);
    expect(heard?.toFrame).toBeGreaterThanOrEqual(24_000 - edgeFrames);
  });

  test("silence, another tone and the faintest hum are nobody", () => {
    expect(heardTones(new Int16Array(4_800), rateHz, [440])).toEqual([]);
    expect(heardTones(makeTone(1900, 0.2), rateHz, [440, 1000])).toEqual([]);
    expect(
      heardTones(
        makeTone(440, 0.2).map((sample) => sample / 1000),
        rateHz,
        [440],
      ),
    ).toEqual([]);
  });

  test("with a log the frames become instants", () => {
    const [heard] = heardTones(makeTone(440, 0.5), rateHz, [440], (frame) => 5_000 + frame / 48);
    expect(heard?.startedAtMs).toBeCloseTo(5_000, -1);
    expect(heard?.endedAtMs).toBeCloseTo(5_500, -1);
  });
});

describe("levels", () => {
  test("are in hundredths of a decibel", () => {
    expect(levelCentiDb(makeTone(1000, 0.1))).toBe(-903);
    expect(levelCentiDb(new Int16Array(480))).toBe(-12_000);
    expect(levelsCentiDb(makeSamples([{ seconds: 0.02, toneHz: 1000 }, { seconds: 0.01 }]), rateHz)).toEqual([
      -903, -903, -12_000,
    ]);
  });
});

describe("alignment", () => {
  const reference = makeNoise(7, 1);
  const perfect = { lostFrames: 0, doubledFrames: 0, unmatchedFrames: 0, normalizedError: 0 };

  test("an untouched copy is exact, wherever it lies", () => {
    const recording = joined(new Int16Array(1_234), reference, makeNoise(8, 0.3));
    expect(align(recording, reference)).toEqual({ lag: 1_234, ...perfect });
  });

  test("lost frames are counted", () => {
    const recording = joined(reference.subarray(0, 20_000), reference.subarray(20_077));
    expect(align(recording, reference)).toMatchObject({ lag: 0, lostFrames: 77, doubledFrames: 0, normalizedError: 0 });
  });

  test("doubled and inserted frames are counted", () => {
    const doubled = joined(reference.subarray(0, 20_000), reference.subarray(19_040));
    expect(align(doubled, reference)).toMatchObject({ lag: 0, lostFrames: 0, doubledFrames: 960, normalizedError: 0 });
    const torn = joined(reference.subarray(0, 9_600), new Int16Array(500), reference.subarray(9_600));
    expect(align(torn, reference)).toMatchObject({ lag: 0, lostFrames: 0, doubledFrames: 500, unmatchedFrames: 0 });
  });

  test("a tail or a head that was never played is lost", () => {
    const cut = joined(new Int16Array(100), reference.subarray(0, 30_001));
    expect(align(cut, reference)).toMatchObject({ lag: 100, lostFrames: 17_999, normalizedError: 0 });
    expect(align(reference.subarray(1_000), reference)).toMatchObject({ lag: -1_000, lostFrames: 1_000 });
  });

  test("nearly the same sound fits, with its error; foreign sound does not", () => {
    const noise = makeNoise(9, 1);
    const near = align(
      reference.map((sample, frame) => sample + (noise[frame] ?? 0) / 20),
      reference,
    );
    expect(near).toMatchObject({ lag: 0, lostFrames: 0, doubledFrames: 0, unmatchedFrames: 0 });
    expect(near.normalizedError).toBeGreaterThan(0.03);
    expect(near.normalizedError).toBeLessThan(0.07);
    const foreign = align(noise, reference);
    expect(foreign.unmatchedFrames + foreign.lostFrames).toBeGreaterThan(47_000);
  });

  test("silence inside the reference neither helps nor harms", () => {
    const spoken = joined(new Int16Array(2_000), reference.subarray(0, 9_000), new Int16Array(3_000), reference);
    expect(align(joined(new Int16Array(50), spoken), spoken)).toEqual({ lag: 50, ...perfect });
  });
});

describe("the log of a card", () => {
  const start = line("start", { atMs: 1_000, frame: 0 });

  test("a line still being written is left for later", () => {
    const text = `${JSON.stringify(start)}\n`;
    expect(parseCardLog(`${text}{"event":"sto`)).toEqual([start]);
    expect(parseCardLog("")).toEqual([]);
  });

  test("frames map to the instant they were heard, over stalls and restarts", () => {
    const clock = frameClock([
      start,
      line("stall", { atMs: 1_500, frame: 24_000 }),
      line("unstall", { atMs: 4_500, frame: 24_000 }),
      line("stop", { atMs: 5_000, frame: 48_000 }),
      line("start", { atMs: 9_000, frame: 48_000 }),
    ]);
    expect([0, 23_999, 24_000, 47_999, 48_000].map((frame) => Math.round(clock(frame) ?? 0))).toEqual([
      1_000, 1_500, 4_500, 5_000, 9_000,
    ]);
    expect(frameClock([])(5)).toBeUndefined();
  });

  test("who left without closing was killed at its last frame", () => {
    const events = [
      start,
      line("open", { pid: 2, atMs: 3_000, frame: 48_000 }),
      line("start", { pid: 2, atMs: 3_100, frame: 48_000 }),
    ];
    expect(withKills(events, 52_800, () => false).filter(({ event }) => event === "killed")).toEqual([
      line("killed", { atMs: 2_000, monotonicMs: 1_000, frame: 48_000 }),
      line("killed", { pid: 2, atMs: 3_200, monotonicMs: 100, frame: 52_800 }),
    ]);
  });

  test("who still plays or closed was not", () => {
    const events = [start, line("close", { frame: 10 }), line("open", { pid: 2, frame: 10 })];
    expect(withKills(events, 10, () => true)).toEqual(events);
    expect(withKills([], 0, () => false)).toEqual([]);
  });
});

function line(event: CardEventKind, fields: Partial<CardEvent>): CardEvent {
  const card = { pid: 1, rateHz, channels: 1, bufferFrames: 24_000, periodFrames: 6_000 };
  return { event, atMs: 0, monotonicMs: 0, frame: 0, ...card, ...fields };
}

function joined(...parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}
