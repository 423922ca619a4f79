import type { Log, Part, Timers } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";

/** A part that did not end as it should: `late` is still running. */
export interface StopFault {
  readonly part: string;
  readonly kind: "failed" | "late";
  readonly error?: unknown;
}

/** Starts parts in their order and stops them in reverse; each has a deadline, and one that hangs is named and left behind. */
export class Lifecycle {
  readonly #parts: readonly Part[];
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #started: Part[] = [];
  #stopping: Promise<readonly StopFault[]> | undefined;

  constructor(parts: readonly Part[], timers: Timers, log: Log) {
    this.#parts = parts;
    this.#timers = timers;
    this.#log = log;
  }

  async start(): Promise<void> {
    for (const part of this.#parts) {
      if (this.#stopping !== undefined) return;
      this.#started.push(part); // Before its start: a part that fails halfway is stopped too.
      await part.start();
    }
  }

  /** Safe to call twice; always resolves. */
  stop(perPartMs: Milliseconds): Promise<readonly StopFault[]> {
    this.#stopping ??= this.#stopAll(perPartMs);
    return this.#stopping;
  }

  async #stopAll(perPartMs: Milliseconds): Promise<readonly StopFault[]> {
    const faults: StopFault[] = [];
    for (const part of this.#started.toReversed()) {
      const fault = await this.#stopOne(part, perPartMs);
      if (fault === undefined) continue;
      faults.push(fault);
      const { kind, error } = fault;
      this.#log.write(
        "error",
        "agent.part-failed",
        { part: part.name, kind, error },
        "a part did not stop as it should",
      );
    }
    return faults;
  }

  async #stopOne(part: Part, withinMs: Milliseconds): Promise<StopFault | undefined> {
    const late = Promise.withResolvers<StopFault>();
    const deadline = this.#timers.after(withinMs, () => late.resolve({ part: part.name, kind: "late" }));
    const ended = (async (): Promise<StopFault | undefined> => {
      try {
        await part.stop();
        return undefined;
      } catch (error) {
        return { part: part.name, kind: "failed", error };
      }
    })();
    const fault = await Promise.race([ended, late.promise]);
    deadline.cancel();
    return fault;
  }
}
