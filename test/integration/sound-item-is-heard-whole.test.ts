import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { align } from "../rig/align.ts";
import { contentFrames, heardTones, levelCentiDb } from "../rig/listen.ts";
import { type AudioFormat, decodeAudio, makeTestAudio } from "../rig/test-audio.ts";
import { childrenLeft, Stage } from "./sound-stage.ts";

const seconds = 3;
const frames = seconds * 48_000;
const mediaTypes = { wav: "audio/wav", opus: "audio/ogg", mp3: "audio/mpeg" } as const;
const formats: readonly AudioFormat[] = ["wav", "opus", "mp3"];

let stage: Stage;

afterEach(async () => {
  await stage.close();
  expect(childrenLeft()).toEqual([]);
});

describe("on an ordinary sink", () => {
  beforeEach(async () => {
    stage = await Stage.open();
  });

  test.each(formats)(
    "%s: every frame ffmpeg decodes is heard, bit for bit, and then at most a period of zeros",
    async (format) => {
      const path = stage.path(`item.${format}`);
      await makeTestAudio(path, [{ seconds, noiseSeed: 5 }], format);
      const ended = await (await stage.play(path, mediaTypes[format])).ended;
      expect(ended).toMatchObject({ ending: "drained", framesPlayed: frames, framesExact: true });

      const heard = await stage.card().frames();
      const reference = await decodeAudio(path);
      expect(reference).toHaveLength(frames);
      expect(heard.subarray(0, frames)).toEqual(reference);
      expect(heard.length - frames).toBeLessThanOrEqual(960);
      expect(contentFrames(heard.subarray(frames)).frames).toBe(0);
    },
  );

  test("started tells when the first sample was heard, ended when the last was", async () => {
    const path = stage.path("item.wav");
    await makeTestAudio(path, [{ seconds: 1, noiseSeed: 5 }], "wav");
    const ended = await (await stage.play(path, "audio/wav")).ended;
    const [first] = stage.of("started");
    const [start, stop] = [await stage.card().until("start"), await stage.card().until("stop")];
    expect(Math.abs((first?.atMs ?? 0) - start.atMs)).toBeLessThan(40);
    expect(Math.abs((first?.monotonicMs ?? 0) - start.monotonicMs)).toBeLessThan(40);
    expect(Math.abs(ended.atMs - stop.atMs)).toBeLessThan(40);
  });

  test("progress tells level and frames, never more than were heard", async () => {
    const path = stage.path("item.wav");
    const reference = await makeTestAudio(path, [{ seconds: 2, toneHz: 440 }], "wav");
    await (await stage.play(path, "audio/wav")).ended;
    const told = stage.of("progress");
    expect(told.length).toBeGreaterThan(5);
    expect(told.map(({ levelCentiDb: level }) => level)).toContain(levelCentiDb(reference));
    const positions = told.map(({ frames: position }) => position);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(positions.at(-1)).toBeLessThanOrEqual(96_000);
    expect(positions.at(-1)).toBeGreaterThan(48_000);
  });

  test("gain makes it quieter and nothing else", async () => {
    const path = stage.path("item.wav");
    const reference = await makeTestAudio(path, [{ seconds: 1, noiseSeed: 5 }], "wav");
    await (await stage.play(path, "audio/wav", { gainCentiDb: -1000 })).ended;
    const heard = await stage.card().frames();
    expect(levelCentiDb(reference) - levelCentiDb(heard.subarray(0, 48_000))).toBeCloseTo(1000, -1);
    const expected = reference.map((sample) => Math.round(sample * 10 ** -0.5));
    expect(heard.subarray(0, 48_000)).toEqual(expected);
  });

  test("an offset begins where it says", async () => {
    const path = stage.path("item.opus");
    await makeTestAudio(path, [{ seconds, noiseSeed: 5 }], "opus");
    const ended = await (await stage.play(path, "audio/ogg", { offsetMs: 1250 })).ended;
    const reference = (await decodeAudio(path)).subarray(60_000);
    expect(ended.framesPlayed).toBe(reference.length);
    expect((await stage.card().frames()).subarray(0, reference.length)).toEqual(reference);
  });

  test("the longest time is a hard stop, to the frame, and a fault of the file", async () => {
    const path = stage.path("item.wav");
    const reference = await makeTestAudio(path, [{ seconds: 20, noiseSeed: 5 }], "wav");
    const ended = await (await stage.play(path, "audio/wav", { maximumMs: 1500 })).ended;
    expect(ended).toMatchObject({ ending: "failed", code: "decode", framesPlayed: 72_000, framesExact: true });
    expect(ended.detail).toContain("1.5 s");
    const heard = await stage.card().frames();
    expect(heard.subarray(0, 72_000)).toEqual(reference.subarray(0, 72_000));
    expect(contentFrames(heard).toFrame).toBe(72_000);
  });

  test("an item shorter than any buffer is heard whole", async () => {
    const path = stage.path("item.wav");
    const reference = await makeTestAudio(path, [{ seconds: 0.03, noiseSeed: 5 }], "wav");
    const ended = await (await stage.play(path, "audio/wav")).ended;
    expect(ended).toMatchObject({ ending: "drained", framesPlayed: 1440, framesExact: true });
    expect(stage.of("started")).toHaveLength(1);
    expect((await stage.card().frames()).subarray(0, 1440)).toEqual(reference);
  });

  test("plays follow each other on the card without a lost frame", async () => {
    const path = stage.path("item.wav");
    const reference = await makeTestAudio(path, [{ seconds: 0.5, noiseSeed: 5 }], "wav");
    for (let turn = 0; turn < 3; turn++) await (await stage.play(path, "audio/wav")).ended;
    const heard = await stage.card().frames();
    for (let turn = 0; turn < 3; turn++) {
      const { lostFrames, doubledFrames, normalizedError } = align(heard.subarray(turn * 24_000), reference);
      expect({ lostFrames, doubledFrames, normalizedError }).toEqual({
        lostFrames: 0,
        doubledFrames: 0,
        normalizedError: 0,
      });
    }
  });
});

test("a slow feeder makes long gaps, few underruns and no loss", async () => {
  stage = await Stage.open();
  const path = stage.path("item.wav");
  const reference = await makeTestAudio(path, [{ seconds, noiseSeed: 5 }], "wav");
  // 9,600 bytes are 100 ms: half as fast as it sounds.
  const ended = await (await stage.play(path, "audio/wav", {}, { chunkBytes: 9600, everyMs: 200 })).ended;
  expect(ended).toMatchObject({ ending: "drained", framesPlayed: frames, framesExact: false });
  expect(ended.underruns).toBeGreaterThan(0);
  expect(ended.underruns).toBeLessThanOrEqual(8); // a busy machine adds one now and then
  expect((await stage.card().frames()).subarray(0, frames)).toEqual(reference);
});

test("a feeder so slow that gaps lengthen an item by 10 s is a fault of the box", async () => {
  stage = await Stage.open();
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds, noiseSeed: 5 }], "wav");
  // 100 ms of sound a second: never quiet for long, and never done.
  const ended = await (await stage.play(path, "audio/wav", { maximumMs: 3_000 }, { chunkBytes: 9_600, everyMs: 1_000 }))
    .ended;
  expect(ended).toMatchObject({ ending: "failed", code: "output", framesExact: false });
  expect(ended.detail).toContain("10 s");
});

test("the lead-in is silence before the item, and no part of it", async () => {
  stage = await Stage.open({ sink: { leadInMs: 400 } });
  const path = stage.path("item.wav");
  const reference = await makeTestAudio(path, [{ seconds: 1, noiseSeed: 5 }], "wav");
  const ended = await (await stage.play(path, "audio/wav")).ended;
  expect(ended).toMatchObject({ ending: "drained", framesPlayed: 48_000, framesExact: true });
  const heard = await stage.card().frames();
  expect(contentFrames(heard).fromFrame).toBe(19_200);
  expect(heard.subarray(19_200, 67_200)).toEqual(reference);
  const { atMs } = await stage.card().until("start");
  expect(Math.abs((stage.of("started")[0]?.atMs ?? 0) - atMs - 400)).toBeLessThan(40);
});

test("a stereo sink of another rate hears the same item on both sides", async () => {
  stage = await Stage.open({ sink: { rateHz: 32_000, channels: 2 } });
  const path = stage.path("item.mp3");
  await makeTestAudio(path, [{ seconds: 1, toneHz: 440 }], "mp3");
  const ended = await (await stage.play(path, "audio/mpeg")).ended;
  expect(ended).toMatchObject({ ending: "drained", framesPlayed: 32_000, framesExact: true });
  const [left, right] = [await stage.card().frames(0), await stage.card().frames(1)];
  expect(left).toEqual(right);
  expect(heardTones(left, 32_000, [440]).map(({ frames: length }) => Math.round(length / 320))).toEqual([100]);
});
