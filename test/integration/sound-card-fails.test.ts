import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { monotonicMs } from "../../src/sound/monotonic.ts";
import { contentFrames } from "../rig/listen.ts";
import { makeTestAudio } from "../rig/test-audio.ts";
import { childrenLeft, Stage, WIDE_SINK } from "./sound-stage.ts";

const mostOutstandingFrames = 9600;

let stage: Stage;

afterEach(async () => {
  await stage.close();
  expect(childrenLeft()).toEqual([]);
});

async function item(seconds = 6): Promise<string> {
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds, noiseSeed: 3 }], "wav");
  return path;
}

test("a busy card is told from a missing one, and both are played on once they are back", async () => {
  stage = await Stage.open();
  const path = await item(0.3);
  stage.card().setFault("busy");
  expect(await (await stage.play(path, "audio/wav")).ended).toMatchObject({
    ending: "failed",
    code: "output",
    outputFault: "busy",
    framesPlayed: 0,
  });
  stage.card().setFault("gone");
  expect(await (await stage.play(path, "audio/wav")).ended).toMatchObject({
    ending: "failed",
    code: "output",
    outputFault: "missing",
    framesPlayed: 0,
  });
  expect(stage.of("started")).toEqual([]);
  stage.card().setFault(undefined);
  expect(await (await stage.play(path, "audio/wav")).ended).toMatchObject({ ending: "drained", framesPlayed: 14_400 });
});

test("a card that was never there is missing, and named", async () => {
  stage = await Stage.open({ sink: { device: "plughw:CARD=Nowhere,DEV=0" } });
  const ended = await (await stage.play(await item(0.3), "audio/wav")).ended;
  expect(ended).toMatchObject({ ending: "failed", code: "output", outputFault: "missing" });
  expect(ended.detail).toContain("CARD=Nowhere");
});

test("a card gone mid-play ends the play at once, with what was heard until then", async () => {
  stage = await Stage.open();
  const { play, ended } = await stage.play(await item(), "audio/wav");
  await stage.untilSounding(play);
  await sleep(1500);
  const goneAtMs = monotonicMs();
  stage.card().setFault("gone");
  const end = await ended;
  expect(end).toMatchObject({ ending: "failed", code: "output", outputFault: "missing", framesExact: false });
  expect(end.monotonicMs - goneAtMs).toBeLessThan(1000);
  const heard = (await stage.card().frames()).length;
  expect(end.framesPlayed).toBeLessThanOrEqual(heard);
  expect(end.framesPlayed).toBeGreaterThanOrEqual(heard - mostOutstandingFrames);
});

test.each([
  ["mid-play", 1500],
  ["while it opens", -1],
])("a card that stands still %s is noticed within 2 s", async (_, afterMs) => {
  stage = await Stage.open();
  const path = await item();
  if (afterMs < 0) stage.card().setFault("stall");
  const { play, ended } = await stage.play(path, "audio/wav");
  if (afterMs > 0) {
    await stage.untilSounding(play);
    await sleep(afterMs);
    stage.card().setFault("stall");
  } else {
    await stage.card().until("stall");
  }
  const stalledAtMs = monotonicMs();
  const end = await ended;
  expect(end).toMatchObject({ ending: "failed", code: "output", outputFault: "stalled", framesExact: false });
  expect(end.monotonicMs - stalledAtMs).toBeLessThan(2000);
  const heard = (await stage.card().frames()).length;
  expect(end.framesPlayed).toBeLessThanOrEqual(heard);
  expect(end.framesPlayed).toBeGreaterThanOrEqual(heard - mostOutstandingFrames);
});

test("a card that stands still while it drains is noticed too", async () => {
  stage = await Stage.open({ sink: WIDE_SINK });
  const { play, ended } = await stage.play(await item(0.9), "audio/wav");
  await stage.untilSounding(play);
  stage.card().setFault("stall");
  expect(await ended).toMatchObject({ ending: "failed", code: "output", outputFault: "stalled", framesExact: false });
});

test("a short standstill is no failure: the item goes on where it stood", async () => {
  stage = await Stage.open();
  const { play, ended } = await stage.play(await item(2), "audio/wav");
  await stage.untilSounding(play);
  await sleep(500);
  stage.card().setFault("stall");
  await sleep(600);
  stage.card().setFault(undefined);
  expect(await ended).toMatchObject({ ending: "drained", framesPlayed: 96_000, framesExact: false });
  expect(contentFrames(await stage.card().frames()).frames).toBe(96_000);
});

test("without aplay every play fails with a reason", async () => {
  stage = await Stage.open({ aplayPath: "/nowhere/aplay" });
  const ended = await (await stage.play(await item(0.3), "audio/wav")).ended;
  expect(ended).toMatchObject({ ending: "failed", code: "output", framesPlayed: 0 });
  expect(ended.detail).toContain("/nowhere/aplay");
});

test("a zone this box does not have is refused", async () => {
  stage = await Stage.open();
  const ended = await (await stage.play(await item(0.3), "audio/wav", { zoneId: "z9" })).ended;
  expect(ended).toMatchObject({ ending: "failed", code: "output" });
  expect(ended.detail).toContain("z9");
});
