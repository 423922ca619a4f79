import type { Cancellable, WakeUp } from "../../src/domain/ports.ts";
import type { UnixMs } from "../../src/domain/time.ts";
import type { FakeClock } from "./clock.ts";
import type { FakeTimers } from "./timers.ts";

/** The wake-up on fake time: like the real one it looks each second whether the clock was set. */
export class FakeWakeUp implements WakeUp {
  readonly #clock: FakeClock;
  readonly #timers: FakeTimers;
  #atMs: UnixMs | undefined;
  #running: readonly Cancellable[] = [];

  constructor(clock: FakeClock, timers: FakeTimers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** The instant it waits for. */
  get armedAtMs(): UnixMs | undefined {
    return this.#atMs;
  }

  arm(atMs: UnixMs, callback: () => void): void {
    this.disarm();
    this.#atMs = atMs;
    const look = (): void => {
      if (this.#clock.read().nowMs < atMs) return;
      this.disarm();
      callback();
    };
    const untilMs = Math.max(0, atMs - this.#clock.read().nowMs);
    this.#running = [this.#timers.after(untilMs, look), this.#timers.every(1_000, look)];
  }

  disarm(): void {
    for (const timer of this.#running) timer.cancel();
    this.#running = [];
    this.#atMs = undefined;
  }
}
