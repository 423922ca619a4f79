import type { Cancellable, Log, Part, Timers } from "../domain/ports.ts";
import type { RefusalCode } from "../domain/trust.ts";

const WINDOW_MS = 60_000;

/**
 * Refusals before a good signature cost an attacker nothing, so they must cost us nothing: counted, one log line and one
 * evidence record a minute, and no timer while there are none.
 */
export class RefusalCounter implements Part {
  readonly name = "refusal-counter";
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #record: (code: RefusalCode, count: number) => void;
  readonly #counts = new Map<RefusalCode, number>();
  #window: Cancellable | undefined;

  constructor(timers: Timers, log: Log, record: (code: RefusalCode, count: number) => void) {
    this.#timers = timers;
    this.#log = log;
    this.#record = record;
  }

  start(): void {}

  stop(): void {
    this.#flush();
  }

  /** The first of a quiet minute is told at once, those after it in one line at the minute's end. */
  count(code: RefusalCode, topic: string, detail: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    if (this.#window !== undefined) return;
    this.#log.write(
      "warn",
      "message.refused",
      { code, topic, detail },
      "a message without a good signature was refused",
    );
    this.#window = this.#timers.after(WINDOW_MS, () => this.#flush());
  }

  #flush(): void {
    this.#window?.cancel();
    this.#window = undefined;
    for (const [code, count] of this.#counts) {
      this.#record(code, count);
      this.#log.write(
        "warn",
        "message.refused-count",
        { code, count },
        "messages without a good signature were refused",
      );
    }
    this.#counts.clear();
  }
}
