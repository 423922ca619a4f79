import { expect, test } from "vitest";
import { contentFrames } from "../rig/listen.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, splitAtLastPlay } from "./support/hearing.ts";
import { publishSpoken, untilState } from "./support/orders.ts";
import { station } from "./support/station.ts";

const RESUMED_EARLIER_MS = 3_000;
const SAVED_EVERY_MS = 5_000;
/** An offset is saved with the next progress that the card makes. */
const PROGRESS_MS = 500;

test("killed in the middle of a play the agent goes on 3 s before its saved offset, while no broker answers", async () => {
  const commune = await station();
  const first = await commune.startSubscribed();
  const item = await commune.item([{ seconds: 9, noiseSeed: 21 }]);
  const bulletin = await publishSpoken(commune, item, {});
  await framesHeard(commune, "z1", 6.5 * testRateHz);
  await first.end("SIGKILL");
  const [open] = commune.rows<{ savedOffsetMs: number }>("SELECT * FROM plays");
  const savedMs = open?.savedOffsetMs ?? 0;
  expect(savedMs).toBeGreaterThan(SAVED_EVERY_MS - 2 * PROGRESS_MS);
  expect(savedMs).toBeLessThan(SAVED_EVERY_MS + 2 * PROGRESS_MS);

  await commune.bench.broker.stop();
  const agent = await commune.startAgent({ untilConnected: false });
  await agent.until("play.ended", (line) => line["id"] === bulletin.id);
  const fromMs = savedMs - RESUMED_EARLIER_MS;
  const rest = item.samples.subarray((fromMs * testRateHz) / 1_000);
  const { before, isWhole } = splitAtLastPlay(await commune.heard(), rest);
  expect(isWhole).toBe(true);
  const { frames: heardFrames } = contentFrames(before);
  expect(before.subarray(0, heardFrames)).toEqual(item.samples.subarray(0, heardFrames));
  await untilState(commune, bulletin, "done");

  const records = commune.records().filter(({ play }) => play !== undefined);
  expect(records).toMatchObject([
    { kind: "failed", code: "crash", offsetMs: 0, framesExact: false, strength: 1 },
    { kind: "played", play: 2, offsetMs: fromMs, framesPlayed: rest.length, framesExact: true },
  ]);
  // What it claims was heard: not more, and at most what was not saved yet less.
  const claimed = records[0]?.framesPlayed ?? 0;
  expect(claimed).toBeLessThanOrEqual(heardFrames);
  expect(heardFrames - claimed).toBeLessThanOrEqual(5.2 * testRateHz);
});
