import type { MonotonicMs } from "../domain/time.ts";

/** CLOCK_MONOTONIC: unlike `performance.now()` it means the same on every thread. */
export function monotonicMs(): MonotonicMs {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
