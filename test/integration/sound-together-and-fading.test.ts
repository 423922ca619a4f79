import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { attentionTone } from "../../src/sound/attention-tone.ts";
import { contentFrames, levelCentiDb } from "../rig/listen.ts";
import { makeTestAudio } from "../rig/test-audio.ts";
import { childrenLeft, Stage } from "./sound-stage.ts";
import { sameSamples } from "./support/hearing.ts";

const MS_FRAMES = 48;

let stage: Stage;

afterEach(async () => {
  await stage.close();
  expect(childrenLeft()).toEqual([]);
});

test("a group of zones begins together, and each plays every frame", async () => {
  stage = await Stage.open({ zones: 3 });
  const path = stage.path("item.opus");
  await makeTestAudio(path, [{ seconds: 1, noiseSeed: 7 }], "opus");
  const zones = ["z1", "z2", "z3"];
  const group = { id: 1, size: zones.length };
  const plays = await Promise.all(zones.map((zoneId) => stage.play(path, "audio/ogg", { zoneId, group })));
  for (const { ended } of plays) {
    expect(await ended).toMatchObject({ ending: "drained", framesPlayed: 48_000, framesExact: true });
  }
  const started = await Promise.all(zones.map((zone) => stage.card(zone).until("start")));
  const instants = started.map(({ monotonicMs }) => monotonicMs);
  // On a machine that does nothing else it is less than a millisecond: scripts/bench.
  expect(Math.max(...instants) - Math.min(...instants)).toBeLessThan(500);
});

test("one of a group that can't begin holds the others only for a moment, and a missing one not at all", async () => {
  stage = await Stage.open({ zones: 3 });
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 0.5, noiseSeed: 7 }], "wav");
  stage.card("z2").setFault("gone");
  stage.card("z3").setFault("stall");
  const group = { id: 1, size: 4 };
  const [whole, gone, stalled] = await Promise.all(
    ["z1", "z2", "z3"].map((zoneId) => stage.play(path, "audio/wav", { zoneId, group })),
  );
  expect(await whole?.ended).toMatchObject({ ending: "drained", framesPlayed: 24_000, framesExact: true });
  expect(await gone?.ended).toMatchObject({ ending: "failed", outputFault: "missing" });
  expect(await stalled?.ended).toMatchObject({ ending: "failed", outputFault: "stalled" });
});

test("an item shorter than what is filled in beforehand is heard whole in a group too", async () => {
  stage = await Stage.open({ zones: 2 });
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 0.03, noiseSeed: 7 }], "wav");
  const group = { id: 1, size: 2 };
  const plays = await Promise.all(["z1", "z2"].map((zoneId) => stage.play(path, "audio/wav", { zoneId, group })));
  for (const { ended } of plays) expect(await ended).toMatchObject({ ending: "drained", framesPlayed: 1_440 });
  expect(contentFrames(await stage.card("z2").frames()).frames).toBe(1_440);
});

test("told to fade it falls silent within half a second, counts what was heard, and tells that it was stopped", async () => {
  stage = await Stage.open();
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 6, toneHz: 1_000 }], "wav");
  const { play, ended } = await stage.play(path, "audio/wav");
  await stage.untilSounding(play);
  await sleep(800);
  stage.thread.send({ kind: "stop", zoneId: "z1", fadeMs: 300 });
  const end = await ended;
  expect(end).toMatchObject({ ending: "stopped" });
  const heard = await stage.card().frames();
  const { toFrame } = contentFrames(heard);
  expect(Math.abs(end.framesPlayed - toFrame)).toBeLessThan(MS_FRAMES);
  const levelAt = (beforeEndMs: number) => {
    const from = toFrame - beforeEndMs * MS_FRAMES;
    return levelCentiDb(heard.subarray(from, from + 10 * MS_FRAMES));
  };
  expect(levelAt(400)).toBeCloseTo(-903, -1);
  // A straight line: half the height is 6 dB less.
  expect(Math.abs(levelAt(155) - levelAt(400) + 602)).toBeLessThan(50);
  expect(levelAt(20)).toBeLessThan(levelAt(400) - 2_000);
});

test("a tone whose item does not come is heard four times in every zone, one round right behind the other", async () => {
  const zones = ["z1", "z2", "z3", "z4"];
  stage = await Stage.open({ zones: zones.length });
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 1, noiseSeed: 7 }], "wav");
  const wish = { attentionTone: { gainCentiDb: 0 }, group: { id: 1, size: zones.length } };
  const plays = await Promise.all(
    zones.map((zoneId) => stage.play(path, "audio/wav", { zoneId, ...wish }, { stopsAfterBytes: 0 })),
  );
  for (const { ended } of plays) {
    expect(await ended).toMatchObject({ ending: "failed", code: "chunks-missing", framesPlayed: 0 });
  }
  const tone = attentionTone({ rateHz: 48_000, channels: 1 });
  for (const zone of zones) {
    const heard = await stage.card(zone).frames();
    const rounds = [0, 1, 2, 3].map((round) => heard.subarray(round * tone.length, (round + 1) * tone.length));
    expect(rounds.map((round) => sameSamples(round, tone))).toEqual([true, true, true, true]);
    expect(contentFrames(heard).toFrame).toBeLessThanOrEqual(4 * tone.length);
  }
});

test("a fade is let finish by the next item, and cut by a tone", async () => {
  stage = await Stage.open({ zones: 2 });
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 0.5, noiseSeed: 7 }], "wav");
  const long = stage.path("long.wav");
  await makeTestAudio(long, [{ seconds: 6, toneHz: 1_000 }], "wav");
  const endings: string[] = [];
  for (const [zoneId, attention] of [
    ["z1", undefined],
    ["z2", { gainCentiDb: 0 }],
  ] as const) {
    const { play, ended } = await stage.play(long, "audio/wav", { zoneId });
    await stage.untilSounding(play);
    await sleep(500);
    stage.thread.send({ kind: "stop", zoneId, fadeMs: 300 });
    const next = await stage.play(path, "audio/wav", { zoneId, attentionTone: attention });
    expect(await ended).toMatchObject({ ending: "stopped" });
    expect(await next.ended).toMatchObject({ ending: "drained", framesPlayed: 24_000 });
    endings.push(
      ...(await stage.card(zoneId).events()).map(({ event }) => event).filter((event) => event === "killed"),
    );
  }
  expect(endings).toEqual(["killed"]);
  const { toFrame } = contentFrames(await stage.card("z2").frames());
  const tone = attentionTone({ rateHz: 48_000, channels: 1 });
  const heard = (await stage.card("z2").frames()).subarray(toFrame - 24_000 - tone.length, toFrame - 24_000);
  expect(sameSamples(heard, tone)).toBe(true);
});
