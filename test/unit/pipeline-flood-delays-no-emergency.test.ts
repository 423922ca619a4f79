import { expect, test } from "vitest";
import type { InboundMessage } from "../../src/domain/ports.ts";
import type { DownTopic } from "../../src/domain/trust.ts";
import { FloodGuard } from "../../src/pipeline/flood-guard.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeTimers } from "../fakes/timers.ts";

const KID = "ajgD1fBZkCocba-8m6Rykg";
const ROUTINE: DownTopic = { kind: "broadcast", area: "commune-1", emergency: false, id: "x" };
const EMERGENCY: DownTopic = { ...ROUTINE, emergency: true };

function guarded() {
  const clock = new FakeClock();
  const timers = new FakeTimers(clock);
  const told: string[] = [];
  const checked: string[] = [];
  const flood = new FloodGuard({
    clock,
    timers,
    check: ({ topic }) => checked.push(topic),
    began: () => told.push("began"),
    over: (hasForgotten) => told.push(hasForgotten ? "over, forgotten" : "over"),
    storageFailed: (error) => {
      throw error;
    },
  });
  flood.start();
  told.length = 0;
  return { clock, timers, told, checked, flood };
}

function message(topic: string): InboundMessage {
  return { topic, payload: Uint8Array.of(1), retained: true };
}

function forge(flood: FloodGuard, count: number, kid = KID): void {
  for (let n = 0; n < count; n += 1) flood.refused(kid);
}

test("twenty in a second are bad luck, one more is a flood; slower ones never are", () => {
  const { clock, flood, told } = guarded();
  for (let second = 0; second < 5; second += 1) {
    forge(flood, 20);
    clock.advance(1_000);
  }
  expect(told).toEqual([]);
  expect(flood.putLast(KID, ROUTINE, message("a"))).toBe(false);
  forge(flood, 21);
  expect(told).toEqual(["began"]);
});

test("under the flooded name only what is no emergency is put last, and it is checked as soon as there is a turn", () => {
  const { timers, flood, checked } = guarded();
  forge(flood, 21);
  expect(flood.putLast(KID, EMERGENCY, message("emergency"))).toBe(false);
  expect(flood.putLast("another kid", ROUTINE, message("other"))).toBe(false);
  expect(flood.putLast(KID, ROUTINE, message("first"))).toBe(true);
  expect(flood.putLast(KID, ROUTINE, message("second"))).toBe(true);
  expect(checked).toEqual([]);
  timers.advance(0);
  timers.advance(0);
  expect(checked).toEqual(["first", "second"]);
});

test("a minute after the last forgery it is over, and what there was no room for is asked for again", () => {
  const { timers, flood, told, checked } = guarded();
  forge(flood, 21);
  for (let n = 0; n < 100; n += 1) flood.putLast(KID, ROUTINE, message(String(n)));
  timers.advance(59_000);
  flood.refused(KID);
  timers.advance(59_000);
  expect(told).toEqual(["began"]);
  expect(checked).toHaveLength(64);
  timers.advance(2_000);
  expect(told).toEqual(["began", "over, forgotten"]);
  expect(flood.putLast(KID, ROUTINE, message("later"))).toBe(false);
  expect(timers.armed).toBe(0);
});
