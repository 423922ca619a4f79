import type { Cancellable, Log, Part, Timers } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";
import { notifySystemd } from "./systemd.ts";

interface Watched {
  /** How often systemd wants to hear from us; undefined where it does not watch us. */
  readonly intervalMs: Milliseconds | undefined;
  /** Asks the sound thread for a sign of life. */
  readonly ask: (answered: () => void) => void;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Tells systemd that this process still turns, as long as its sound thread does too: one that hangs takes no order off a queue and
 * gives no sound, and a new process is all that helps.
 */
export class Watchdog implements Part {
  readonly name = "watchdog";
  readonly #watched: Watched;
  #timer: Cancellable | undefined;
  #hasAnswered = true;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  start(): void {
    const { intervalMs, timers } = this.#watched;
    if (intervalMs !== undefined) this.#timer = timers.every(intervalMs, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** It has had a whole interval to answer. */
  #look(): void {
    const { ask, log } = this.#watched;
    if (this.#hasAnswered) notifySystemd("WATCHDOG=1", log);
    else log.write("error", "agent.sound-hangs", {}, "no sign of life of the sound thread: systemd will restart us");
    this.#hasAnswered = false;
    ask(() => {
      this.#hasAnswered = true;
    });
  }
}
