/** Where a reference lies in a recording and what became of it on the way. Exact when all but `lag` is 0. */
export interface Alignment {
  /** Recording frame at which frame 0 of the reference lies. */
  readonly lag: number;
  /** Frames of the reference that are skipped, or that lie before the beginning or after the end of the recording. */
  readonly lostFrames: number;
  /** Frames of the recording that the reference does not have: doubled or inserted. */
  readonly doubledFrames: number;
  /** In blocks that fit nowhere: a seam, or foreign sound. */
  readonly unmatchedFrames: number;
  /** RMS of the difference over RMS of the reference, over all blocks that fit. */
  readonly normalizedError: number;
}

export interface AlignOptions {
  /** How far a single loss or doubling may shift the rest. */
  readonly maximumShiftFrames?: number;
  /** Most difference a block may have, RMS over RMS, and still be the same sound. */
  readonly tolerance?: number;
}

const blockFrames = 480;
const defaultMaximumShiftFrames = 9_600;
const defaultTolerance = 0.3;
/** A silent block fits anything this quiet, in squared sample units a frame. */
const silenceFloor = 4;

interface Block {
  readonly from: number;
  readonly length: number;
  readonly energy: number;
}

/** A periodic reference fits at many places: count losses and doublings with noise or speech, not with a tone. */
export function align(recording: Int16Array, reference: Int16Array, options: AlignOptions = {}): Alignment {
  const { maximumShiftFrames = defaultMaximumShiftFrames, tolerance = defaultTolerance } = options;
  let lag: number | undefined;
  let current = bestLag(recording, reference);
  let lostFrames = 0;
  let doubledFrames = 0;
  let unmatchedFrames = 0;
  let matchedEnergy = 0;
  let matchedDifference = 0;
  for (const block of blocksOf(reference)) {
    const allowed = tolerance * tolerance * Math.max(block.energy, silenceFloor * block.length);
    let difference = differenceAt(recording, reference, block, current, allowed);
    if (difference > allowed && block.energy > silenceFloor * block.length) {
      const shift = bestShift(recording, reference, block, current, allowed, maximumShiftFrames);
      if (shift !== undefined) {
        // Before the first fit nothing has been lost: the correlation may have found a later part of a torn reference.
        if (lag !== undefined) {
          lostFrames += Math.max(0, -shift.frames);
          doubledFrames += Math.max(0, shift.frames);
        }
        current += shift.frames;
        difference = shift.difference;
      }
    }
    const outside = block.length - overlap(recording, block, current);
    lostFrames += outside;
    if (difference > allowed) {
      unmatchedFrames += block.length - outside;
      continue;
    }
    if (block.energy > silenceFloor * block.length) lag ??= current;
    if (outside > 0) continue;
    matchedEnergy += block.energy;
    matchedDifference += difference;
  }
  const nothingFits = Number(unmatchedFrames + lostFrames > 0);
  const normalizedError = matchedEnergy === 0 ? nothingFits : Math.sqrt(matchedDifference / matchedEnergy);
  return { lag: lag ?? current, lostFrames, doubledFrames, unmatchedFrames, normalizedError };
}

function blocksOf(reference: Int16Array): Block[] {
  return Array.from({ length: Math.ceil(reference.length / blockFrames) }, (_, index) => {
    const block = reference.subarray(index * blockFrames, (index + 1) * blockFrames);
    return { from: index * blockFrames, length: block.length, energy: energyOf(block) };
  });
}

function overlap(recording: Int16Array, { from, length }: Block, lag: number): number {
  return Math.max(0, Math.min(recording.length, from + lag + length) - Math.max(0, from + lag));
}

/** Stops early, above `enough`. Frames outside the recording do not count: they are lost, not different. */
function differenceAt(
  recording: Int16Array,
  reference: Int16Array,
  { from, length }: Block,
  lag: number,
  enough: number,
): number {
  let difference = 0;
  for (let frame = Math.max(from, -lag); frame < Math.min(from + length, recording.length - lag); frame++) {
    difference += ((recording[frame + lag] ?? 0) - (reference[frame] ?? 0)) ** 2;
    if (difference > enough) return difference;
  }
  return difference;
}

function bestShift(
  recording: Int16Array,
  reference: Int16Array,
  block: Block,
  lag: number,
  allowed: number,
  maximumShiftFrames: number,
): { frames: number; difference: number } | undefined {
  let best: { frames: number; difference: number } | undefined;
  for (let distance = 1; distance <= maximumShiftFrames; distance++) {
    for (const frames of [-distance, distance]) {
      if (overlap(recording, block, lag + frames) < block.length) continue;
      const difference = differenceAt(recording, reference, block, lag + frames, best?.difference ?? allowed);
      if (difference < (best?.difference ?? allowed)) best = { frames, difference };
    }
  }
  return best;
}

/** The lag of the highest normalized cross-correlation, over every partial overlap. */
function bestLag(recording: Int16Array, reference: Int16Array): number {
  const size = 2 ** Math.ceil(Math.log2(recording.length + reference.length + 1));
  const products = crossCorrelation(recording, reference, size);
  const energyBefore = new Float64Array(recording.length + 1);
  recording.forEach((sample, frame) => {
    energyBefore[frame + 1] = (energyBefore[frame] ?? 0) + sample * sample;
  });
  let best = 0;
  let bestScore = 0;
  for (let lag = 1 - reference.length; lag < recording.length; lag++) {
    const from = Math.max(0, lag);
    const to = Math.min(recording.length, lag + reference.length);
    const energy = (energyBefore[to] ?? 0) - (energyBefore[from] ?? 0);
    const score = energy < 1 ? 0 : (products[(lag + size) % size] ?? 0) / Math.sqrt(energy);
    if (score > bestScore) {
      best = lag;
      bestScore = score;
    }
  }
  return best;
}

function crossCorrelation(recording: Int16Array, reference: Int16Array, size: number): Float64Array {
  const [a, b] = [spectrum(recording, size), spectrum(reference, size)];
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let bin = 0; bin < size; bin++) {
    const [ar = 0, ai = 0, br = 0, bi = 0] = [a.real[bin], a.imaginary[bin], b.real[bin], b.imaginary[bin]];
    real[bin] = ar * br + ai * bi;
    // Conjugated: the forward transform of a conjugate is the conjugate of the inverse one, and the result is real.
    imaginary[bin] = -(ai * br - ar * bi);
  }
  transform(real, imaginary);
  return real;
}

function spectrum(samples: Int16Array, size: number): { real: Float64Array; imaginary: Float64Array } {
  const real = new Float64Array(size);
  real.set(samples);
  const imaginary = new Float64Array(size);
  transform(real, imaginary);
  return { real, imaginary };
}

/** Radix-2 fast Fourier transform in place. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let index = 1, mirrored = 0; index < size; index++) {
    let bit = size >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index < mirrored) {
      swap(real, index, mirrored);
      swap(imaginary, index, mirrored);
    }
  }
  for (let half = 1; half < size; half *= 2) {
    for (let step = 0; step < half; step++) {
      const angle = (-Math.PI * step) / half;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      for (let even = step; even < size; even += 2 * half) {
        const odd = even + half;
        const [er = 0, ei = 0, or = 0, oi = 0] = [real[even], imaginary[even], real[odd], imaginary[odd]];
        const turnedReal = or * cosine - oi * sine;
        const turnedImaginary = or * sine + oi * cosine;
        real[even] = er + turnedReal;
        imaginary[even] = ei + turnedImaginary;
        real[odd] = er - turnedReal;
        imaginary[odd] = ei - turnedImaginary;
      }
    }
  }
}

function swap(values: Float64Array, a: number, b: number): void {
  const kept = values[a] ?? 0;
  values[a] = values[b] ?? 0;
  values[b] = kept;
}

function energyOf(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
