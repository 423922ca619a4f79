import type { Cancellable, Timers } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";

interface World {
  readonly timers: Timers;
  readonly storageFailed: (error: unknown) => void;
  /** What had to wait for room on the disk is written. */
  readonly caughtUp: () => void;
}

const RETRY_MS: Milliseconds = 5_000;

/** What has happened and must be written, in its order: at once, or as soon as the disk takes it. */
export class Unwritten {
  readonly #world: World;
  readonly #writes: (() => void)[] = [];
  #retry: Cancellable | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  get isEmpty(): boolean {
    return this.#writes.length === 0;
  }

  add(write: () => void): void {
    this.#writes.push(write);
    this.#writeAll();
  }

  /** What is not written by now is found open at the next start. */
  stop(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #writeAll(): void {
    try {
      for (let write = this.#writes[0]; write !== undefined; write = this.#writes[0]) {
        write();
        this.#writes.shift();
      }
    } catch (error) {
      this.#world.storageFailed(error);
      this.#retry ??= this.#world.timers.after(RETRY_MS, () => {
        this.#retry = undefined;
        this.#writeAll();
        if (this.isEmpty) this.#world.caughtUp();
      });
    }
  }
}
