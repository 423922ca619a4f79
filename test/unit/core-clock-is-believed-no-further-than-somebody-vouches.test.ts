import { describe, expect, test } from "vitest";
import {
  type ClockLook,
  type ClockMachine,
  hearAnswer,
  hearBeacon,
  observe,
  raiseFloor,
  readClock,
  SETTLES_AFTER_MS,
  savedFrom,
  troubleOf,
  wakeClock,
} from "../../src/core/clock-machine.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { NOW } from "../fakes/builders.ts";

const RULES = BUILT_IN_POLICY.clock;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SIX_YEARS_MS = 6 * 365 * DAY_MS;
const BOOT = { boot: "boot-1", hasHardwareClock: false };
const OTHER_BOOT = { boot: "boot-2", hasHardwareClock: false };

/** The machine's clocks `afterMs` later, the wall clock set by `setByMs`. */
function look(afterMs = 0, setByMs = 0, synchronised = true): ClockLook {
  return { synchronised, wallMs: NOW * 1000 + afterMs + setByMs, monotonicMs: 5_000 + afterMs };
}

const UNTIMED = wakeClock(undefined, undefined, look(), BOOT, RULES);

function see(machine: ClockMachine, ...looks: readonly ClockLook[]): ClockMachine {
  return looks.reduce((seen, one) => observe(seen, one, RULES, SETTLES_AFTER_MS), machine);
}

const SYNC = see(UNTIMED, look());

describe("a time service", () => {
  test("makes sync, that is settled after ten minutes", () => {
    expect(readClock(SYNC, look())).toEqual({ state: "sync", nowMs: NOW * 1000, unsettled: true });
    const later = look(SETTLES_AFTER_MS);
    expect(readClock(see(SYNC, later), later)).toEqual({ state: "sync", nowMs: later.wallMs });
  });

  test("that falls silent leaves hold for seven days, whatever the wall clock shows, and then nothing but floors", () => {
    const silent = look(6 * DAY_MS, -SIX_YEARS_MS, false);
    const held = readClock(see(SYNC, silent), silent);
    expect(held).toMatchObject({ state: "hold", nowMs: NOW * 1000 + 6 * DAY_MS, unsettled: true });
    expect(held.errorMs).toBeCloseTo(6 * DAY_MS * 1e-4, 0);
    const old = look(7 * DAY_MS + 1, -SIX_YEARS_MS, false);
    expect(readClock(see(SYNC, old), old)).toMatchObject({ state: "floor", nowMs: NOW * 1000 + 7 * DAY_MS + 1 });
  });

  test("that shows an earlier time than what was signed is not believed", () => {
    const floored = raiseFloor(UNTIMED, NOW + 1_000);
    const behind = look();
    expect(readClock(see(floored, behind), behind)).toMatchObject({ state: "floor", nowMs: (NOW + 1_000) * 1000 });
    expect(troubleOf(see(floored, behind), behind, RULES)).toBe("below-floor");
    const near = look(701_000);
    expect(readClock(see(floored, near), near).state).toBe("sync");
  });
});

describe("a step of the wall clock under a time service that stands by it", () => {
  test.each([1_000, -1_000])("of %i ms is followed at once", (byMs) => {
    const stepped = look(HOUR_MS, byMs);
    expect(readClock(see(SYNC, stepped), stepped)).toMatchObject({ state: "sync", nowMs: stepped.wallMs });
  });

  test.each([HOUR_MS, -HOUR_MS, SIX_YEARS_MS])("of %i ms is held off until it has stood for ten minutes", (byMs) => {
    const stepped = look(HOUR_MS, byMs);
    const held = see(SYNC, look(HOUR_MS), stepped);
    expect(readClock(held, stepped)).toMatchObject({ state: "hold", nowMs: NOW * 1000 + HOUR_MS, unsettled: true });
    expect(troubleOf(held, stepped, RULES)).toBe("stepped");
    const almost = look(HOUR_MS + SETTLES_AFTER_MS - 1, byMs);
    expect(readClock(see(held, almost), almost)).toMatchObject({ state: "hold", nowMs: almost.wallMs - byMs });
    const stood = look(HOUR_MS + SETTLES_AFTER_MS, byMs);
    expect(readClock(see(held, stood), stood)).toMatchObject({ state: "sync", nowMs: stood.wallMs, unsettled: true });
  });

  test("that is taken back leaves nothing behind", () => {
    const back = look(HOUR_MS + 1_000);
    expect(readClock(see(SYNC, look(HOUR_MS, SIX_YEARS_MS), back), back).state).toBe("sync");
  });
});

describe("a beacon", () => {
  const signed = (now: number, isFresh = true) => ({ issuer: "tinh-a", now, isFresh });

  test("five minutes away from the time service makes hold until the same issuer agrees again", () => {
    const doubted = see(hearBeacon(SYNC, signed(NOW + 301), look(), RULES), look(1));
    expect(readClock(doubted, look(1))).toMatchObject({ state: "hold", nowMs: NOW * 1000 + 1 });
    expect(troubleOf(doubted, look(1), RULES)).toBe("beacon");
    const other = hearBeacon(doubted, { ...signed(NOW), issuer: "xa-b" }, look(1), RULES);
    expect(see(other, look(2)).phase.name).toBe("hold");
    expect(see(hearBeacon(doubted, signed(NOW), look(1), RULES), look(2)).phase.name).toBe("sync");
  });

  test("that the broker kept for us may be old, and one that came just now may not", () => {
    expect(see(hearBeacon(SYNC, signed(NOW - 900, false), look(), RULES), look(1)).phase.name).toBe("sync");
    expect(see(hearBeacon(SYNC, signed(NOW - 900), look(), RULES), look(1)).phase.name).toBe("hold");
  });

  test("keeps a clock that was set from being believed, however long it stands so", () => {
    const stepped = look(HOUR_MS, SIX_YEARS_MS);
    const doubted = hearBeacon(see(SYNC, stepped), signed(NOW + 3_600), stepped, RULES);
    const later = look(HOUR_MS + DAY_MS, SIX_YEARS_MS);
    const held = see(doubted, later);
    expect(readClock(held, later)).toMatchObject({ state: "hold", nowMs: NOW * 1000 + HOUR_MS + DAY_MS });
  });
});

describe("after a start", () => {
  const saved = savedFrom(SYNC, look(HOUR_MS), BOOT.boot);

  test("of the agent alone, monotonic time tells what passed", () => {
    const now = look(2 * HOUR_MS, -SIX_YEARS_MS, false);
    const woken = wakeClock(saved, undefined, now, BOOT, RULES);
    expect(readClock(woken, now)).toMatchObject({ state: "hold", nowMs: NOW * 1000 + 2 * HOUR_MS });
  });

  test("of the machine, only a hardware clock does, and none that lost its battery", () => {
    const now = { ...look(2 * HOUR_MS, 0, false), monotonicMs: 900 };
    const lost = { ...now, wallMs: 0 };
    const clockOf = (machine: typeof BOOT, seen: ClockLook) =>
      readClock(wakeClock(saved, undefined, seen, machine, RULES), seen);
    expect(clockOf(OTHER_BOOT, now)).toMatchObject({ state: "floor" });
    const withBattery = { ...OTHER_BOOT, hasHardwareClock: true };
    expect(clockOf(withBattery, now)).toMatchObject({ state: "hold", nowMs: now.wallMs });
    expect(clockOf(withBattery, lost)).toMatchObject({ state: "floor", nowMs: saved?.wallMs });
    const late = { ...now, wallMs: NOW * 1000 + 8 * DAY_MS };
    expect(clockOf(withBattery, late)).toMatchObject({ state: "floor" });
  });

  test("without anything saved nothing is known; the next sync may lie before what was saved", () => {
    expect(readClock(UNTIMED, look(0, 0, false))).toMatchObject({ state: "none", nowMs: NOW * 1000 });
    const woken = wakeClock(saved, undefined, look(), OTHER_BOOT, RULES);
    const earlier = look(-HOUR_MS);
    expect(readClock(see(woken, earlier), earlier)).toMatchObject({ state: "sync", nowMs: earlier.wallMs });
  });
});

test("a signed answer is trusted as a hold, and a time service that contradicts it waits ten minutes", () => {
  const answered = hearAnswer(UNTIMED, { nowMs: NOW * 1000, errorMs: 40 }, look().monotonicMs);
  const unsure = look(1_000, -SIX_YEARS_MS, false);
  expect(readClock(see(answered, unsure), unsure)).toEqual({
    ...{ state: "hold", nowMs: NOW * 1000 + 1_000, errorMs: 40, unsettled: true },
  });
  const contradicting = look(1_000, HOUR_MS);
  expect(see(answered, contradicting).phase.name).toBe("hold");
  expect(see(answered, look(1_000)).phase.name).toBe("sync");
  expect(hearAnswer(SYNC, { nowMs: 0, errorMs: 1 }, 5_000)).toBe(SYNC);
});
