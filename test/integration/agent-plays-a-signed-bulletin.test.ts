import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { contentFrames } from "../rig/listen.ts";
import { makeTestAudio } from "../rig/test-audio.ts";
import { until } from "./support/link.ts";
import { audioFile, station } from "./support/station.ts";

test("a signed item is heard whole, and its record is verified at the desk", async () => {
  const commune = await station();
  const file = path.join(commune.folder, "tone.wav");
  await makeTestAudio(file, [{ toneHz: 440, seconds: 3 }], "wav");
  const agent = await commune.startAgent();

  const bytes = readFileSync(file);
  const order = await commune.broadcast(bytes, audioFile(bytes, "audio/wav", 3_000));
  await agent.until("play.ended");
  expect(contentFrames(await commune.heard()).frames).toBe(144_000);

  await until(() => commune.archived().some(({ kind }) => kind === "played"), "the record at the desk");
  const played = commune.archived().filter(({ kind }) => kind === "played");
  expect(played).toMatchObject([{ itemId: order.id, zone: "z1", play: 1, framesPlayed: 144_000, framesExact: true }]);
  expect(commune.rows("SELECT state FROM broadcasts")).toEqual([{ state: "done" }]);
});
