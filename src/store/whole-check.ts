import { createHash } from "node:crypto";

/** `incomplete`: a chunk isn't here or has gone bad on the disk; fetch it again. `bad`: every chunk is as signed, the file isn't. */
export type WholeVerdict = "good" | "bad" | "incomplete";

export interface WholeCheckSource {
  readonly read: (n: number) => Uint8Array | undefined;
  /** Called once, with the verdict `good`. */
  readonly passed: () => void;
}

/** 256 KiB: a few milliseconds on the slowest board. */
const CHUNKS_A_STEP = 8;

/** SHA-256 over a whole file, a slice at a time; who drives it lets other work run in between. */
export class WholeCheck {
  readonly #fileHash: string;
  readonly #chunks: number;
  readonly #source: WholeCheckSource;
  readonly #digest = createHash("sha256");
  #next = 0;

  /** `fileHash`: base64url. */
  constructor(fileHash: string, chunks: number, source: WholeCheckSource) {
    this.#fileHash = fileHash;
    this.#chunks = chunks;
    this.#source = source;
  }

  /** Hashes the next slice. After a verdict the check is over: don't step on. */
  step(): WholeVerdict | "more" {
    const end = Math.min(this.#next + CHUNKS_A_STEP, this.#chunks);
    for (; this.#next < end; this.#next += 1) {
      const bytes = this.#source.read(this.#next);
      if (bytes === undefined) return "incomplete";
      this.#digest.update(bytes);
    }
    if (this.#next < this.#chunks) return "more";
    if (this.#chunks === 0) return "incomplete";
    if (this.#digest.digest("base64url") !== this.#fileHash) return "bad";
    this.#source.passed();
    return "good";
  }
}
