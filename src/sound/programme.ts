import type { OutputStart, ZoneSink } from "../domain/playout.ts";
import { applyGain, levelCentiDb } from "./levels.ts";

/** Decoded, amplified and measured at once; also the head a play begins with. */
const LUMP_MS = 200;
/** Gathered before going on after the sound ran dry: few long gaps are better understood than many short ones. */
const REFILL_MS = 1000;

/** Where the samples come from: so many frames, the rest of them, or nothing for now. */
export interface SampleSource {
  read(frames: number): Int16Array | undefined;
}

/** What one play sends to the sink, in order: the lead-in, then the item with its gain. At most one lump is held. */
export class Programme {
  readonly leadInFrames: number;
  readonly #source: SampleSource;
  readonly #zone: ZoneSink;
  readonly #gainCentiDb: number;
  readonly #maximumFrames: number;
  #leadIn: Int16Array;
  #lump: Int16Array = new Int16Array();
  #framesPrepared = 0;
  #levelCentiDb = 0;

  constructor(start: Pick<OutputStart, "gainCentiDb" | "maximumMs">, zone: ZoneSink, source: SampleSource) {
    this.#source = source;
    this.#zone = zone;
    this.#gainCentiDb = start.gainCentiDb;
    this.#maximumFrames = framesOf(start.maximumMs, zone);
    this.leadInFrames = framesOf(zone.leadInMs, zone);
    this.#leadIn = new Int16Array(this.leadInFrames * zone.channels);
  }

  /** Of the item, without the lead-in. */
  get framesPrepared(): number {
    return this.#framesPrepared;
  }

  /** Of the lump taken last from the source. */
  get levelCentiDb(): number {
    return this.#levelCentiDb;
  }

  get isEmpty(): boolean {
    return this.#leadIn.length + this.#lump.length === 0;
  }

  /** The longest allowed time is prepared. It counts in frames, so that gaps can't shorten the sound. */
  get isFull(): boolean {
    return this.#framesPrepared >= this.#maximumFrames;
  }

  /** Takes a lump from the source when none waits. */
  prepare(isDry: boolean): void {
    if (this.isFull || this.#lump.length > 0) return;
    const samples = this.#source.read(framesOf(isDry ? REFILL_MS : LUMP_MS, this.#zone));
    if (samples === undefined || samples.length === 0) return;
    this.#lump = samples.subarray(0, (this.#maximumFrames - this.#framesPrepared) * this.#zone.channels);
    this.#framesPrepared += this.#lump.length / this.#zone.channels;
    applyGain(this.#lump, this.#gainCentiDb);
    this.#levelCentiDb = levelCentiDb(this.#lump);
  }

  /** At most so many frames, a view that is the caller's from here on. */
  take(frames: number): Int16Array {
    const samples = frames * this.#zone.channels;
    if (this.#leadIn.length > 0) {
      const part = this.#leadIn.subarray(0, samples);
      this.#leadIn = this.#leadIn.subarray(part.length);
      return part;
    }
    const part = this.#lump.subarray(0, samples);
    this.#lump = this.#lump.subarray(part.length);
    return part;
  }
}

function framesOf(milliseconds: number, zone: ZoneSink): number {
  return Math.round((milliseconds * zone.rateHz) / 1000);
}
