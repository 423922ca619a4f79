import type { OutputStart } from "../domain/playout.ts";
import type { Milliseconds } from "../domain/time.ts";

type Group = NonNullable<OutputStart["group"]>;

/** Where nothing is urgent: decoders and sinks that just began are quiet by then, and nobody is late for want of a processor. */
const CALM_MS: Milliseconds = 30;
/** Whoever comes later than this behind the last that came is not waited for. */
const PATIENCE_MS: Milliseconds = 150;

/** Holds the starts of one group until all of them are ready, then lets them go in one turn of the loop. */
export class StartGate {
  readonly #calmMs: Milliseconds;
  readonly #opened: () => void;
  #expected: number;
  #waiting: (() => void)[] = [];
  #isOpen = false;
  #opening: NodeJS.Timeout | undefined;

  constructor(size: number, calmMs: Milliseconds, opened: () => void) {
    this.#expected = size;
    this.#calmMs = calmMs;
    this.#opened = opened;
  }

  /** `go` is called when the gate opens, or at once when it has. */
  arrive(go: () => void): void {
    if (this.#isOpen) {
      go();
      return;
    }
    this.#waiting.push(go);
    this.#openIn(this.#waiting.length >= this.#expected ? this.#calmMs : PATIENCE_MS);
  }

  /** One of the group will not come. */
  withdraw(): void {
    if (this.#isOpen) return;
    this.#expected -= 1;
    if (this.#waiting.length >= this.#expected) this.#openIn(this.#calmMs);
  }

  #openIn(delayMs: Milliseconds): void {
    clearTimeout(this.#opening);
    if (delayMs === 0) this.#open();
    else this.#opening = setTimeout(() => this.#open(), delayMs);
  }

  #open(): void {
    this.#isOpen = true;
    this.#opened();
    for (const go of this.#waiting.splice(0)) go();
  }
}

/** The gates of groups that have not started yet. */
export class StartGates {
  readonly #gates = new Map<number, StartGate>();

  of({ id, size }: Group, isUrgent: boolean): StartGate {
    const gate = this.#gates.get(id) ?? new StartGate(size, isUrgent ? 0 : CALM_MS, () => this.#gates.delete(id));
    this.#gates.set(id, gate);
    return gate;
  }
}
