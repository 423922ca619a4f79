import type { Clock } from "../domain/ports.ts";

const SECOND_MS = 1_000;

/** How often each name came in the second that runs. Whoever makes up a new name for each time must not fill our memory. */
export class Rate {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #mostNames: number;
  readonly #counts = new Map<string, number>();
  #secondBeganMs = 0;

  constructor(clock: Pick<Clock, "monotonicMs">, mostNames: number) {
    this.#clock = clock;
    this.#mostNames = mostNames;
  }

  /** This time included. */
  count(name: string): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#secondBeganMs >= SECOND_MS) {
      this.#counts.clear();
      this.#secondBeganMs = nowMs;
    }
    const count = (this.#counts.get(name) ?? 0) + 1;
    if (this.#counts.size < this.#mostNames || this.#counts.has(name)) this.#counts.set(name, count);
    return count;
  }
}
