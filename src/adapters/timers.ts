import type { Cancellable, Log, Timers } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";

/** What Node can wait for at once; a longer delay it takes for 1 ms. */
const LONGEST_MS: Milliseconds = 2 ** 31 - 1;

/** Node's timers, which run on monotonic time. */
export class SystemTimers implements Timers {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  after(delayMs: Milliseconds, callback: () => void): Cancellable {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: Milliseconds): void => {
      const sliceMs = Math.min(leftMs, LONGEST_MS);
      timer = setTimeout(() => (leftMs > sliceMs ? arm(leftMs - sliceMs) : this.#run(callback)), sliceMs);
    };
    arm(delayMs);
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
