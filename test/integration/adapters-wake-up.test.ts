import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ScheduledWakeUp } from "../../src/adapters/scheduled-wake-up.ts";
import { SystemClock } from "../../src/adapters/system-clock.ts";
import { SystemTimers } from "../../src/adapters/timers.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";
import { FakeWakeUp } from "../fakes/wake-up.ts";
import { until } from "./support/link.ts";

const HOUR_MS = 3_600_000;
const STEP_MS = 10;

/** Real time, real node-schedule, and a wall clock that somebody sets, for both of us. */
function realTime() {
  const log = new FakeLog();
  const timers = new SystemTimers(log);
  const clock = new SystemClock("assumed", timers, log);
  const wakeUp = new ScheduledWakeUp(clock, timers, log);
  const unset = Date.now.bind(Date);
  let steppedMs = 0;
  const now = vi.spyOn(Date, "now").mockImplementation(() => unset() + steppedMs);
  onTestFinished(() => {
    wakeUp.disarm();
    now.mockRestore();
  });
  const step = (ms: number): void => {
    steppedMs += ms;
  };
  // In steps: what is due when the machine has stood still, and what that arms for soon after, has its turn before we go on.
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) await sleep(STEP_MS);
  };
  return { log, timers, wakeUp, step, nowMs: () => clock.read().nowMs, pass };
}

function fakeTime() {
  const clock = new FakeClock();
  const timers = new FakeTimers(clock);
  return {
    wakeUp: new FakeWakeUp(clock, timers),
    step: (ms: number) => clock.step(ms),
    nowMs: () => clock.read().nowMs,
    pass: async (ms: number) => timers.advance(ms),
  };
}

describe.each([
  ["ScheduledWakeUp", realTime],
  ["FakeWakeUp", fakeTime],
])("%s", (_name, make) => {
  test("fires at its instant, once, and not before", async () => {
    const { wakeUp, nowMs, pass } = make();
    const fired: number[] = [];
    const atMs = nowMs() + 300;
    wakeUp.arm(atMs, () => fired.push(nowMs()));
    await pass(600);
    expect(fired).toHaveLength(1);
    expect(fired[0]).toBeGreaterThanOrEqual(atMs);
  });

  test("an instant already past fires at once, but not within the call", async () => {
    const { wakeUp, nowMs, pass } = make();
    let fired = 0;
    const fire = (): void => {
      fired += 1;
    };
    wakeUp.arm(nowMs() - HOUR_MS, fire);
    expect(fired).toBe(0);
    await pass(100);
    expect(fired).toBe(1);
    wakeUp.arm(nowMs(), fire);
    await pass(100);
    expect(fired).toBe(2);
  });

  test("arming again replaces, disarming cancels, and the callback may arm the next", async () => {
    const { wakeUp, nowMs, pass } = make();
    const fired: string[] = [];
    wakeUp.arm(nowMs() + 50, () => fired.push("replaced"));
    wakeUp.arm(nowMs() + 100, () => {
      fired.push("first");
      wakeUp.arm(nowMs() + 50, () => fired.push("second"));
    });
    await pass(400);
    wakeUp.arm(nowMs() + 50, () => fired.push("disarmed"));
    wakeUp.arm(nowMs() - 50, () => fired.push("disarmed before it could"));
    wakeUp.disarm();
    wakeUp.disarm();
    await pass(300);
    expect(fired).toEqual(["first", "second"]);
  });

  test("when the clock is set ahead over the instant it fires within the second", async () => {
    const { wakeUp, step, nowMs, pass } = make();
    let fired = 0;
    wakeUp.arm(nowMs() + HOUR_MS, () => {
      fired += 1;
    });
    await pass(50);
    step(HOUR_MS + 1);
    await pass(1_500);
    expect(fired).toBe(1);
  });

  test("when the clock is set back it waits for the instant as it is now; cancelled then, it never fires", async () => {
    const { wakeUp, step, nowMs, pass } = make();
    const fired: number[] = [];
    const atMs = nowMs() + 1_200;
    wakeUp.arm(atMs, () => fired.push(nowMs()));
    step(-1_500);
    await pass(3_500);
    expect(fired).toHaveLength(1);
    expect(fired[0]).toBeGreaterThanOrEqual(atMs);

    wakeUp.arm(nowMs() + 1_200, () => fired.push(nowMs()));
    step(-HOUR_MS);
    await pass(1_100);
    wakeUp.disarm();
    step(2 * HOUR_MS);
    await pass(300);
    expect(fired).toHaveLength(1);
  });
});

test("a job that node-schedule armed again behind our back does not fire after disarm", async () => {
  const { wakeUp, step, nowMs, pass } = realTime();
  const fired: number[] = [];
  wakeUp.arm(nowMs() + 200, () => fired.push(nowMs()));
  step(-1_500); // so that its timer comes too early and it makes another one, which its cancel does not know
  await pass(400);
  wakeUp.disarm();
  await pass(1_800);
  expect(fired).toEqual([]);
});

test("where time goes on by the monotonic clock, a wall clock that is set back delays nothing", async () => {
  const { log, timers, step, pass } = realTime();
  const held = new FakeClock();
  const beganMs = performance.now();
  const passedMs = () => performance.now() - beganMs;
  const inHold = {
    read: () => ({ ...held.read(), state: "hold" as const, nowMs: held.read().nowMs + passedMs() }),
    monotonicMs: passedMs,
    onChange: () => {},
  };
  const wakeUp = new ScheduledWakeUp(inHold, timers, log);
  onTestFinished(() => wakeUp.disarm());
  let firedAfterMs: number | undefined;
  wakeUp.arm(inHold.read().nowMs + 2_500, () => {
    firedAfterMs = passedMs();
  });
  await pass(100);
  step(-HOUR_MS);
  await until(() => firedAfterMs !== undefined, "the instant", 10_000);
  expect(firedAfterMs).toBeGreaterThanOrEqual(2_500);
  expect(firedAfterMs).toBeLessThan(4_000);
});

test("a callback that throws is told in the log", async () => {
  const log = new FakeLog();
  const timers = new SystemTimers(log);
  const clock = new SystemClock("assumed", timers, log);
  const wakeUp = new ScheduledWakeUp(clock, timers, log);
  const thrown = { event: "internal.fault", fields: { error: expect.objectContaining({ message: "ours" }) } };
  wakeUp.arm(clock.read().nowMs + 30, () => {
    throw new Error("ours");
  });
  await until(() => log.lines.length > 0, "it to be told");
  expect(log.lines).toEqual([expect.objectContaining(thrown)]);
});
