import { spawn } from "node:child_process";
import { samplesOf } from "./listen.ts";

/** A tone, or without `toneHz` silence, or reproducible noise, which is the only one whose every frame is its own. */
export interface Segment {
  readonly seconds: number;
  readonly toneHz?: number;
  readonly noiseSeed?: number;
}

export type AudioFormat = "wav" | "opus" | "mp3";

export const testRateHz = 48_000;
const amplitude = 16_384;
const bitsPerSecond = "96k";

/** The encoder keeps the exact length in each: RIFF sizes, Ogg's last granule, MP3's Xing tag with LAME's padding. */
const encoders: Record<AudioFormat, readonly string[]> = {
  wav: ["-c:a", "pcm_s16le", "-f", "wav"],
  opus: ["-c:a", "libopus", "-b:a", bitsPerSecond, "-f", "ogg"],
  mp3: ["-c:a", "libmp3lame", "-b:a", bitsPerSecond, "-write_xing", "1", "-f", "mp3"],
};

/** A cosine: unlike a sine it begins with a sample that is not zero, so that its content can be counted exactly. */
export function makeTone(toneHz: number, seconds: number, rateHz = testRateHz): Int16Array {
  return Int16Array.from({ length: Math.round(seconds * rateHz) }, (_, frame) =>
    Math.round(amplitude * Math.cos((2 * Math.PI * toneHz * frame) / rateHz)),
  );
}

/** White, reproducible, without a zero sample. */
export function makeNoise(seed: number, seconds: number, rateHz = testRateHz): Int16Array {
  let state = (Math.imul(seed, 0x9e37_79b9) ^ 0x1234_5678) >>> 0 || 1;
  return Int16Array.from({ length: Math.round(seconds * rateHz) }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (((state >>> 16) % amplitude) - amplitude / 2) | 1;
  });
}

export function makeSamples(segments: readonly Segment[], rateHz = testRateHz): Int16Array {
  return joined(
    segments.map(({ seconds, toneHz, noiseSeed }) => {
      if (noiseSeed !== undefined) return makeNoise(noiseSeed, seconds, rateHz);
      return toneHz === undefined ? new Int16Array(Math.round(seconds * rateHz)) : makeTone(toneHz, seconds, rateHz);
    }),
  );
}

/** Writes a mono file of exactly these frames at 48 kHz and returns them as they were before encoding. */
export async function makeTestAudio(
  path: string,
  segments: readonly Segment[],
  format: AudioFormat,
): Promise<Int16Array> {
  const samples = makeSamples(segments);
  const input = ["-f", "s16le", "-ar", String(testRateHz), "-ac", "1", "-i", "pipe:0"];
  await ffmpeg([...input, ...encoders[format], "-y", path], rawBytes(samples));
  return samples;
}

/** A recording as a file that any player takes: 16 bit, mono. */
export async function writeWav(path: string, samples: Int16Array, rateHz = testRateHz): Promise<void> {
  const input = ["-f", "s16le", "-ar", String(rateHz), "-ac", "1", "-i", "pipe:0"];
  await ffmpeg([...input, ...encoders.wav, "-y", path], rawBytes(samples));
}

/** What ffmpeg makes of a file: the reference for what a card should have heard. */
export async function decodeAudio(path: string, rateHz = testRateHz): Promise<Int16Array> {
  return samplesOf(await ffmpeg(["-i", path, "-f", "s16le", "-ar", String(rateHz), "-ac", "1", "pipe:1"]));
}

export function rawBytes(samples: Int16Array): Buffer {
  const bytes = Buffer.alloc(samples.length * Int16Array.BYTES_PER_ELEMENT);
  samples.forEach((sample, frame) => {
    bytes.writeInt16LE(sample, frame * Int16Array.BYTES_PER_ELEMENT);
  });
  return bytes;
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((frames, part) => frames + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function ffmpeg(parameters: readonly string[], input?: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn("ffmpeg", ["-nostdin", "-hide_banner", "-v", "error", ...parameters]);
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    child.stdin.on("error", () => {}); // the exit status tells why it stopped reading
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(output));
      else reject(new Error(`ffmpeg ${parameters.join(" ")} ended with ${code}: ${Buffer.concat(complaints)}`));
    });
    child.stdin.end(input);
  });
}
