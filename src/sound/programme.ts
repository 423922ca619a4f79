import type { OutputStart, ZoneSink } from "../domain/playout.ts";
import type { Milliseconds } from "../domain/time.ts";
import { attentionTone, attentionToneHead, MOST_TONE_ROUNDS } from "./attention-tone.ts";
import { applyGain, applyRamp, levelCentiDb } from "./levels.ts";

/** Decoded, amplified and measured at once; also the head a play begins with. */
const LUMP_MS = 200;
/** Gathered before going on after the sound ran dry: few long gaps are better understood than many short ones. */
const REFILL_MS = 1000;
const NOTHING = new Int16Array();

/** Where the samples come from: so many frames, the rest of them, or nothing for now. */
export interface SampleSource {
  read(frames: number): Int16Array | undefined;
}

type Start = Pick<OutputStart, "gainCentiDb" | "maximumMs" | "attentionTone">;

/** What one play sends to the sink, in order: the lead-in, the attention tone, the item. At most one lump of it is held. */
export class Programme {
  readonly leadInFrames: number;
  readonly #source: SampleSource;
  readonly #zone: ZoneSink;
  readonly #start: Start;
  readonly #maximumFrames: number;
  #leadIn: Int16Array;
  #tone: Int16Array = NOTHING;
  /** What of the tone comes next, amplified and measured. */
  #toneLump: Int16Array = NOTHING;
  #toneLevelCentiDb = 0;
  #toneRounds = 0;
  #lump: Int16Array = NOTHING;
  #lumpLevelCentiDb = 0;
  #framesPrepared = 0;
  #framesBeforeItem = 0;
  #levelCentiDb = 0;
  #fade: { readonly frames: number; done: number } | undefined;

  constructor(start: Start, zone: ZoneSink, source: SampleSource) {
    this.#source = source;
    this.#zone = zone;
    this.#start = start;
    this.#maximumFrames = framesOf(start.maximumMs, zone);
    this.leadInFrames = framesOf(zone.leadInMs, zone);
    this.#leadIn = new Int16Array(this.leadInFrames * zone.channels);
    this.repeatTone();
  }

  /** Of the item. */
  get framesPrepared(): number {
    return this.#framesPrepared;
  }

  /** Lead-in and tone, as far as they were taken. */
  get framesBeforeItem(): number {
    return this.#framesBeforeItem;
  }

  /** Of what was taken last. */
  get levelCentiDb(): number {
    return this.#levelCentiDb;
  }

  get isEmpty(): boolean {
    return this.isFadedOut || this.#leadIn.length + this.#toneLump.length + this.#tone.length + this.#lump.length === 0;
  }

  /** The longest allowed time is prepared. It counts in frames, so that gaps can't shorten the sound. */
  get isFull(): boolean {
    return this.#framesPrepared >= this.#maximumFrames;
  }

  /** There is a tone, and it is not repeated any more. */
  get isToneSpent(): boolean {
    return this.#toneRounds === MOST_TONE_ROUNDS;
  }

  get isFadedOut(): boolean {
    return this.#fade !== undefined && this.#fade.done >= this.#fade.frames;
  }

  /** Takes a lump from the source when none waits. */
  prepare(isDry: boolean): void {
    if (this.isFull || this.#lump.length > 0) return;
    const samples = this.#source.read(framesOf(isDry ? REFILL_MS : LUMP_MS, this.#zone));
    if (samples === undefined || samples.length === 0) return;
    this.#lump = samples.subarray(0, (this.#maximumFrames - this.#framesPrepared) * this.#zone.channels);
    this.#framesPrepared += this.#lump.length / this.#zone.channels;
    applyGain(this.#lump, this.#start.gainCentiDb);
    this.#lumpLevelCentiDb = levelCentiDb(this.#lump);
  }

  /** The tone once more, behind what is there. False when there is none, or it has sounded often enough. */
  repeatTone(): boolean {
    const { attentionTone: tone } = this.#start;
    if (tone === undefined || this.isToneSpent) return false;
    this.#toneRounds += 1;
    const head = attentionToneHead(this.#zone, tone.gainCentiDb);
    this.#toneLump = head.samples;
    this.#toneLevelCentiDb = head.levelCentiDb;
    this.#tone = attentionTone(this.#zone).subarray(head.samples.length);
    return true;
  }

  /** What is taken from here on falls to silence in this time, and then the programme is over. */
  fadeOut(fadeMs: Milliseconds): void {
    this.#fade ??= { frames: framesOf(fadeMs, this.#zone), done: 0 };
  }

  /** At most so many frames, a view that is the caller's from here on, to be read only. */
  take(frames: number): Int16Array {
    if (this.#fade === undefined) return this.#takeNext(frames);
    const part = this.#takeNext(Math.min(frames, this.#fade.frames - this.#fade.done)).slice();
    const taken = part.length / this.#zone.channels;
    applyRamp(part, this.#zone.channels, 1 - this.#fade.done / this.#fade.frames, -1 / this.#fade.frames);
    this.#fade.done += taken;
    return part;
  }

  #takeNext(frames: number): Int16Array {
    const samples = frames * this.#zone.channels;
    if (this.#leadIn.length > 0) {
      const part = this.#leadIn.subarray(0, samples);
      this.#leadIn = this.#leadIn.subarray(part.length);
      this.#framesBeforeItem += part.length / this.#zone.channels;
      return part;
    }
    this.#prepareTone();
    if (this.#toneLump.length > 0) {
      const part = this.#toneLump.subarray(0, samples);
      this.#toneLump = this.#toneLump.subarray(part.length);
      this.#framesBeforeItem += part.length / this.#zone.channels;
      this.#levelCentiDb = this.#toneLevelCentiDb;
      return part;
    }
    const part = this.#lump.subarray(0, samples);
    this.#lump = this.#lump.subarray(part.length);
    this.#levelCentiDb = this.#lumpLevelCentiDb;
    return part;
  }

  #prepareTone(): void {
    if (this.#toneLump.length > 0 || this.#tone.length === 0) return;
    this.#toneLump = this.#tone.slice(0, framesOf(LUMP_MS, this.#zone) * this.#zone.channels);
    this.#tone = this.#tone.subarray(this.#toneLump.length);
    applyGain(this.#toneLump, this.#start.attentionTone?.gainCentiDb ?? 0);
    this.#toneLevelCentiDb = levelCentiDb(this.#toneLump);
  }
}

function framesOf(milliseconds: Milliseconds, zone: ZoneSink): number {
  return Math.round((milliseconds * zone.rateHz) / 1000);
}
