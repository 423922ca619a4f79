import type { FrameClock } from "./card-log.ts";

export interface HeardTone {
  readonly toneHz: number;
  readonly fromFrame: number;
  /** The first frame after the tone. */
  readonly toFrame: number;
  readonly frames: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
}

export interface Content {
  readonly fromFrame: number;
  /** The first frame after the content. */
  readonly toFrame: number;
  readonly frames: number;
}

const bytesPerSample = 2;
const fullScale = 32_768;
const windowMs = 10;
const hopMs = 1;
/** Of a window's energy. At the edge of a tone exactly half a window is tone. */
const leastShare = 0.5;
/** −60 dB: below this nobody is speaking. */
const leastRms = fullScale / 1000;
const silenceCentiDb = -12_000;

/** One channel of raw interleaved S16_LE. */
export function samplesOf(bytes: Uint8Array, channels = 1, channel = 0): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames = Math.floor(bytes.byteLength / bytesPerSample / channels);
  return Int16Array.from({ length: frames }, (_, frame) =>
    view.getInt16((frame * channels + channel) * bytesPerSample, true),
  );
}

/** From the first to the last sample that is not zero. Padding and mute leave none. */
export function contentFrames(samples: Int16Array): Content {
  const fromFrame = samples.findIndex((sample) => sample !== 0);
  if (fromFrame < 0) return { fromFrame: 0, toFrame: 0, frames: 0 };
  const toFrame = samples.findLastIndex((sample) => sample !== 0) + 1;
  return { fromFrame, toFrame, frames: toFrame - fromFrame };
}

/** The part of the energy of `samples[from, from + length)` that lies in one tone: 1 for a pure sine. Outside is silence. */
export function toneShare(samples: Int16Array, from: number, length: number, rateHz: number, toneHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * toneHz) / rateHz);
  let previous = 0;
  let beforePrevious = 0;
  let energy = 0;
  for (let frame = from; frame < from + length; frame++) {
    const sample = samples[frame] ?? 0;
    const current = sample + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const power = previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
  return (2 * power) / (length * energy);
}

/**
 * Which of the candidates was heard when, to 3 ms or better: windows of 10 ms every millisecond, an edge lies where
 * half a window is the tone. Candidates at least 200 Hz apart; a gap under 5 ms stays unheard, and so does a tone under 10 ms.
 */
export function heardTones(
  samples: Int16Array,
  rateHz: number,
  candidatesHz: readonly number[],
  clock?: FrameClock,
): HeardTone[] {
  const window = Math.round((rateHz * windowMs) / 1000);
  const hop = Math.round((rateHz * hopMs) / 1000);
  const heard: HeardTone[] = [];
  let current: { toneHz: number; fromFrame: number } | undefined;
  for (let centre = 0; centre <= samples.length + window; centre += hop) {
    const toneHz = loudestTone(samples, centre - window / 2, window, rateHz, candidatesHz);
    if (toneHz === current?.toneHz) continue;
    const toFrame = Math.min(centre, samples.length);
    if (current !== undefined && toFrame - current.fromFrame >= window) {
      heard.push({
        ...current,
        toFrame,
        frames: toFrame - current.fromFrame,
        ...instants(current.fromFrame, toFrame, clock),
      });
    }
    current = toneHz === undefined ? undefined : { toneHz, fromFrame: centre };
  }
  return heard;
}

/** Level of consecutive windows in hundredths of a decibel; 0 is a full-scale square wave, −12000 silence. */
export function levelsCentiDb(samples: Int16Array, rateHz: number, lengthMs = windowMs): number[] {
  const window = Math.round((rateHz * lengthMs) / 1000);
  const levels: number[] = [];
  for (let from = 0; from + window <= samples.length; from += window) {
    levels.push(levelCentiDb(samples.subarray(from, from + window)));
  }
  return levels;
}

export function levelCentiDb(samples: Int16Array): number {
  const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(samples.length, 1));
  return rms === 0 ? silenceCentiDb : Math.max(silenceCentiDb, Math.round(2000 * Math.log10(rms / fullScale)));
}

function loudestTone(
  samples: Int16Array,
  from: number,
  window: number,
  rateHz: number,
  candidatesHz: readonly number[],
): number | undefined {
  let energy = 0;
  for (let frame = Math.max(0, from); frame < Math.min(samples.length, from + window); frame++) {
    energy += (samples[frame] ?? 0) ** 2;
  }
  if (energy < window * leastRms * leastRms) return undefined;
  let best: number | undefined;
  let bestShare = leastShare;
  for (const toneHz of candidatesHz) {
    const share = toneShare(samples, from, window, rateHz, toneHz);
    if (share >= bestShare) {
      best = toneHz;
      bestShare = share;
    }
  }
  return best;
}

function instants(
  fromFrame: number,
  toFrame: number,
  clock: FrameClock | undefined,
): { startedAtMs?: number; endedAtMs?: number } {
  const startedAtMs = clock?.(fromFrame);
  const endedAtMs = clock?.(toFrame - 1);
  return { ...(startedAtMs !== undefined && { startedAtMs }), ...(endedAtMs !== undefined && { endedAtMs }) };
}
