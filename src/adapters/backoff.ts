import type { Milliseconds } from "../domain/time.ts";

/** When to try again. Two thousand boxes lose the same broker at the same instant: every delay is drawn over its whole range. */
export interface BackoffSettings {
  readonly baseSeconds: number;
  readonly ceilingSeconds: number;
  /** Over how long the first tries spread after a connection was lost. */
  readonly firstRetrySpreadSeconds: number;
  /** A connection that held this long was a success: the next failure counts as the first. */
  readonly steadySeconds: number;
}

export const DEFAULT_BACKOFF: BackoffSettings = {
  baseSeconds: 2,
  ceilingSeconds: 300,
  firstRetrySpreadSeconds: 60,
  steadySeconds: 60,
};

/** How the last connection or attempt ended. `dropped` is our own doing, so there is no herd to spread. */
export type Ending =
  | { readonly kind: "never-connected" }
  | { readonly kind: "lost"; readonly upMs: Milliseconds }
  | { readonly kind: "dropped"; readonly upMs: Milliseconds }
  | { readonly kind: "taken-over" };

export interface Retry {
  readonly delayMs: Milliseconds;
  /** Tries without lasting success so far; goes into the next call. */
  readonly failures: number;
}

/** Two boxes with one id must not chase each other: whoever was pushed out waits this long. */
const TAKEN_OVER_SECONDS = { least: 30, most: 120 } as const;

/** Full jitter. `fraction` is uniform in [0, 1). */
export function nextRetry(settings: BackoffSettings, failures: number, ending: Ending, fraction: number): Retry {
  const { baseSeconds, ceilingSeconds, firstRetrySpreadSeconds, steadySeconds } = settings;
  const growing = Math.min(ceilingSeconds, baseSeconds * 2 ** Math.min(failures, 30));
  const upTo = (seconds: number, nextFailures: number): Retry => ({
    delayMs: Math.round(fraction * seconds * 1000),
    failures: nextFailures,
  });

  switch (ending.kind) {
    case "never-connected":
      return upTo(growing, failures + 1);
    case "dropped":
      return ending.upMs >= steadySeconds * 1000
        ? upTo(Math.min(ceilingSeconds, baseSeconds), 1)
        : upTo(growing, failures + 1);
    case "lost":
      // A link that flaps goes on growing: it was up, but it was no success.
      return ending.upMs >= steadySeconds * 1000
        ? upTo(firstRetrySpreadSeconds, 0)
        : upTo(Math.min(ceilingSeconds, Math.max(firstRetrySpreadSeconds, growing)), failures + 1);
    case "taken-over": {
      const { least, most } = TAKEN_OVER_SECONDS;
      return { delayMs: Math.round((least + fraction * (most - least)) * 1000), failures };
    }
    default:
      return ending satisfies never;
  }
}
