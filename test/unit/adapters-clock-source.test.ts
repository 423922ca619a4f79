import { describe, expect, test } from "vitest";
import { isSynchronisedTracking, SystemClock } from "../../src/adapters/system-clock.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";

const TRACKING =
  "CB00710F,ntp.example.org,2,1795490421.123,0.000012,-0.000011,0.0001,-12.3,0.001,0.02,0.03,0.001,64.2,Normal";

describe("chronyc's tracking line", () => {
  test.each([
    ["synchronised", TRACKING, true],
    ["a leap second announced", TRACKING.replace("Normal", "Insert second"), true],
    ["not synchronised", TRACKING.replace("Normal", "Not synchronised"), false],
    ["no source", "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised", false],
    ["an error text", "506 Cannot talk to daemon", false],
    ["nothing", "", false],
  ])("%s", (_what, line, synchronised) => {
    expect(isSynchronisedTracking(`${line}\n`)).toBe(synchronised);
  });
});

describe("the clock asks its source", () => {
  function clockThatAsks(ask: () => boolean) {
    const log = new FakeLog();
    const timers = new FakeTimers(new FakeClock());
    const pass = async (ms: number): Promise<void> => {
      timers.advance(ms);
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    };
    return { clock: new SystemClock("timesyncd", timers, log, ask), timers, log, pass };
  }

  test("often while it has no time, once a minute afterwards, and not after stop", async () => {
    let asked = 0;
    const { clock, timers, pass } = clockThatAsks(() => {
      asked += 1;
      return asked > 3;
    });
    await clock.start();
    for (let second = 0; second < 6; second += 1) await pass(1_000);
    expect(asked).toBe(4);
    expect(clock.read().state).toBe("sync");
    await pass(59_000);
    expect(asked).toBe(4);
    await pass(1_000);
    expect(asked).toBe(5);
    clock.stop();
    clock.stop();
    expect(timers.armed).toBe(0);
  });

  test("and takes a source that fails for no time, told once", async () => {
    const { clock, log, pass } = clockThatAsks(() => {
      throw new Error("chronyc: not found");
    });
    await clock.start();
    for (let second = 0; second < 10; second += 1) await pass(2_000);
    expect(clock.read().state).toBe("none");
    expect(log.events()).toEqual(["clock.unreadable"]);
  });
});
