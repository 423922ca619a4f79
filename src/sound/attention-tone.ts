import { Memory } from "../domain/memory.ts";
import type { ZoneSink } from "../domain/playout.ts";
import type { Milliseconds } from "../domain/time.ts";
import { applyGain, levelCentiDb } from "./levels.ts";

/** Two pitches that neither speech nor music alternates between, both well inside what a horn carries. */
const PITCHES_HZ = [650, 1000] as const;
const PITCH_MS: Milliseconds = 250;
/** Whole pairs of pitches and whole periods of each, so that a repeat goes on where the one before ended. */
const LENGTH_MS: Milliseconds = 3_000;
/** −6 dBFS. */
const PEAK = 16_422;
/** A step from silence would click; only the very ends are soft. */
const EDGE_MS: Milliseconds = 5;

/** A tone that waits for its item is repeated, but not for ever: then something else may be worth hearing. */
export const MOST_TONE_ROUNDS = 4;
export const LONGEST_TONE_MS: Milliseconds = MOST_TONE_ROUNDS * LENGTH_MS;

/** Fills any device's buffer, and is amplified before anybody waits for it: that takes milliseconds, and on a small box tens. */
const HEAD_MS: Milliseconds = 200;

const made = new Map<string, Int16Array>();
const heads = new Memory<ToneHead>(16);

export interface ToneHead {
  readonly samples: Int16Array;
  readonly levelCentiDb: number;
}

/** What goes before an emergency until signed tones exist. The same samples each time, kept: not to be written to. */
export function attentionTone({ rateHz, channels }: Pick<ZoneSink, "rateHz" | "channels">): Int16Array {
  const name = `${rateHz}/${channels}`;
  const kept = made.get(name) ?? makeTone(rateHz, channels);
  made.set(name, kept);
  return kept;
}

/** How the tone begins where it has this gain: as much of it as a cut begins with. Kept like the tone. */
export function attentionToneHead(sink: Pick<ZoneSink, "rateHz" | "channels">, gainCentiDb: number): ToneHead {
  const name = `${sink.rateHz}/${sink.channels}/${gainCentiDb}`;
  const kept = heads.get(name);
  if (kept !== undefined) return kept;
  const samples = attentionTone(sink).slice(0, Math.round((HEAD_MS * sink.rateHz) / 1000) * sink.channels);
  applyGain(samples, gainCentiDb);
  const head = { samples, levelCentiDb: levelCentiDb(samples) };
  heads.set(name, head);
  return head;
}

function makeTone(rateHz: number, channels: number): Int16Array {
  const frames = (LENGTH_MS * rateHz) / 1000;
  const pitchFrames = (PITCH_MS * rateHz) / 1000;
  const edgeFrames = (EDGE_MS * rateHz) / 1000;
  const samples = new Int16Array(frames * channels);
  let turns = 0;
  for (let frame = 0; frame < frames; frame++) {
    const softness = Math.min(1, (frame + 1) / edgeFrames, (frames - frame) / edgeFrames);
    const value = Math.round(PEAK * softness * Math.cos(2 * Math.PI * turns));
    samples.fill(value, frame * channels, (frame + 1) * channels);
    turns += (PITCHES_HZ[Math.floor(frame / pitchFrames) % PITCHES_HZ.length] ?? 0) / rateHz;
  }
  return samples;
}
