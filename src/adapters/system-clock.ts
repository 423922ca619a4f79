import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import type { Cancellable, Clock, Log, Timers } from "../domain/ports.ts";
import type { ClockReading, ClockState, Milliseconds, MonotonicMs } from "../domain/time.ts";

export const CLOCK_SOURCES = ["timesyncd", "chrony", "assumed"] as const;
/** Who says that the wall clock is right. `assumed` believes it unasked, for machines whose time is kept from outside. */
export type ClockSource = (typeof CLOCK_SOURCES)[number];

/** Asks once whether the clock is synchronised. */
type Ask = () => boolean | Promise<boolean>;

/** A box that waits for its first time asks often, as nothing plays before it knows; chronyc is a process each time. */
const ASK_WHILE_NONE_MS: Readonly<Record<ClockSource, Milliseconds>> = {
  timesyncd: 2_000,
  chrony: 10_000,
  assumed: 2_000,
};
const ASK_WHILE_SYNC_MS = 60_000;
const CHRONYC_WITHIN_MS = 5_000;
/** systemd-timesyncd makes it at the first synchronisation; /run is empty after a boot. */
const TIMESYNCD_MARK = "/run/systemd/timesync/synchronized";

/** The machine's own clocks, and what its time service says of them: `sync` or `none`. */
export class SystemClock implements Clock {
  readonly #source: ClockSource;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #ask: Ask;
  readonly #listeners: (() => void)[] = [];
  #state: ClockState = "none";
  #timer: Cancellable | undefined;
  #stopped = false;
  #troubleTold = false;

  /** `ask` replaces the question to the source, in tests. */
  constructor(source: ClockSource, timers: Timers, log: Log, ask: Ask = ASK[source]) {
    this.#source = source;
    this.#timers = timers;
    this.#log = log;
    this.#ask = ask;
  }

  /** Resolves after the first answer, so that a synchronised box starts as one. */
  async start(): Promise<void> {
    await this.#poll();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  read(): ClockReading {
    return { state: this.#state, nowMs: Date.now() };
  }

  /** CLOCK_MONOTONIC, so that instants of other threads and processes of this boot compare. */
  monotonicMs(): MonotonicMs {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async #poll(): Promise<void> {
    const state: ClockState = (await this.#isSynchronised()) ? "sync" : "none";
    if (this.#stopped) return;
    if (this.#source !== "assumed") {
      const delayMs: Milliseconds = state === "sync" ? ASK_WHILE_SYNC_MS : ASK_WHILE_NONE_MS[this.#source];
      this.#timer = this.#timers.after(delayMs, () => void this.#poll());
    }
    if (state === this.#state) return;
    this.#state = state;
    this.#log.write("info", "clock.source", { state, source: this.#source }, "the time service was asked");
    for (const listener of this.#listeners) listener();
  }

  async #isSynchronised(): Promise<boolean> {
    try {
      const synchronised = await this.#ask();
      this.#troubleTold = false;
      return synchronised;
    } catch (error) {
      if (!this.#troubleTold) {
        this.#log.write(
          "warn",
          "clock.unreadable",
          { error, source: this.#source },
          "the time service does not answer",
        );
      }
      this.#troubleTold = true;
      return false;
    }
  }
}

const ASK: Readonly<Record<ClockSource, Ask>> = {
  timesyncd: () => existsSync(TIMESYNCD_MARK),
  chrony: askChrony,
  assumed: () => true,
};

function askChrony(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile("chronyc", ["-c", "tracking"], { timeout: CHRONYC_WITHIN_MS, killSignal: "SIGKILL" }, (error, stdout) =>
      error === null ? resolve(isSynchronisedTracking(stdout)) : reject(error),
    );
  });
}

/** Of `chronyc -c tracking` the third column is the stratum, 0 without a source, and the last the leap status. */
export function isSynchronisedTracking(csv: string): boolean {
  const columns = csv.trim().split(",");
  return columns.length === 14 && columns.at(-1) !== "Not synchronised" && Number(columns[2]) > 0;
}
