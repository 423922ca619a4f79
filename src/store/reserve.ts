import { rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileFailure } from "./failures.ts";

const PARTS = 4;
/** 1 MiB: some hundred orders and their records. */
const PART_BYTES = 1_048_576;
/** With less than this a start, or what has to be written of a play, may not get through. */
const ENOUGH_BYTES = PART_BYTES / 2;

/**
 * Room in the data folder that is taken while there is some, and given up when the disk is full, so that what matters can still be
 * written. In parts, as whoever filled the disk may fill that too.
 */
export class DiskReserve {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get missingBytes(): number {
    return this.#parts.filter((path) => !isWhole(path)).length * PART_BYTES;
  }

  /** False where it would not help: there is room, or nothing is left. Never throws. */
  giveUpPart(): boolean {
    try {
      const part = this.#parts.findLast(isWhole);
      if (part === undefined || !this.#isFull()) return false;
      rmSync(part);
      return true;
    } catch {
      return false;
    }
  }

  /** Takes what is missing of it. Throws `disk-full` or `database-broken`, with no part left half. */
  refill(): void {
    for (const path of this.#parts.filter((part) => !isWhole(part))) {
      try {
        writeFileSync(path, Buffer.alloc(PART_BYTES), { mode: 0o600 });
      } catch (error) {
        rmSync(path, { force: true });
        throw fileFailure(error, path);
      }
    }
  }

  get #parts(): readonly string[] {
    return Array.from({ length: PARTS }, (_, n) => join(this.#folder, `reserve-${n + 1}`));
  }

  #isFull(): boolean {
    const { bavail, bsize, files, ffree } = statfsSync(this.#folder);
    return bavail * bsize < ENOUGH_BYTES || (files > 0 && ffree === 0);
  }
}

/** A power cut may leave one that takes no room. */
function isWhole(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === PART_BYTES;
}
