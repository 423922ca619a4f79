import { expect, test } from "vitest";
import { instantOf } from "../../src/commands/desk-options.ts";
import { localTime } from "../../src/commands/moments.ts";

const VIETNAM = "Asia/Ho_Chi_Minh";
/** 06:30 on 27 November in Vietnam. */
const MORNING_MS = Date.UTC(2026, 10, 26, 23, 30);

test.each([
  ["17:00", "2026-11-27 17:00"],
  ["06:31", "2026-11-27 06:31"],
  ["06:30", "2026-11-28 06:30"],
  ["05:30", "2026-11-28 05:30"],
  ["2026-12-01T05:30", "2026-12-01 05:30"],
  ["2026-12-01 05:30", "2026-12-01 05:30"],
])("%s is %s in Vietnam", (text, local) => {
  const at = instantOf(text, VIETNAM, MORNING_MS);
  expect(localTime(at, VIETNAM)).toBe(local);
  expect(at * 1000).toBeGreaterThan(MORNING_MS);
});

test("where clocks change, a time has the offset of its own day", () => {
  expect(instantOf("2026-03-29T12:00", "Europe/Berlin", Date.UTC(2026, 2, 28))).toBe(Date.UTC(2026, 2, 29, 10) / 1000);
  expect(instantOf("2026-10-25T12:00", "Europe/Berlin", Date.UTC(2026, 9, 24))).toBe(Date.UTC(2026, 9, 25, 11) / 1000);
});

test.each(["24:00", "5:30", "2026-02-30T05:30", "2026-11-27T06:29", "2025-01-01T05:30", "tomorrow", "", "17:00:00"])(
  "%s is no time to come",
  (text) => {
    expect(() => instantOf(text, VIETNAM, MORNING_MS)).toThrow(/no time to come/);
  },
);

test("a time that the clocks skip is none", () => {
  expect(() => instantOf("2026-03-29T02:30", "Europe/Berlin", Date.UTC(2026, 2, 28))).toThrow(/no time to come/);
});
