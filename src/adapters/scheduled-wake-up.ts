import schedule from "node-schedule";
import type { Cancellable, Clock, Log, Timers, WakeUp } from "../domain/ports.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";

/** How far wall and monotonic time may part before the job is armed anew: beyond NTP's slewing, below what anyone hears. */
const STEP_MS = 500;
const CHECK_MS = 1_000;

/** What is added to monotonic time: to have ours, and to have node-schedule's, which in hold are not the same. */
interface Offsets {
  readonly believedMs: Milliseconds;
  readonly wallMs: Milliseconds;
}

interface Armed {
  readonly atMs: UnixMs;
  readonly callback: () => void;
  /** Undefined when the instant was past already. */
  readonly job: schedule.Job | undefined;
  readonly check: Cancellable;
  /** When it was armed. */
  readonly offsets: Offsets;
}

/**
 * One instant, kept by node-schedule and watched by us: node-schedule sleeps through a step of the clock (a job due in an hour
 * does not fire when the clock is set an hour ahead), and a job it re-armed itself runs on after `cancel`.
 */
export class ScheduledWakeUp implements WakeUp {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #log: Log;
  #armed: Armed | undefined;

  constructor(clock: Clock, timers: Timers, log: Log) {
    this.#clock = clock;
    this.#timers = timers;
    this.#log = log;
  }

  /** An instant already past fires in the next turn of the event loop, never within this call. */
  arm(atMs: UnixMs, callback: () => void): void {
    this.disarm();
    const nowMs = this.#clock.read().nowMs;
    const fire = (): void => this.#fire(armed);
    const delayMs = atMs - nowMs;
    // Null is node-schedule's word for a date that has passed, also between our look at the clock and its own.
    const job = schedule.scheduleJob(new Date(Date.now() + delayMs), fire) ?? undefined;
    const armed: Armed = {
      atMs,
      callback,
      job,
      check: job === undefined ? this.#timers.after(0, fire) : this.#timers.every(CHECK_MS, () => this.#check(armed)),
      offsets: this.#offsets(),
    };
    this.#armed = armed;
  }

  disarm(): void {
    this.#armed?.check.cancel();
    this.#armed?.job?.cancel();
    this.#armed = undefined;
  }

  #offsets(): Offsets {
    const monotonicMs = this.#clock.monotonicMs();
    return { believedMs: this.#clock.read().nowMs - monotonicMs, wallMs: Date.now() - monotonicMs };
  }

  #check({ atMs, callback, offsets }: Armed): void {
    const { believedMs, wallMs } = this.#offsets();
    const steps = [believedMs - offsets.believedMs, wallMs - offsets.wallMs];
    const partedMs = steps.find((byMs) => Math.abs(byMs) > STEP_MS);
    if (partedMs === undefined) return;
    this.#log.write(
      "info",
      "clock.stepped",
      { byMs: Math.round(partedMs) },
      "the clock was set; the next instant is armed anew",
    );
    this.arm(atMs, callback);
  }

  #fire(armed: Armed): void {
    if (this.#armed !== armed) return;
    this.disarm();
    try {
      armed.callback();
    } catch (error) {
      this.#log.write("error", "internal.fault", { error }, "a scheduled task failed");
    }
  }
}
