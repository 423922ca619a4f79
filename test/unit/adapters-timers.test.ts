import { expect, onTestFinished, test, vi } from "vitest";
import { SystemTimers } from "../../src/adapters/timers.ts";
import { FakeLog } from "../fakes/log.ts";

const DAY_MS = 86_400_000;

test("a delay that is longer than Node can wait is waited for, once, and can be cancelled", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const timers = new SystemTimers(new FakeLog());
  const ran: string[] = [];
  timers.after(60 * DAY_MS, () => ran.push("waited for"));
  const cancelled = timers.after(60 * DAY_MS, () => ran.push("cancelled"));
  vi.advanceTimersByTime(59 * DAY_MS);
  expect(ran).toEqual([]);
  cancelled.cancel();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(ran).toEqual(["waited for"]);
});
