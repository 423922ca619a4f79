import { isTimeZone, type Milliseconds, type UnixMs, type UnixSeconds } from "../domain/time.ts";
import { say } from "../texts/say.ts";

/**
 * By whose clocks times are told: the territory's, so that box and office read the same hour whatever `TZ` their machines have; the
 * machine's own where no territory is known.
 */
export interface Clocks {
  /** An IANA name that this Node knows. */
  readonly timeZone: string;
  /** Lines that have to stand beside the times; none where they are the territory's. */
  readonly notice: readonly string[];
}

/** @param timeZone the territory's, as a placement or the desk's settings have it; undefined where nobody has said yet */
export function clocksOf(timeZone: string | undefined): Clocks {
  if (timeZone !== undefined && isTimeZone(timeZone)) return { timeZone, notice: [] };
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const notice =
    timeZone === undefined
      ? say("clocks.unplaced", { timeZone: own })
      : say("clocks.unknown", { timeZone: own, unknown: timeZone });
  return { timeZone: own, notice: [notice] };
}

/** As the clocks of that place show it, to the second: `2026-11-28 05:30:07`; `-` for never. */
export function instantText(atMs: UnixMs | undefined, timeZone: string): string {
  return atMs === undefined ? "-" : formatter(timeZone).format(atMs);
}

/** Without the date where it is today's there. */
export function shortInstantText(atMs: UnixMs, nowMs: UnixMs, timeZone: string): string {
  const [date, time = ""] = instantText(atMs, timeZone).split(" ");
  return date === instantText(nowMs, timeZone).split(" ")[0] ? time : instantText(atMs, timeZone);
}

/** `05:30:07` */
export function timeOfDayText(atMs: UnixMs, timeZone: string): string {
  return instantText(atMs, timeZone).slice(-"05:30:07".length);
}

/** To the minute, for what people set and agree on: `2026-11-28 05:30`. */
export function localTime(at: UnixSeconds, timeZone: string): string {
  return instantText(at * 1000, timeZone).slice(0, -":07".length);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making one costs more than a hundred texts by it. Throws RangeError for what is no time zone. */
function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  formatters.set(timeZone, made);
  return made;
}

/** `0:07`, `61:40`. */
export function minutesText(durationMs: Milliseconds): string {
  const seconds = Math.floor(durationMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `12 s`, `3 min`, `5 h 12 min`, `12 d 5 h`: two units are enough. */
export function durationText(totalSeconds: number): string {
  const minutes = Math.floor(totalSeconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return say("status.duration.days", { days, hours: hours % 24 });
  if (hours > 0) return say("status.duration.hours", { hours, minutes: minutes % 60 });
  if (minutes > 0) return say("status.duration.minutes", { minutes });
  return say("status.duration.seconds", { seconds: Math.floor(totalSeconds) });
}
