import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { cutIntoChunks } from "../../src/desk/chunks.ts";
import { CHUNK_BYTES } from "../../src/domain/broadcast.ts";
import { chunkTopic } from "../../src/wire/topics.ts";
import { align } from "../rig/align.ts";
import { slowFsyncEnvironment } from "../rig/build.ts";
import { until } from "./support/link.ts";
import { audioFile, station } from "./support/station.ts";

const FSYNC_DELAY_MS = 500;
const BYTES_PER_SECOND = 2 * 1024 * 1024;
const OTHER_BYTES = 8 * BYTES_PER_SECOND;

test("with every fsync 500 ms late and 2 MB/s of other audio coming in, no frame and no order is lost", async () => {
  const commune = await station();
  const { bytes, audio, samples } = await commune.item([{ seconds: 6, noiseSeed: 71 }]);
  // Taken in on a good day, so that only the play is on the slow flash.
  commune.card().setFault("gone");
  const before = await commune.startAgent();
  const { id: heardId } = await commune.broadcast(bytes, audio);
  await before.until("play.failed");
  await before.end();
  commune.card().setFault(undefined);

  const agent = await commune.startAgent({ environment: await slowFsyncEnvironment(FSYNC_DELAY_MS) });
  await agent.until("play.started");

  const other = randomBytes(OTHER_BYTES);
  const file = audioFile(other, "audio/wav", 80_000);
  const waiting = commune.order(file);
  await commune.publishOrder(waiting, commune.signed(waiting), false);
  const startedAtMs = performance.now();
  let sentBytes = 0;
  const isPlaying = () => agent.events("play.ended").length === 0;
  for (const [n, chunk] of cutIntoChunks(other).entries()) {
    if (!isPlaying()) break;
    await commune.publish(chunkTopic(file.hash, n), chunk);
    sentBytes += CHUNK_BYTES;
    await sleep(Math.max(0, (sentBytes / BYTES_PER_SECOND) * 1_000 - (performance.now() - startedAtMs)));
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  expect(sentBytes / seconds).toBeGreaterThan(0.5 * BYTES_PER_SECOND); // else nothing was tried
  const ended = await agent.until("play.ended");

  // Underruns are the bench's to count: here a busy machine may cost one, and still not a frame.
  expect(ended).toMatchObject({ id: heardId, outcome: "played", framesPlayed: samples.length });
  expect((await commune.card().events()).filter(({ event }) => event === "open")).toHaveLength(1);
  expect(align(await commune.heard(), samples)).toEqual({
    lag: 0,
    lostFrames: 0,
    doubledFrames: 0,
    unmatchedFrames: 0,
    normalizedError: 0,
  });
  await agent.until("order.accepted", ({ id }) => id === waiting.id);
  const states = () => commune.rows<{ id: string; state: string }>("SELECT id, state FROM broadcasts ORDER BY item");
  // The log line goes out before the slow disk has the item's last state.
  await until(() => states()[0]?.state === "done", "the item to be done");
  expect(states()).toEqual([
    { id: heardId, state: "done" },
    { id: waiting.id, state: "fetching" },
  ]);
  expect(agent.process.exitCode).toBeNull();
});
