import type { ClockState } from "../domain/time.ts";
import { bad, doubtful, type Finding, good } from "./finding.ts";

/** `now`: what the clock shows, for the eye of whoever looks. */
export function judgeClock(source: string, state: ClockState, now: string): Finding {
  if (state === "none") return bad("clock", "clock-unsynchronised", "clock.none", { source, now });
  return source === "assumed"
    ? doubtful("clock", "clock.assumed", { now })
    : good("clock", "clock.sync", { source, now });
}
