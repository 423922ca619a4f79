import type { MonotonicMs } from "../domain/time.ts";

const WINDOW_MS = 60_000;
/** Of one address: a box tries a few times; of all together: more than boxes are put up in a minute. */
const OF_ONE = 10;
const OF_ALL = 60;

/** How often strangers may try, counted by the minute. */
export class AttemptLimit {
  readonly #byAddress = new Map<string, number>();
  #all = 0;
  #windowSinceMs: MonotonicMs | undefined;

  /** Counts it; false when it is one too many. */
  admits(address: string, nowMs: MonotonicMs): boolean {
    if (this.#windowSinceMs === undefined || nowMs - this.#windowSinceMs >= WINDOW_MS) {
      this.#windowSinceMs = nowMs;
      this.#byAddress.clear();
      this.#all = 0;
    }
    const ofOne = (this.#byAddress.get(address) ?? 0) + 1;
    if (ofOne > OF_ONE || this.#all >= OF_ALL) return false;
    this.#byAddress.set(address, ofOne);
    this.#all += 1;
    return true;
  }
}
