import type { Ending } from "./ending.ts";
import type { Figure } from "./figure.ts";

/** What every measurement works with. */
export interface BenchRun {
  /** Shorter sound and shorter windows: rougher figures. */
  readonly isQuick: boolean;
  /** Of this measurement alone. */
  readonly ending: Ending;
}

export type Measurement = (run: BenchRun) => Promise<readonly Figure[]>;
