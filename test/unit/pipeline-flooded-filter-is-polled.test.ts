import { expect, test } from "vitest";
import type { DownTopic } from "../../src/domain/trust.ts";
import { FloodedFilters } from "../../src/pipeline/flooded-filters.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";

const ID = "01JD8Z6Q0X3V5K7M9N2P4R6S8T";
const ROUTINE: DownTopic = { kind: "broadcast", area: "commune-1", emergency: false, id: ID };
const EMERGENCY: DownTopic = { ...ROUTINE, emergency: true };
const EMERGENCIES = "loa/1/area/commune-1/emergency/+";
const BULLETINS = "loa/1/area/commune-1/broadcast/+";

function guarded() {
  const clock = new FakeClock();
  const timers = new FakeTimers(clock);
  const told: string[] = [];
  const filters = new FloodedFilters({
    clock,
    timers,
    log: new FakeLog(),
    leave: (filter) => told.push(`leave ${filter}`),
    poll: (filter) => told.push(`poll ${filter}`),
    listen: (filter) => told.push(`listen ${filter}`),
    began: () => told.push("began"),
    over: () => told.push("over"),
  });
  function taken(): string[] {
    return told.splice(0);
  }
  return { clock, timers, taken, filters };
}

function repeat(count: number, act: () => void): void {
  for (let n = 0; n < count; n += 1) act();
}

test("fifty without effect in a second are bad luck, and all of an area's items at once are none", () => {
  const { clock, filters, taken } = guarded();
  repeat(5, () => {
    repeat(50, () => filters.refused(ROUTINE));
    clock.advance(1_000);
  });
  let n = 0;
  repeat(1_000, () => filters.repeated(ROUTINE, `item ${n++}`));
  expect(taken()).toEqual([]);
  expect(filters.areAny).toBe(false);
});

test("a flooded filter is left once, whatever the broker had queued", () => {
  const { filters, taken } = guarded();
  repeat(500, () => filters.refused(ROUTINE));
  expect(taken()).toEqual([`leave ${BULLETINS}`, "began"]);
});

test("one item over and over is a flood too", () => {
  const { filters, taken } = guarded();
  repeat(51, () => filters.repeated(EMERGENCY, "one item"));
  expect(taken()).toEqual([`leave ${EMERGENCIES}`, "began"]);
});

test("what is urgent is polled four times a second, the rest every ten seconds, for a minute", () => {
  const { timers, filters, taken } = guarded();
  repeat(51, () => filters.refused(EMERGENCY));
  repeat(51, () => filters.refused(ROUTINE));
  taken();
  timers.advance(59_999);
  const polls = taken();
  expect(polls.filter((word) => word === `poll ${EMERGENCIES}`)).toHaveLength(239);
  expect(polls.filter((word) => word === `poll ${BULLETINS}`)).toHaveLength(5);
  timers.advance(1);
  expect(taken().filter((word) => !word.startsWith("poll"))).toEqual([`listen ${EMERGENCIES}`, `listen ${BULLETINS}`]);
});

test("what the broker retains of a flood is polled half as often each time, but every ten seconds", () => {
  const { timers, filters, taken } = guarded();
  repeat(51, () => filters.refused(EMERGENCY));
  for (const pollMs of [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
    taken();
    timers.advance(pollMs - 1);
    expect(taken()).toEqual([]);
    timers.advance(1);
    expect(taken()).toEqual([`poll ${EMERGENCIES}`]);
    timers.advance(1_000 - (pollMs % 1_000 || 1_000));
    repeat(51, () => filters.refused(EMERGENCY));
  }
});

test("it is over when the filter was listened to and quiet for a minute", () => {
  const { timers, filters, taken } = guarded();
  repeat(51, () => filters.refused(ROUTINE));
  timers.advance(60_000);
  taken();
  timers.advance(59_999);
  expect(taken()).toEqual([]);
  expect(filters.areAny).toBe(true);
  timers.advance(1);
  expect(taken()).toEqual(["over"]);
  expect(timers.armed).toBe(0);
});

test("a flood that goes on is left again as soon as it is listened to, and told once", () => {
  const { timers, filters, taken } = guarded();
  repeat(51, () => filters.refused(ROUTINE));
  timers.advance(60_000);
  taken();
  repeat(51, () => filters.refused(ROUTINE));
  timers.advance(59_999);
  expect(taken().filter((word) => !word.startsWith("poll"))).toEqual([`leave ${BULLETINS}`]);
});

test("a filter that somebody subscribed again meanwhile is left again", () => {
  const { timers, filters, taken } = guarded();
  repeat(51, () => filters.refused(ROUTINE));
  timers.advance(2_000);
  taken();
  repeat(51, () => filters.refused(ROUTINE));
  expect(taken()).toEqual([`leave ${BULLETINS}`]);
  filters.stop();
  expect(timers.armed).toBe(0);
});
