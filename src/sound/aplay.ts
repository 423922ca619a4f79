import type { ZoneSink } from "../domain/playout.ts";
import type { SinkGeometry } from "./pace.ts";

/** What alsa-utils' aplay is told and what it says (1.2.8, in the C locale). */
export function aplayParameters(sink: ZoneSink): readonly string[] {
  return [
    "-q",
    "-v", // its setup on stderr: what the device really granted, and that it is open
    "-N", // a device in use is told at once; without it aplay waits, without a word, until it is free
    "-D",
    sink.device,
    "-t",
    "raw",
    "-f",
    "S16_LE",
    "-r",
    String(sink.rateHz),
    "-c",
    String(sink.channels),
    `--buffer-time=${sink.bufferMs * 1000}`,
    `--period-time=${sink.periodMs * 1000}`,
  ];
}

/** The device's setup, collected line by line. The first one told is the side we write to; those behind it convert. */
export class AplaySetup {
  readonly #rateHz: number;
  readonly #values = new Map<string, number>();

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  /** The geometry with the line that completes it: from then on aplay reads. */
  take(line: string): SinkGeometry | undefined {
    const [, name = "", value = ""] = /^\s+(\w+)\s*: (\d+)$/.exec(line) ?? [];
    if (name !== "" && !this.#values.has(name)) this.#values.set(name, Number(value));
    const bufferFrames = this.#values.get("buffer_size");
    const periodFrames = this.#values.get("period_size");
    if (name !== "boundary" || bufferFrames === undefined || periodFrames === undefined) return undefined;
    return { rateHz: this.#rateHz, bufferFrames, periodFrames };
  }
}

export function tellsUnderrun(line: string): boolean {
  return line.startsWith("underrun!!!");
}

/** Missing and busy ask for different hands. `complaint` is all it said. */
export function faultOf(complaint: string): "missing" | "busy" | undefined {
  if (/Device or resource busy/.test(complaint)) return "busy";
  return /No such (device|file or directory)|Unknown PCM|Cannot get card index/.test(complaint) ? "missing" : undefined;
}
