import { closeSync, openSync, readSync } from "node:fs";

/** Bytes a child has read, from its `/proc/PID/io`. The open file is bound to the process, not to its number. */
export class ReadCount {
  readonly #file: number | undefined;
  readonly #text = Buffer.alloc(64);
  readonly #before: number | undefined;

  constructor(pid: number) {
    this.#file = openOrUndefined(`/proc/${pid}/io`);
    this.#before = this.#readBytes();
  }

  /** Since this was made. Undefined where the kernel keeps no such count, and once the process is gone. */
  get bytes(): number | undefined {
    const now = this.#readBytes();
    return now === undefined || this.#before === undefined ? undefined : now - this.#before;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #readBytes(): number | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
      const [, digits] = /^rchar: (\d+)\n/.exec(this.#text.toString("latin1", 0, length)) ?? [];
      return digits === undefined ? undefined : Number(digits);
    } catch {
      return undefined;
    }
  }
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    return undefined;
  }
}
