import type { ZoneId } from "../domain/broadcast.ts";
import type { Play, PlayEnd } from "../domain/playout.ts";
import type { UnixSeconds } from "../domain/time.ts";

/** What the plays of one occurrence in one zone come to. */
export interface Past {
  readonly last: Play;
  /** Plays that reached their end. */
  readonly playsDone: number;
  readonly cuts: number;
  /** Failures by the same fault up to the last play. */
  readonly failuresInARow: number;
}

const NOTHING_PLAYED: ReadonlyMap<ZoneId, Past> = new Map();

/** Of one occurrence, by zone; none where it was never played. `plays` of a zone in their order. */
export function pastsOf(plays: readonly Play[], due: UnixSeconds): ReadonlyMap<ZoneId, Past> {
  if (plays.length === 0) return NOTHING_PLAYED;
  const pasts = new Map<ZoneId, Past>();
  for (const play of plays) {
    if (play.occurrence === due) pasts.set(play.zoneId, withOneMore(pasts.get(play.zoneId), play));
  }
  return pasts;
}

function withOneMore(past: Past | undefined, play: Play): Past {
  const { end } = play;
  return {
    last: play,
    playsDone: (past?.playsDone ?? 0) + (end?.outcome === "played" ? 1 : 0),
    cuts: (past?.cuts ?? 0) + (end !== undefined && isCut(end) ? 1 : 0),
    failuresInARow: end?.outcome === "failed" ? 1 + sameFailures(past, end) : 0,
  };
}

function sameFailures(past: Past | undefined, { code }: PlayEnd): number {
  return past !== undefined && past.last.end?.code === code ? past.failuresInARow : 0;
}

/** What a halt silenced was not cut by anybody more urgent. */
function isCut({ outcome, code }: PlayEnd): boolean {
  return outcome === "preempted" && code !== "halted";
}
