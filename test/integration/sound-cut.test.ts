import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { align } from "../rig/align.ts";
import { contentFrames, heardTones } from "../rig/listen.ts";
import { makeTestAudio } from "../rig/test-audio.ts";
import { childrenLeft, Stage, WIDE_SINK } from "./sound-stage.ts";

const mostOutstandingFrames = 9600;

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open({ zones: 2 });
});

afterEach(async () => {
  await stage.close();
  expect(childrenLeft()).toEqual([]);
});

test("a stop is silent at once and tells at most 200 ms less than was heard, never more", async () => {
  const path = stage.path("item.wav");
  const reference = await makeTestAudio(path, [{ seconds: 6, noiseSeed: 7 }], "wav");
  const silentAfterMs: number[] = [];
  for (const afterMs of [30, 400, 1730]) {
    const before = (await stage.card().frames()).length;
    const { play, ended } = await stage.play(path, "audio/wav");
    await stage.untilSounding(play);
    await sleep(afterMs);
    const askedAtMs = Date.now();
    stage.thread.send({ kind: "stop", zoneId: "z1" });
    const end = await ended;
    expect(end).toMatchObject({ ending: "stopped", framesExact: false });

    const heard = (await stage.card().frames()).subarray(before);
    expect(heard).toEqual(reference.subarray(0, heard.length));
    expect(end.framesPlayed).toBeLessThanOrEqual(heard.length);
    expect(end.framesPlayed).toBeGreaterThanOrEqual(heard.length - mostOutstandingFrames);
    const last = (await stage.card().events()).findLast(({ event }) => event === "killed");
    silentAfterMs.push((last?.atMs ?? Number.NaN) - askedAtMs);
  }
  // Silent at once: had the sink drained, 150 ms more would have been heard. A busy machine may be late, but not each time.
  expect(Math.min(...silentAfterMs)).toBeLessThan(100);
});

test("a start over a running play cuts it: its end is told before the new start, and one tone follows the other", async () => {
  const [noon, siren] = [stage.path("noon.wav"), stage.path("siren.wav")];
  await makeTestAudio(noon, [{ seconds: 6, toneHz: 440 }], "wav");
  await makeTestAudio(siren, [{ seconds: 1, toneHz: 1000 }], "wav");
  const first = await stage.play(noon, "audio/wav");
  await stage.untilSounding(first.play);
  await sleep(600);
  const second = await stage.play(siren, "audio/wav");
  expect(await first.ended).toMatchObject({ ending: "stopped" });
  expect(await second.ended).toMatchObject({ ending: "drained", framesPlayed: 48_000, framesExact: true });

  const order = stage.events.filter(({ kind }) => kind === "started" || kind === "ended");
  expect(order.map(({ kind, play }) => `${kind} ${play}`)).toEqual(["started 1", "ended 1", "started 2", "ended 2"]);
  const heard = await stage.card().frames();
  expect(heardTones(heard, 48_000, [440, 1000]).map(({ toneHz }) => toneHz)).toEqual([440, 1000]);
  expect(contentFrames(heard).toFrame).toBeLessThanOrEqual(heard.length);
});

test("starts that overtake each other leave only the last one to be heard", async () => {
  const [noon, siren] = [stage.path("noon.wav"), stage.path("siren.wav")];
  await makeTestAudio(noon, [{ seconds: 6, toneHz: 440 }], "wav");
  await makeTestAudio(siren, [{ seconds: 0.5, toneHz: 1000 }], "wav");
  const overtaken = await Promise.all([1, 2, 3, 4].map(() => stage.play(noon, "audio/wav")));
  const last = await stage.play(siren, "audio/wav");
  for (const { ended } of overtaken) expect(await ended).toMatchObject({ ending: "stopped", framesPlayed: 0 });
  expect(await last.ended).toMatchObject({ ending: "drained", framesPlayed: 24_000 });
  expect(heardTones(await stage.card().frames(), 48_000, [440, 1000]).map(({ toneHz }) => toneHz)).toEqual([1000]);
});

test("a stop while it drains cuts what is left", async () => {
  await stage.close();
  stage = await Stage.open({ sink: WIDE_SINK });
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 0.9, noiseSeed: 7 }], "wav");
  const { play, ended } = await stage.play(path, "audio/wav");
  await stage.untilSounding(play);
  await sleep(90);
  stage.thread.send({ kind: "stop", zoneId: "z1" });
  expect(await ended).toMatchObject({ ending: "stopped", framesExact: false });
  expect((await stage.card().frames()).length).toBeLessThan(43_200);
});

test("zones are independent: a cut in one leaves not a frame of the other out", async () => {
  const path = stage.path("item.opus");
  await makeTestAudio(path, [{ seconds: 2, noiseSeed: 7 }], "opus");
  const [cut, whole] = [
    await stage.play(path, "audio/ogg", { zoneId: "z1" }),
    await stage.play(path, "audio/ogg", { zoneId: "z2" }),
  ];
  await stage.untilSounding(cut.play);
  stage.thread.send({ kind: "stop", zoneId: "z1" });
  expect(await cut.ended).toMatchObject({ ending: "stopped" });
  expect(await whole.ended).toMatchObject({ ending: "drained", framesPlayed: 96_000, framesExact: true });
  const [one, two] = [await stage.card("z1").frames(), await stage.card("z2").frames()];
  expect(one.length).toBeLessThan(two.length);
  expect(align(two, one).lostFrames).toBe(0);
});

test("an abort ends the play with the reason given", async () => {
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 6, toneHz: 440 }], "wav");
  const { play, ended } = await stage.play(path, "audio/wav");
  await stage.untilSounding(play);
  stage.thread.send({ kind: "abort", play, code: "hash" });
  expect(await ended).toMatchObject({ ending: "failed", code: "hash" });
});

test("a stop of the thread ends every play and every child, twice asked once done", async () => {
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 6, toneHz: 440 }], "wav");
  const [one, two] = [await stage.play(path, "audio/wav"), await stage.play(path, "audio/wav", { zoneId: "z2" })];
  await stage.untilSounding(one.play);
  await Promise.all([stage.thread.stop(), stage.thread.stop()]);
  expect(childrenLeft()).toEqual([]);
  expect((await one.ended).ending).toBe("stopped");
  expect((await two.ended).ending).toBe("stopped");
  const late = await stage.play(path, "audio/wav");
  expect(await late.ended).toMatchObject({ ending: "failed", framesPlayed: 0 });
});
