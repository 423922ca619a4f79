import { setTimeout as sleep } from "node:timers/promises";
import { attentionTone } from "../../../src/sound/attention-tone.ts";
import { frameClock } from "../../rig/card-log.ts";
import { contentFrames } from "../../rig/listen.ts";
import { testRateHz } from "../../rig/test-audio.ts";
import { PATIENCE_MS } from "./link.ts";
import type { Station } from "./station.ts";

/** Resolves when a zone's card has played so many frames: an instant in the middle of a play. */
export async function framesHeard(commune: Station, zone: string, frames: number): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const heard = await commune.heard(zone);
    if (heard.length >= frames) return;
    if (performance.now() > giveUpAtMs) throw new Error(`${zone}: only ${heard.length} of ${frames} frames were heard`);
    await sleep(10);
  }
}

/** When the last sound came out of a zone, by the card's own account. */
export async function lastHeardAtMs(commune: Station, zone: string): Promise<number> {
  const { toFrame } = contentFrames(await commune.heard(zone));
  return frameClock(await commune.card(zone).events())(toFrame - 1) ?? Number.NaN;
}

/**
 * A recording that ends with a whole play of `samples`, which may hold no zero: what was heard before it, and whether the last
 * play is there frame by frame. A sink may fill its last period with zeros, and a card that was away is looked for with some.
 */
export function splitAtLastPlay(
  recording: Int16Array,
  samples: Int16Array,
): { readonly before: Int16Array; readonly isWhole: boolean } {
  const { toFrame } = contentFrames(recording);
  const from = Math.max(0, toFrame - samples.length);
  const last = recording.subarray(from, toFrame);
  const before = recording.slice(0, contentFrames(recording.subarray(0, from)).toFrame);
  return { before, isWhole: sameSamples(last, samples) };
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

/** Enough of it that nothing else is taken for it. */
const TONE_HEAD_FRAMES = 4_800;
const TONE = attentionTone({ rateHz: testRateHz, channels: 1 });

/** What was heard but for the attention tones, each of which must be whole and as generated: at no gain, as a test's zone has it. */
export function withoutTones(recording: Int16Array): Int16Array {
  const [head, tone] = [bytesOf(TONE.slice(0, TONE_HEAD_FRAMES)), bytesOf(TONE)];
  let rest = Buffer.from(bytesOf(recording));
  for (let at = rest.indexOf(head); at >= 0; at = rest.indexOf(head, at)) {
    if (Buffer.compare(rest.subarray(at, at + tone.length), tone) !== 0) throw new Error("an attention tone is torn");
    rest = Buffer.concat([rest.subarray(0, at), rest.subarray(at + tone.length)]);
  }
  return new Int16Array(Uint8Array.from(rest).buffer);
}
