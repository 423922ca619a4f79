import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { SystemChance } from "../../src/adapters/chance.ts";
import { SystemClock } from "../../src/adapters/system-clock.ts";
import { SystemTimers } from "../../src/adapters/timers.ts";
import type { Timers } from "../../src/domain/ports.ts";
import { FakeChance } from "../fakes/chance.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";

// One set of expectations for the real thing and for what stands in for it: a fake that drifts away fails here.

function realTime() {
  const log = new FakeLog();
  const timers = new SystemTimers(log);
  const pass = async (ms: number): Promise<void> => void (await sleep(ms));
  return { timers, pass, faults: () => log.lines.filter(({ event }) => event === "internal.fault").length };
}

function fakeTime() {
  const timers = new FakeTimers(new FakeClock());
  const pass = async (ms: number): Promise<void> => timers.advance(ms);
  return { timers, pass, faults: () => timers.faults.length };
}

describe.each([
  ["SystemTimers", realTime],
  ["FakeTimers", fakeTime],
])("%s", (_name, make) => {
  test("a delay fires once, never within the call, and not after cancel", async () => {
    const { timers, pass } = make();
    const fired: string[] = [];
    timers.after(0, () => fired.push("now"));
    timers.after(20, () => fired.push("soon"));
    const cancelled = timers.after(20, () => fired.push("never"));
    timers.after(10_000, () => fired.push("late")).cancel();
    expect(fired).toEqual([]);
    cancelled.cancel();
    cancelled.cancel();
    await pass(200);
    expect(fired).toEqual(["now", "soon"]);
  });

  test("delays fire in the order they fall due", async () => {
    const { timers, pass } = make();
    const fired: number[] = [];
    for (const ms of [60, 0, 30]) timers.after(ms, () => fired.push(ms));
    await pass(300);
    expect(fired).toEqual([0, 30, 60]);
  });

  test("an interval fires until it is cancelled, also by itself", async () => {
    const { timers, pass } = make();
    let count = 0;
    const interval = timers.every(10, () => {
      count += 1;
      if (count === 3) interval.cancel();
    });
    await pass(300);
    expect(count).toBe(3);
  });

  test("a throw is told and stops nothing", async () => {
    const { timers, pass, faults } = make();
    let count = 0;
    const interval = timers.every(10, () => {
      count += 1;
      throw new Error("ours");
    });
    timers.after(5, () => {
      throw new Error("ours too");
    });
    await pass(300);
    interval.cancel();
    expect(count).toBeGreaterThan(1);
    expect(faults()).toBe(count + 1);
  });
});

describe.each([
  [
    "SystemClock",
    async () => {
      let synchronised = false;
      // `after` of the clock's own timers, so that its next question comes when the test wants it.
      const questions: (() => void)[] = [];
      const timers: Timers = {
        after: (_ms, ask) => {
          questions.push(ask);
          return { cancel: () => {} };
        },
        every: () => ({ cancel: () => {} }),
      };
      const clock = new SystemClock("timesyncd", timers, new FakeLog(), () => synchronised);
      await clock.start();
      const pass = async (ms: number): Promise<void> => void (await sleep(ms));
      const become = async (state: "none" | "sync"): Promise<void> => {
        synchronised = state === "sync";
        questions.shift()?.();
        await sleep(0);
      };
      return { clock, become, pass };
    },
  ],
  [
    "FakeClock",
    async () => {
      const clock = new FakeClock(Date.UTC(2026, 0, 1), "none");
      return {
        clock,
        become: async (state: "none" | "sync") => clock.become(state),
        pass: async (ms: number) => clock.advance(ms),
      };
    },
  ],
])("%s", (_name, make) => {
  test("wall and monotonic time pass together", async () => {
    const { clock, pass } = await make();
    const [wall, monotonic] = [clock.read().nowMs, clock.monotonicMs()];
    await pass(50);
    expect(clock.monotonicMs() - monotonic).toBeGreaterThan(45);
    expect(clock.read().nowMs - wall).toBeGreaterThan(45);
  });

  test("listeners hear each change of state, once, when it is already true", async () => {
    const { clock, become } = await make();
    const heard: string[] = [];
    clock.onChange(() => heard.push(clock.read().state));
    clock.onChange(() => heard.push("second listener"));
    for (const state of ["none", "sync", "sync", "none"] as const) await become(state);
    expect(heard).toEqual(["sync", "second listener", "none", "second listener"]);
  });
});

describe.each([
  ["SystemChance", () => new SystemChance()],
  ["FakeChance", () => new FakeChance(7)],
])("%s", (_name, make) => {
  test("fractions fill [0, 1)", () => {
    const chance = make();
    const fractions = Array.from({ length: 2_000 }, () => chance.fraction());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(Math.min(...fractions)).toBeLessThan(0.02);
    expect(Math.max(...fractions)).toBeGreaterThan(0.98);
  });

  test("a ULID begins with its instant, sorts by it, and never comes twice", () => {
    const chance = make();
    const earlier = chance.ulid(1_469_918_176_385);
    expect(earlier).toMatch(/^01ARYZ6S41[0-9A-HJKMNP-TV-Z]{16}$/); // the instant of the ULID specification's example
    expect(chance.ulid(1_469_918_176_386) > earlier).toBe(true);
    expect(new Set(Array.from({ length: 1_000 }, () => chance.ulid(0))).size).toBe(1_000);
  });
});
