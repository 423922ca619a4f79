import type { ChunkRanges } from "../domain/report.ts";
import type { Milliseconds, MonotonicMs } from "../domain/time.ts";

/**
 * A gateway asks again after half a minute at the soonest, and one publish answers every gateway that asks: more often than
 * this, a chunk is only traffic.
 */
const REST_MS: Milliseconds = 20_000;

/** Remembers which chunks of which file went out lately, so that a thousand gateways missing one file are one answer. */
export class MissingChunks {
  readonly #sentAtMs = new Map<string, Map<number, MonotonicMs>>();

  /** The chunks of `ranges` that are worth publishing now; they count as sent. */
  due(hash: string, ranges: ChunkRanges, nowMs: MonotonicMs): number[] {
    const sent = this.#recently(hash, nowMs);
    const due = numbersIn(ranges).filter((n) => !sent.has(n));
    for (const n of due) sent.set(n, nowMs);
    return due;
  }

  #recently(hash: string, nowMs: MonotonicMs): Map<number, MonotonicMs> {
    for (const [file, chunks] of this.#sentAtMs) {
      for (const [n, atMs] of chunks) if (nowMs - atMs >= REST_MS) chunks.delete(n);
      if (chunks.size === 0) this.#sentAtMs.delete(file);
    }
    const chunks = this.#sentAtMs.get(hash) ?? new Map<number, MonotonicMs>();
    this.#sentAtMs.set(hash, chunks);
    return chunks;
  }
}

export function numbersIn(ranges: ChunkRanges): number[] {
  return ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}
