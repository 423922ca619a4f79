import type { BroadcastClass } from "../domain/precedence.ts";
import type { UnixSeconds } from "../domain/time.ts";

/** One item's hold on an audio file. */
export interface AudioUse {
  readonly class: BroadcastClass;
  readonly state: "on-air" | "waiting" | "done" | "expired";
  readonly due: UnixSeconds;
}

/** A stored file and everybody who still names it. Nobody: left over from an item that is gone. */
export interface StoredAudio {
  readonly hash: string;
  readonly sizeBytes: number;
  readonly uses: readonly AudioUse[];
}

export interface Eviction {
  /** Hashes to remove, in this order. */
  readonly evict: readonly string[];
  /** By how much the rest is still over the budget: all of it is protected. */
  readonly shortByBytes: number;
}

/**
 * Which files make room, first to go first: of expired items, of done ones, then of waiting routine items, the one due last
 * first. Never what is on air, waits as priority, or belongs to an emergency that has not expired. A file counts as its best use.
 */
export function evictions(files: readonly StoredAudio[], budgetBytes: number): Eviction {
  let excess = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - budgetBytes;
  const evict: string[] = [];
  const order = files
    .map((file) => ({ file, worth: worthOf(file) }))
    .filter(({ worth }) => worth.rank < PROTECTED)
    .sort((a, b) => a.worth.rank - b.worth.rank || b.worth.due - a.worth.due || compareHash(a.file, b.file));
  for (const { file } of order) {
    if (excess <= 0) break;
    evict.push(file.hash);
    excess -= file.sizeBytes;
  }
  return { evict, shortByBytes: Math.max(0, excess) };
}

const PROTECTED = 3;

interface Worth {
  readonly rank: number;
  /** The nearest due instant among its uses of that rank. */
  readonly due: UnixSeconds;
}

function worthOf({ uses }: StoredAudio): Worth {
  const rank = Math.max(0, ...uses.map(rankOf));
  const due = Math.min(...uses.filter((use) => rankOf(use) === rank).map((use) => use.due));
  return { rank, due: Number.isFinite(due) ? due : 0 };
}

function rankOf(use: AudioUse): number {
  if (use.state === "expired") return 0;
  if (use.class === "emergency" || use.state === "on-air") return PROTECTED;
  if (use.state === "done") return 1;
  return use.class === "routine" ? 2 : PROTECTED;
}

function compareHash(a: StoredAudio, b: StoredAudio): number {
  return a.hash < b.hash ? -1 : 1;
}
