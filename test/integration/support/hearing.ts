import { setTimeout as sleep } from "node:timers/promises";
import { contentFrames } from "../../rig/listen.ts";
import type { Station } from "./station.ts";

const WITHIN_MS = 20_000;

/** Resolves when a zone's card has played so many frames: an instant in the middle of a play. */
export async function framesHeard(commune: Station, zone: string, frames: number): Promise<void> {
  const giveUpAtMs = performance.now() + WITHIN_MS;
  for (;;) {
    const heard = await commune.heard(zone);
    if (heard.length >= frames) return;
    if (performance.now() > giveUpAtMs) throw new Error(`${zone}: only ${heard.length} of ${frames} frames were heard`);
    await sleep(10);
  }
}

/**
 * A recording that ends with a whole play of `samples`, which may hold no zero: what was heard before it, and whether the last
 * play is there frame by frame. A sink may fill its last period with zeros.
 */
export function splitAtLastPlay(
  recording: Int16Array,
  samples: Int16Array,
): { readonly before: Int16Array; readonly isWhole: boolean } {
  const { toFrame } = contentFrames(recording);
  const from = Math.max(0, toFrame - samples.length);
  const last = recording.subarray(from, toFrame);
  return { before: recording.slice(0, from), isWhole: sameSamples(last, samples) };
}

/** Sample by sample. Where they differ a matcher would write out seconds of sound, for minutes. */
export function sameSamples(heard: Int16Array, expected: Int16Array): boolean {
  return Buffer.compare(bytesOf(heard), bytesOf(expected)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Chance that can be had again: the same seed, the same fractions in [0, 1). */
export function seededFractions(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
