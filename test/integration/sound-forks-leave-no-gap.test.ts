import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { attentionTone } from "../../src/sound/attention-tone.ts";
import { monotonicMs } from "../../src/sound/monotonic.ts";
import { slowExecEnvironment } from "../rig/build.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, sameSamples } from "./support/hearing.ts";
import { station } from "./support/station.ts";

const ZONES = ["z1", "z2", "z3", "z4"];
/** Four of them in a row are all that a sink has. */
const FORK_MS = 50;
const TONE = attentionTone({ rateHz: testRateHz, channels: 1 });

test("the tone of a cut in four zones has no gap where each fork holds the sound thread up for 50 ms, and its speech follows", async () => {
  const commune = await station({ zones: Object.fromEntries(ZONES.map((zone) => [zone, []])) });
  const agent = await commune.startAgent({ environment: await slowExecEnvironment(FORK_MS) });
  const bulletin = await commune.item([{ seconds: 30, noiseSeed: 1 }]);
  const warning = await commune.item([{ seconds: 1, noiseSeed: 2 }]);
  await commune.broadcast(bulletin.bytes, bulletin.audio, { onPreempt: "drop" });
  for (const zone of ZONES) await framesHeard(commune, zone, testRateHz);
  await sleep(1_000); // so that a sink waits in each again
  const publishedAtMs = monotonicMs();
  const { id } = await commune.broadcast(warning.bytes, warning.audio, { class: "emergency", severity: 2 });
  for (const zone of ZONES) {
    await agent.until("play.ended", (line) => line["id"] === id && line["zone"] === zone);
  }

  let underruns = 0;
  for (const zone of ZONES) {
    const events = await commune.card(zone).events();
    const cut = events.slice(events.findIndex(({ event, monotonicMs: at }) => event === "open" && at > publishedAtMs));
    underruns += cut.filter(({ event }) => event === "underrun").length;
    const heard = (await commune.heard(zone)).subarray(cut.find(({ event }) => event === "start")?.frame);
    expect(sameSamples(heard.subarray(0, TONE.length), TONE)).toBe(true);
    expect(sameSamples(heard.subarray(TONE.length, TONE.length + testRateHz), warning.samples)).toBe(true);
  }
  // A busy machine may cost one; forks in a row cost one in each zone.
  expect(underruns).toBeLessThanOrEqual(1);
});
