import type { Milliseconds, MonotonicMs } from "../domain/time.ts";

/** How the device was opened, which may differ from what was asked. */
export interface SinkGeometry {
  readonly rateHz: number;
  readonly bufferFrames: number;
  readonly periodFrames: number;
}

/** PROTOCOL.md, "Evidence": at most this much is handed over and not yet heard. */
const OUTSTANDING_MS = 200;
/** What must wait in the pipe when the device's own buffer takes all of that, so that it survives a late tick. */
const LEAST_WAITING_MS = 60;
/** Nothing taken for this long while sound waits: the device stands still. */
export const STALLED_MS = 1200;
/** Of its pace. Less is no sound: a plug-in that reads files of its own is counted with it. */
const LEAST_PACE = 0.1;
/** How much faster than our clock a card may run. */
const FASTEST_CARD = 1.0005;
const WALL_TOLERANCE_MS = 250;
const WALL_TOLERANCE = 0.001;

/**
 * Where the device is, told from what was written, what the player process has read and what time it is. All counts are
 * frames since the sink was opened. The read count carries the pace, so that a card slower or faster than our clock neither
 * fills the pipe nor runs dry; the clock bounds the count, and stands in for it where the kernel keeps none.
 */
export class Pace {
  readonly #geometry: SinkGeometry;
  readonly #windowFrames: number;
  #startedAtMs: MonotonicMs | undefined;
  #written = 0;
  #counted = Number.POSITIVE_INFINITY;
  /** While sound waits to be taken: how far the device was in the last `STALLED_MS`. */
  #track: { readonly atMs: MonotonicMs; readonly frames: number }[] = [];

  constructor(geometry: SinkGeometry) {
    this.#geometry = geometry;
    this.#windowFrames = Math.max(
      this.#frames(OUTSTANDING_MS),
      geometry.bufferFrames + geometry.periodFrames + this.#frames(LEAST_WAITING_MS),
    );
  }

  /** When the first frame was written to be heard, and so, a period at most before, heard. */
  get startedAtMs(): MonotonicMs | undefined {
    return this.#startedAtMs;
  }

  get writtenFrames(): number {
    return this.#written;
  }

  wrote(frames: number, nowMs: MonotonicMs): void {
    this.begin(nowMs);
    this.#written += frames;
  }

  /** As many frames may be written before the device begins: it waits for a full buffer. */
  get framesBeforeStart(): number {
    return Math.max(0, this.#geometry.bufferFrames - this.#geometry.periodFrames);
  }

  /** Written ahead: nothing is heard before `begin`. */
  held(frames: number): void {
    this.#written += frames;
  }

  begin(nowMs: MonotonicMs): void {
    this.#startedAtMs ??= nowMs;
  }

  /**
   * The player process has read this much since the sink was opened; undefined when that can't be known now. One that is gone has
   * read no more than when it was last looked at: the clock alone would claim what it never got to.
   */
  counted(read: number | undefined, nowMs: MonotonicMs): void {
    if (read !== undefined) this.#counted = read;
    const frames = this.#read(nowMs);
    if (frames >= this.#written) this.#track = [];
    this.#track.push({ atMs: nowMs, frames });
    while (nowMs - (this.#track[1]?.atMs ?? nowMs) >= STALLED_MS) this.#track.shift();
  }

  /** Never more than was heard, and at most the outstanding 200 ms less. */
  playedFrames(nowMs: MonotonicMs): number {
    const { bufferFrames, periodFrames } = this.#geometry;
    // What a device that stands still seems to have read since was no sound.
    const read = (this.isStalled ? this.#track[0]?.frames : undefined) ?? this.#read(nowMs);
    return Math.max(0, Math.floor(read - bufferFrames - periodFrames));
  }

  /** How much may be written now. */
  roomFrames(nowMs: MonotonicMs): number {
    return Math.max(0, this.#windowFrames - (this.#written - this.playedFrames(nowMs)));
  }

  outstandingMs(nowMs: MonotonicMs): Milliseconds {
    return ((this.#written - this.playedFrames(nowMs)) * 1000) / this.#geometry.rateHz;
  }

  /** More was handed over than the device has taken: it has as much as it holds. */
  isAhead(nowMs: MonotonicMs): boolean {
    return this.#written > this.#read(nowMs);
  }

  /** As of the last count. */
  get isStalled(): boolean {
    const [first, last] = [this.#track[0], this.#track.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < STALLED_MS) return false;
    return last.frames - first.frames < this.#frames(last.atMs - first.atMs) * LEAST_PACE;
  }

  /** After a drain: as much time went by as the frames last. */
  agreesWithWall(nowMs: MonotonicMs): boolean {
    if (this.#startedAtMs === undefined) return false;
    const lastedMs = (this.#written * 1000) / this.#geometry.rateHz;
    return Math.abs(nowMs - this.#startedAtMs - lastedMs) <= WALL_TOLERANCE_MS + lastedMs * WALL_TOLERANCE;
  }

  #read(nowMs: MonotonicMs): number {
    if (this.#startedAtMs === undefined) return 0;
    const byClock = this.#frames((nowMs - this.#startedAtMs) * FASTEST_CARD) + this.#geometry.bufferFrames;
    return Math.min(this.#counted, byClock, this.#written);
  }

  #frames(milliseconds: Milliseconds): number {
    return (milliseconds * this.#geometry.rateHz) / 1000;
  }
}
