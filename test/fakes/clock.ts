import type { Clock } from "../../src/domain/ports.ts";
import type { ClockReading, ClockState, Milliseconds, MonotonicMs, UnixMs } from "../../src/domain/time.ts";

/** A clock that stands still until it is told otherwise. */
export class FakeClock implements Clock {
  readonly #listeners: (() => void)[] = [];
  #state: ClockState;
  #nowMs: UnixMs;
  #monotonicMs: MonotonicMs = 1_000;

  constructor(nowMs: UnixMs = Date.UTC(2026, 10, 20), state: ClockState = "sync") {
    this.#nowMs = nowMs;
    this.#state = state;
  }

  read(): ClockReading {
    return { state: this.#state, nowMs: this.#nowMs };
  }

  monotonicMs(): MonotonicMs {
    return this.#monotonicMs;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Time passes. FakeTimers calls this; call it directly only in tests without timers. */
  advance(ms: Milliseconds): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
  }

  /** Somebody sets the wall clock; no time passes. */
  step(byMs: Milliseconds): void {
    this.#nowMs += byMs;
  }

  become(state: ClockState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
