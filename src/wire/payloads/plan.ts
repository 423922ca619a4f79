import * as v from "valibot";
import { distinctList, integer, timeZone, unixSeconds } from "./members.ts";

/** 31 days. */
const startWithinSeconds = v.optional(integer(0, 2_678_400));

/** A day that is in the calendar: the 30th of February passes the pattern, not the calendar. */
function isCalendarDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

const calendarDay = v.pipe(
  v.string(),
  v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/),
  v.check(isCalendarDay, "no day of the calendar"),
);

export const plan = v.variant("kind", [
  v.object({ kind: v.literal("now"), startWithinSeconds }),
  v.object({ kind: v.literal("at"), at: unixSeconds, startWithinSeconds }),
  v.pipe(
    v.object({
      kind: v.literal("recurring"),
      timesOfDay: distinctList(v.pipe(v.string(), v.regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/)), 1, 24),
      weekdays: distinctList(integer(1, 7), 1, 7),
      from: calendarDay,
      until: calendarDay,
      timeZone,
      skipDates: distinctList(calendarDay, 0, 366),
      startWithinSeconds,
    }),
    v.check(({ from, until }) => from <= until, "until must not be before from"),
  ),
]);
