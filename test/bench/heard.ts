import { readFileSync } from "node:fs";
import path from "node:path";
import type { AudioMediaType } from "../../src/domain/broadcast.ts";
import { align } from "../rig/align.ts";
import { agentPeriodFrames } from "../rig/player.ts";
import { type AudioFormat, decodeAudio, makeTestAudio, testRateHz } from "../rig/test-audio.ts";
import { type NamedAudio, nameAudio } from "./bench-station.ts";

export interface MadeItem extends NamedAudio {
  /** What the card has to play, frame by frame. */
  readonly reference: Int16Array;
}

const MEDIA_TYPES: Readonly<Record<AudioFormat, AudioMediaType>> = {
  wav: "audio/wav",
  opus: "audio/ogg",
  mp3: "audio/mpeg",
};

/** Noise of exactly so many seconds: no two of its frames can be taken for each other. */
export async function makeItem(folder: string, format: AudioFormat, seconds: number): Promise<MadeItem> {
  const file = path.join(folder, `item.${format}`);
  await makeTestAudio(file, [{ seconds, noiseSeed: 7 }], format);
  const decoded = await decodeAudio(file);
  const frames = Math.round(seconds * testRateHz);
  // ffmpeg before 7 hands out the padding that an MP3's tag tells to drop.
  if (decoded.length < frames) throw new Error(`${format}: ffmpeg decodes ${decoded.length} frames, not ${frames}`);
  return {
    ...nameAudio(readFileSync(file), MEDIA_TYPES[format], seconds * 1000),
    reference: decoded.subarray(0, frames),
  };
}

export interface Heard {
  /** Of the item, in their order. */
  readonly contentFrames: number;
  readonly lostFrames: number;
  readonly doubledFrames: number;
  /** Behind the content: zeros, or the play was not the item alone. */
  readonly paddingFrames: number;
  readonly isExact: boolean;
}

export function compare(recording: Int16Array, reference: Int16Array): Heard {
  const { lag, lostFrames, doubledFrames, unmatchedFrames, normalizedError } = align(recording, reference);
  const end = lag + reference.length + doubledFrames - lostFrames;
  const padding = recording.subarray(end);
  const isPadding = padding.length <= agentPeriodFrames && padding.every((sample) => sample === 0);
  return {
    contentFrames: reference.length - lostFrames - unmatchedFrames,
    lostFrames,
    doubledFrames,
    paddingFrames: padding.length,
    isExact: isPadding && lag === 0 && lostFrames + doubledFrames + unmatchedFrames === 0 && normalizedError === 0,
  };
}
