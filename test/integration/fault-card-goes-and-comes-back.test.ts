import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { contentFrames } from "../rig/listen.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, splitAtLastPlay } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { station } from "./support/station.ts";

/** What a sink may hold, handed over and never heard. */
const OUTSTANDING_FRAMES = 9_600;
/** In which an agent that tried by playing would have done so a few times. */
const AWAY_MS = 4_000;

test("missing, gone and stalled cards are told apart, told once, waited for, and play the item from its start", async () => {
  const commune = await station({ zones: { z1: [], z2: [], z3: [], z4: [] } });
  const agent = await commune.startAgent();
  const { bytes, audio, samples } = await commune.item([{ seconds: 2.5, noiseSeed: 1 }]);

  commune.card("z1").setFault("gone");
  const { id: itemId } = await commune.broadcast(bytes, audio);
  await framesHeard(commune, "z2", testRateHz);
  await framesHeard(commune, "z3", testRateHz);
  commune.card("z2").setFault("gone");
  commune.card("z3").setFault("stall");

  for (const zone of ["z1", "z2", "z3"]) {
    expect(await agent.until("play.failed", (line) => line["zone"] === zone)).toMatchObject({ code: "output" });
  }
  expect(await commune.told("alarm", { code: "output-missing", state: "raised" })).toMatchObject({
    severity: "critical",
  });
  expect(await commune.told("alarm", { code: "output-stalled", state: "raised" })).toMatchObject({
    severity: "critical",
  });
  await commune.told("state", { state: "alert" });

  // The zone whose card is well is not disturbed, and its good play says nothing about the others' cards.
  await agent.until("play.ended", (line) => line["zone"] === "z4");
  const { zones, alarms } = await agent.status();
  expect(zones.map(({ activity }) => activity)).toEqual(["faulted", "faulted", "faulted", "idle"]);
  expect(alarms.map(({ code }) => code).sort()).toEqual(["output-missing", "output-stalled"]);
  expect(contentFrames(await commune.heard("z1")).frames).toBe(0);

  // A card that stays away costs one record and one line, however often it is looked for.
  await sleep(AWAY_MS);
  expect(commune.rows("SELECT zone FROM plays WHERE outcome = 'failed' ORDER BY zone")).toEqual(
    ["z1", "z2", "z3"].map((zone) => ({ zone })),
  );
  expect(agent.events("play.failed")).toHaveLength(3);
  expect(agent.events("alarm.raised").filter(({ code }) => String(code).startsWith("output-"))).toHaveLength(3);

  for (const zone of ["z1", "z2", "z3"]) commune.card(zone).setFault(undefined);
  for (const zone of ["z1", "z2", "z3"]) await agent.until("play.ended", (line) => line["zone"] === zone);
  await commune.told("alarm", { code: "output-missing", state: "cleared" });
  await commune.told("alarm", { code: "output-stalled", state: "cleared" });
  await until(
    () => commune.archived().filter(({ kind }) => kind === "played").length === 4,
    "the records of all zones",
  );

  for (const zone of ["z1", "z2", "z3", "z4"]) {
    const { before, isWhole } = splitAtLastPlay(await commune.heard(zone), samples);
    expect(isWhole, `the last play in ${zone}`).toBe(true);
    const records = commune.archived().filter((line) => line.zone === zone && line.itemId === itemId);
    const last = records.at(-1);
    expect(last).toMatchObject({ kind: "played", framesPlayed: samples.length, framesExact: true, offsetMs: 0 });
    expect(records.map(({ play }) => play)).toEqual(records.map((_, index) => index + 1));
    const failed = records.slice(0, -1);
    for (const record of failed) expect(record).toMatchObject({ kind: "failed", code: "output", framesExact: false });
    const claimed = failed.reduce((frames, { framesPlayed = 0 }) => frames + framesPlayed, 0);
    expect(claimed, `claimed of what was heard in ${zone}`).toBeLessThanOrEqual(before.length);
    expect(claimed).toBeGreaterThanOrEqual(before.length - OUTSTANDING_FRAMES);
    expect(before).toEqual(samples.subarray(0, before.length));
  }
  expect(commune.rows("SELECT state, code FROM broadcasts")).toEqual([{ state: "done", code: null }]);
});
