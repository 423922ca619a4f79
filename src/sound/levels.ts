const FULL_SCALE = 32_768;
/** Of so many samples one is measured; an odd number, so that two channels take turns. All of them took a seventh of what a play takes. */
const MEASURED_ONE_OF = 7;
/** Told for digital silence, which has no level. */
const SILENCE_CENTI_DB = -12_000;

/** Decoded sound as samples, without a copy. S16_LE is the layout of every processor this runs on. */
export function samplesOf(pcm: Buffer): Int16Array<ArrayBufferLike> {
  const aligned = pcm.byteOffset % Int16Array.BYTES_PER_ELEMENT === 0 ? pcm : Uint8Array.from(pcm);
  return new Int16Array(
    aligned.buffer,
    aligned.byteOffset,
    Math.floor(aligned.byteLength / Int16Array.BYTES_PER_ELEMENT),
  );
}

/** In place, with saturation. At 0 dB no sample is touched: what was decoded is what is heard. */
export function applyGain(samples: Int16Array, gainCentiDb: number): void {
  if (gainCentiDb === 0) return;
  const factor = 10 ** (gainCentiDb / 2000);
  for (let index = 0; index < samples.length; index++) {
    const scaled = (samples[index] ?? 0) * factor;
    // By comparison: two more calls for each sample took a sixth of what a play takes.
    if (scaled >= FULL_SCALE - 1) samples[index] = FULL_SCALE - 1;
    else samples[index] = scaled <= -FULL_SCALE ? -FULL_SCALE : Math.round(scaled);
  }
}

/** In place: the factor of the first frame, and how much each further one adds to it. */
export function applyRamp(samples: Int16Array, channels: number, factor: number, perFrame: number): void {
  for (let index = 0; index < samples.length; index++) {
    const now = Math.max(0, factor + perFrame * Math.floor(index / channels));
    samples[index] = Math.round((samples[index] ?? 0) * now);
  }
}

/** RMS against full scale: a full-scale sine is −301. */
export function levelCentiDb(samples: Int16Array): number {
  let squares = 0;
  for (let index = 0; index < samples.length; index += MEASURED_ONE_OF) squares += (samples[index] ?? 0) ** 2;
  if (squares === 0) return SILENCE_CENTI_DB;
  const measured = Math.ceil(samples.length / MEASURED_ONE_OF);
  return Math.round(1000 * Math.log10(squares / measured / FULL_SCALE ** 2));
}
