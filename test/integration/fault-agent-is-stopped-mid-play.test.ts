import { expect, test } from "vitest";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, splitAtLastPlay } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { station } from "./support/station.ts";

const OUTSTANDING_FRAMES = 9_600;

test("told to stop in the middle of a play the agent goes in good order, and plays an item that restarts from its start", async () => {
  const commune = await station();
  const { bytes, audio, samples } = await commune.item([{ seconds: 5, noiseSeed: 41 }]);
  const first = await commune.startAgent();
  await commune.broadcast(bytes, audio, { onPreempt: "restart" });
  await framesHeard(commune, "z1", 3.5 * testRateHz);

  const toldAtMs = performance.now();
  expect(await first.end("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(performance.now() - toldAtMs).toBeLessThan(5_000);
  expect(first.events("agent.stopped")).toHaveLength(1);
  expect(first.events("agent.part-failed")).toEqual([]);
  await commune.told("state", { state: "disconnected" });
  const { length: heardFrames } = await commune.heard();
  const [stopped, ...others] = commune.rows<{ framesPlayed: number }>("SELECT * FROM plays");
  expect(others).toEqual([]);
  expect(stopped).toMatchObject({ play: 1, outcome: "failed", code: "interrupted" });
  expect(stopped?.framesPlayed).toBeLessThanOrEqual(heardFrames);
  expect(stopped?.framesPlayed).toBeGreaterThanOrEqual(heardFrames - OUTSTANDING_FRAMES);
  expect(commune.rows("SELECT * FROM alarms WHERE state = 'raised'")).toEqual([]);

  const agent = await commune.startAgent();
  await agent.until("play.ended");
  const { before, isWhole } = splitAtLastPlay(await commune.heard(), samples);
  expect(isWhole).toBe(true);
  expect(before).toEqual(samples.subarray(0, heardFrames));
  const records = () => commune.archived().filter(({ play }) => play !== undefined);
  await until(() => records().length === 2, "both records at the desk");
  expect(records()).toMatchObject([
    { kind: "failed", code: "interrupted", play: 1, offsetMs: 0, framesPlayed: stopped?.framesPlayed },
    { kind: "played", play: 2, offsetMs: 0, framesPlayed: samples.length, framesExact: true },
  ]);
  expect(commune.rows("SELECT state FROM broadcasts")).toEqual([{ state: "done" }]);
});
