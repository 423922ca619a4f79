import type { Milliseconds, MonotonicMs } from "../domain/time.ts";
import { monotonicMs } from "./monotonic.ts";

/** Between two forks: what has come up meanwhile is done first, and the child before is past its hungriest moments. */
const PAUSE_MS: Milliseconds = 10;
/** Whoever sounds may have run low for so long; then it's no fork that keeps it so. */
const PATIENCE_MS: Milliseconds = 500;
/** A sink filled so shortly before has enough for a fork. */
const FILLED_MS: Milliseconds = 20;

/** A play, as far as a fork is of danger to it. */
export interface Hearable {
  /** It would fall silent if nobody wrote to its sink. */
  readonly isHeard: boolean;
  /** Writes to its sink what there is room for. False: it had run low, and may not be kept waiting yet. */
  replenish(nowMs: MonotonicMs): boolean;
}

interface Wish {
  readonly askedAtMs: MonotonicMs;
  readonly fork: () => void;
}

/**
 * Starts the children of all zones so that no sink runs dry: until a child has become another program the whole thread stands still
 * (5 ms on x86_64, more where cores are busy or slow), and a cut of sixteen zones wants 32 of them behind its tones.
 */
export class Forks {
  readonly #plays: () => Iterable<Hearable>;
  #waiting: readonly Wish[] = [];
  #filledAtMs: MonotonicMs = 0;

  constructor(plays: () => Iterable<Hearable>) {
    this.#plays = plays;
  }

  /** For what is to be heard at once: all that sounds is filled up first. */
  now<Made>(fork: () => Made): Made {
    const nowMs = monotonicMs();
    if (nowMs - this.#filledAtMs > FILLED_MS) this.#fill(nowMs);
    return fork();
  }

  /** For what can wait a moment: at once where nothing sounds, else one after the other, each when all that sounds has plenty. */
  soon(fork: () => void): void {
    if (this.#waiting.length === 0 && !this.#heard().some(() => true)) {
      fork();
      return;
    }
    this.#waiting = [...this.#waiting, { askedAtMs: monotonicMs(), fork }];
    if (this.#waiting.length === 1) this.#continue();
  }

  #continue(): void {
    setTimeout(() => this.#next(), PAUSE_MS);
  }

  #next(): void {
    const nowMs = monotonicMs();
    const [wish, ...rest] = this.#waiting;
    if (wish === undefined) return;
    const havePlenty = this.#fill(nowMs);
    if (havePlenty || nowMs - wish.askedAtMs > PATIENCE_MS) {
      this.#waiting = rest;
      wish.fork();
    }
    if (this.#waiting.length > 0) this.#continue();
  }

  /** False: one of them had run low. */
  #fill(nowMs: MonotonicMs): boolean {
    this.#filledAtMs = nowMs;
    return this.#heard()
      .map((play) => play.replenish(nowMs))
      .every((hadPlenty) => hadPlenty);
  }

  #heard(): readonly Hearable[] {
    return [...this.#plays()].filter(({ isHeard }) => isHeard);
  }
}
