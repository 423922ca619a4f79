import type { Milliseconds, MonotonicMs } from "../domain/time.ts";

const QUIET_MS: Milliseconds = 10_000;

/** Lets one line per kind of refusal through in ten seconds: whoever floods the broker must not flood the person as well. */
export class RefusalTally {
  readonly #toldAtMs = new Map<string, MonotonicMs>();
  readonly #untold = new Map<string, number>();

  /** How many to tell of now; 0: not yet. */
  count(code: string, nowMs: MonotonicMs): number {
    const count = (this.#untold.get(code) ?? 0) + 1;
    const toldAtMs = this.#toldAtMs.get(code);
    if (toldAtMs !== undefined && nowMs - toldAtMs < QUIET_MS) {
      this.#untold.set(code, count);
      return 0;
    }
    this.#untold.delete(code);
    this.#toldAtMs.set(code, nowMs);
    return count;
  }
}
