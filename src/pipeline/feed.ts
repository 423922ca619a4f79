import { type AudioFile, CHUNK_BYTES, chunkCount } from "../domain/broadcast.ts";
import type { PlayHandle } from "../domain/playout.ts";
import type { ZoneOutput } from "../domain/ports.ts";
import type { AudioStore } from "../store/audio.ts";

interface Parts {
  readonly output: ZoneOutput;
  readonly audio: AudioStore;
}

/** Hands one play its file, chunk by chunk: as much as the output wants, and nothing before the whole file was checked. */
export class Feed {
  readonly #play: PlayHandle;
  readonly #file: AudioFile;
  readonly #parts: Parts;
  #isHere = false;
  #nextChunk = 0;
  #wantedBytes = 0;

  constructor(play: PlayHandle, file: AudioFile, parts: Parts) {
    this.#play = play;
    this.#file = file;
    this.#parts = parts;
  }

  want(bytes: number): void {
    this.#wantedBytes += bytes;
  }

  /** False when a chunk of the checked file is damaged or gone. Throws what the store throws. */
  goOn(): boolean {
    const { audio, output } = this.#parts;
    const { hash } = this.#file;
    this.#isHere ||= audio.find(hash)?.verified ?? false;
    if (!this.#isHere) return true;
    const chunks = chunkCount(this.#file);
    while (this.#wantedBytes > 0 && this.#nextChunk < chunks) {
      const bytes = audio.read(hash, this.#nextChunk);
      if (bytes === undefined) return false;
      this.#nextChunk += 1;
      this.#wantedBytes -= CHUNK_BYTES;
      output.send({ kind: "feed", play: this.#play, bytes, last: this.#nextChunk === chunks });
    }
    return true;
  }
}
