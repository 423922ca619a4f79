import type { Milliseconds, UnixMs } from "../domain/time.ts";
import { say } from "../texts/say.ts";

/** Local time of whoever reads it, to the second; `-` for never. */
export function instantText(atMs: UnixMs | undefined): string {
  return atMs === undefined ? "-" : new Date(atMs).toLocaleString("sv-SE");
}

/** Without the date where it is today's. */
export function shortInstantText(atMs: UnixMs, nowMs: UnixMs): string {
  const [date, time = ""] = instantText(atMs).split(" ");
  return date === instantText(nowMs).split(" ")[0] ? time : instantText(atMs);
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
