import { resolve } from "node:path";
import type { AudioFile } from "../domain/broadcast.ts";
import type { AgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";
import { nameFile } from "./chunks.ts";
import { deskFailure } from "./failure.ts";
import { lastWords, runTool } from "./tool.ts";

/** What the contract lets a broadcast carry. */
const MAXIMUM_BYTES = 16 * 1024 * 1024;
const MAXIMUM_MS = 4_000_000;
const LIMITS = { deadlineMs: 600_000, outputBytes: MAXIMUM_BYTES };

/** MP3, WAV, M4A and Ogg by their content; no playlist or network format may smuggle in another source. */
const ACCEPTED_FORMATS = "mp3,wav,mov,ogg";

export interface PreparedAudio {
  readonly file: AudioFile;
  readonly bytes: Uint8Array;
}

/**
 * Turns what an official hands in into what gateways play: Ogg Opus, mono, 32 kbit/s, with its loudness as measured (EBU R 128).
 * The same input and encoder give the same bytes, so a file sent twice is stored once.
 * @throws AgentFailure `desk-invalid` when it is no sound, empty or too long; `tool-missing`
 */
export async function prepareAudio(path: string): Promise<PreparedAudio> {
  const bytes = await encode(path);
  const measured = await measure(path, bytes);
  if (measured.durationMs === 0) throw unusable(path, say("desk.audio.empty"));
  if (measured.durationMs > MAXIMUM_MS) {
    throw unusable(path, say("desk.audio.tooLong", { minutes: Math.floor(MAXIMUM_MS / 60_000) }));
  }
  return { file: { ...nameFile(bytes), mediaType: "audio/ogg", ...measured }, bytes };
}

async function encode(path: string): Promise<Uint8Array> {
  const source = ["-protocol_whitelist", "file", "-format_whitelist", ACCEPTED_FORMATS, "-i", `file:${resolve(path)}`];
  const opus = ["-map", "0:a:0", "-ac", "1", "-ar", "48000", "-c:a", "libopus", "-b:a", "32k"];
  // Bit-exact: no random stream serial, no encoder version in the tags.
  const reproducible = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"];
  const result = await runTool(
    "ffmpeg",
    ["-hide_banner", "-nostdin", "-v", "error", ...source, ...opus, ...reproducible, "-f", "ogg", "pipe:1"],
    LIMITS,
  );
  if (result.exitCode !== 0) throw unusable(path, lastWords(result.stderr) || say("desk.audio.tooLarge"));
  return result.stdout;
}

type Measured = Pick<AudioFile, "durationMs" | "loudnessCentiLufs" | "truePeakCentiDb">;

async function measure(path: string, bytes: Uint8Array): Promise<Measured> {
  const source = ["-protocol_whitelist", "pipe", "-format_whitelist", "ogg", "-i", "pipe:0"];
  const meter = ["-af", "ebur128=peak=true:framelog=verbose", "-progress", "pipe:1", "-f", "null", "-"];
  const result = await runTool("ffmpeg", ["-hide_banner", "-nostats", ...source, ...meter], LIMITS, bytes);
  if (result.exitCode !== 0) throw unusable(path, lastWords(result.stderr));
  return readMeasurement(result.stdout.toString(), result.stderr);
}

/** Silence has no loudness: -70 LUFS is the meter's floor and its peak is -inf. Such members are left out. */
export function readMeasurement(progress: string, summary: string): Measured {
  const microseconds = lastNumber(progress, /out_time_us=(\d+)/g) ?? 0;
  const lufs = lastNumber(summary, /I:\s+(-?[\d.]+) LUFS/g);
  const peakDb = lastNumber(summary, /Peak:\s+(-?[\d.]+) dBFS/g);
  return {
    durationMs: Math.round(microseconds / 1000),
    loudnessCentiLufs: lufs === undefined || lufs <= -70 ? undefined : Math.round(lufs * 100),
    truePeakCentiDb: peakDb === undefined ? undefined : Math.round(peakDb * 100),
  };
}

function lastNumber(text: string, pattern: RegExp): number | undefined {
  const found = [...text.matchAll(pattern)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

function unusable(path: string, reason: string): AgentFailure {
  return deskFailure("desk.audio", { path, reason });
}
