import type { Cancellable, Timers } from "../../src/domain/ports.ts";
import type { Milliseconds, MonotonicMs } from "../../src/domain/time.ts";
import type { FakeClock } from "./clock.ts";

interface Pending {
  readonly dueMs: MonotonicMs;
  readonly callback: () => void;
}

/** Timers that run when the test lets time pass. Faults of callbacks are collected, as the real ones log them. */
export class FakeTimers implements Timers {
  readonly faults: unknown[] = [];
  readonly #clock: FakeClock;
  readonly #pending = new Set<Pending>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** How many delays and intervals are running. */
  get armed(): number {
    return this.#pending.size;
  }

  after(delayMs: Milliseconds, callback: () => void): Cancellable {
    return this.#add({ dueMs: this.#clock.monotonicMs() + delayMs, callback });
  }

  every(intervalMs: Milliseconds, callback: () => void): Cancellable {
    let current: Cancellable;
    const arm = (fromMs: MonotonicMs): void => {
      const dueMs = fromMs + intervalMs;
      current = this.#add({
        dueMs,
        callback: () => {
          arm(dueMs);
          callback();
        },
      });
    };
    arm(this.#clock.monotonicMs());
    return { cancel: () => current.cancel() };
  }

  /** Lets time pass and runs what falls due on the way, in order, each at its own instant. */
  advance(ms: Milliseconds): void {
    const untilMs = this.#clock.monotonicMs() + ms;
    for (let next = this.#nextBy(untilMs); next !== undefined; next = this.#nextBy(untilMs)) {
      this.#clock.advance(Math.max(0, next.dueMs - this.#clock.monotonicMs()));
      this.#pending.delete(next);
      try {
        next.callback();
      } catch (error) {
        this.faults.push(error);
      }
    }
    this.#clock.advance(untilMs - this.#clock.monotonicMs());
  }

  #add(pending: Pending): Cancellable {
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  #nextBy(untilMs: MonotonicMs): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs <= untilMs && (next === undefined || pending.dueMs < next.dueMs)) next = pending;
    }
    return next;
  }
}
