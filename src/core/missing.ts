import type { ChunkRanges } from "../domain/report.ts";

/** Chunks asked for at a time: of the 64 subscriptions of the media session, a few stay free for what else it needs. */
const FETCH_WINDOW = 60;
/** A receipt has room for this many ranges. The next one tells the rest. */
const MAX_RANGES = 64;

/** The chunks to ask for next, the lowest first: at most `room` of them, and never more than a window. */
export function nextWindow(missing: Iterable<number>, room = FETCH_WINDOW): readonly number[] {
  return ascending(missing).slice(0, Math.max(0, Math.min(room, FETCH_WINDOW)));
}

/** Missing chunks as inclusive ranges, ascending and apart from each other; the lowest ones where they are too many to tell. */
export function toRanges(missing: Iterable<number>): ChunkRanges {
  const ranges: [first: number, last: number][] = [];
  for (const n of ascending(missing)) {
    const range = ranges.at(-1);
    if (range?.[1] === n - 1) range[1] = n;
    else if (ranges.length === MAX_RANGES) break;
    else ranges.push([n, n]);
  }
  return ranges;
}

function ascending(numbers: Iterable<number>): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
