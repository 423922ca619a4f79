import { expect, test } from "vitest";
import { playGainCentiDb, toneGainCentiDb } from "../../src/core/gain.ts";
import type { BroadcastClass } from "../../src/domain/precedence.ts";
import { aBroadcast, anAudioFile } from "../fakes/builders.ts";

const ZONE = { gainCentiDb: -600, emergencyGainCentiDb: 0 };

function gainOf(
  loudness: number | undefined,
  peak: number | undefined,
  order = 0,
  playedAs: BroadcastClass = "routine",
) {
  const audio = anAudioFile({ loudnessCentiLufs: loudness, truePeakCentiDb: peak });
  return playGainCentiDb(aBroadcast({ audio, gainCentiDb: order }), playedAs, ZONE);
}

test.each([
  ["a file at the common loudness plays at the zone's gain", gainOf(-1_600, -300), -600],
  ["a quiet file is lifted, a loud one lowered: both arrive equally loud", gainOf(-2_300, -1_000), 100],
  ["a loud one is lowered", gainOf(-900, -100), -1_300],
  ["the order's own gain adds", gainOf(-1_600, -300, -250), -850],
  ["nothing is lifted so far that its true peak passes -1 dB", gainOf(-2_600, -300), 200],
  ["an unmeasured file is taken for full scale", gainOf(undefined, undefined), -600],
  ["of unknown peak, it is not lifted over -1 dB", gainOf(-3_000, undefined), -100],
  ["a file that measures like noise gets 20 dB and no more", gainOf(-7_000, -6_000), 1_400],
  ["an emergency plays at the zone's emergency gain", gainOf(-1_600, -300, 0, "emergency"), 0],
  ["and does not clip either", gainOf(-1_600, 0, 0, "emergency"), -100],
])("%s", (_name, gain, expected) => {
  expect(gain).toBe(expected);
});

test("the attention tone plays at the zone's gain for emergencies, and never clips", () => {
  expect(toneGainCentiDb({ emergencyGainCentiDb: -300 })).toBe(-300);
  expect(toneGainCentiDb({ emergencyGainCentiDb: 1_200 })).toBe(500);
});
