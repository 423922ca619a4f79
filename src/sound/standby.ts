import type { Milliseconds } from "../domain/time.ts";
import { type Child, type ChildListener, type ChildOrder, startChild } from "./child.ts";
import type { Forks } from "./forks.ts";
import type { Hold } from "./hold.ts";

/** A new one is made when what was just started has got through its first moments. */
const RENEW_AFTER_MS: Milliseconds = 100;
const NOBODY: ChildListener = { ended() {} };

interface Waiting {
  readonly child: Child;
  /** Who hears of it from the start on. */
  listener: ChildListener;
}

/**
 * Keeps an aplay waiting that has only its card left to open. That takes 1.3 ms; to copy a process as large as ours, to load aplay
 * and to read ALSA's files 4 to 5 more (x86_64), and longer where all cores are busy. It takes a quarter of a megabyte meanwhile.
 */
export class Standby {
  readonly #order: ChildOrder;
  readonly #hold: Hold | undefined;
  readonly #forks: Forks;
  #waiting: Waiting | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Without a hold none waits, and each is made when it is wanted. */
  constructor(order: ChildOrder, hold: Hold | undefined, forks: Forks) {
    this.#order = order;
    this.#hold = hold;
    this.#forks = forks;
  }

  /** It opens the card from here on. */
  start(listener: ChildListener): Child {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.renew();
    if (waiting !== undefined && this.#hold?.open()) {
      waiting.listener = listener;
      return waiting.child;
    }
    waiting?.child.kill(); // not at its hold yet, or nobody can let it go
    return this.#forks.now(() => startChild(this.#order, listener));
  }

  renew(): void {
    clearTimeout(this.#renewal);
    if (this.#isClosed) return;
    this.#renewal = setTimeout(() => this.#forks.soon(() => this.#fill()), RENEW_AFTER_MS);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#renewal);
    const waiting = this.#waiting;
    if (waiting === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      waiting.listener = { ended: () => resolve() };
      waiting.child.kill();
    });
  }

  #fill(): void {
    if (!this.#isClosed) this.#waiting ??= this.#make();
  }

  #make(): Waiting | undefined {
    const held = this.#hold?.before(this.#order);
    if (held === undefined) return undefined;
    const waiting: Waiting = {
      listener: NOBODY,
      child: startChild(held, {
        said: (line) => waiting.listener.said?.(line),
        ended: (end) => {
          if (this.#waiting === waiting) this.#waiting = undefined;
          waiting.listener.ended(end);
        },
      }),
    };
    return waiting;
  }
}
