import type { Cancellable, Log, Timers } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";

/** Node's timers, which run on monotonic time. */
export class SystemTimers implements Timers {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  after(delayMs: Milliseconds, callback: () => void): Cancellable {
    const timer = setTimeout(() => this.#run(callback), delayMs);
    return { cancel: () => clearTimeout(timer) };
  }

  /** Housekeeping does not keep the process alive, a single delay does. */
  every(intervalMs: Milliseconds, callback: () => void): Cancellable {
    const timer = setInterval(() => this.#run(callback), intervalMs).unref();
    return { cancel: () => clearInterval(timer) };
  }

  #run(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#log.write("error", "internal.fault", { error }, "a timed task failed");
    }
  }
}
