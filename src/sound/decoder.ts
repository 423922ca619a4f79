import os from "node:os";
import { CHUNK_BYTES } from "../domain/broadcast.ts";
import type { OutputStart, ZoneSink } from "../domain/playout.ts";
import type { Milliseconds, MonotonicMs } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { type Child, type ChildEnd, lastWords, startChild } from "./child.ts";
import { decoderParameters } from "./decoder-parameters.ts";
import { samplesOf } from "./levels.ts";
import type { SoundTools } from "./messages.ts";
import { monotonicMs } from "./monotonic.ts";
import { mp3Length } from "./mp3-length.ts";
import { DRAINED, failed, type Verdict } from "./verdict.ts";

export interface DecoderListener {
  hungry(bytes: number): void;
  /** There is more to read, perhaps. */
  readable(): void;
  /** Nothing more will come, and all that came was read. */
  ended(verdict: Verdict): void;
}

/** Bytes of the file asked for and not yet taken by ffmpeg. */
const AHEAD_BYTES = 262_144;

/** To take apart a process of ffmpeg's size takes milliseconds of the processor that the next sink is opened with. */
const KILL_AFTER_MS: Milliseconds = 100;

/** Above that of the agent and its sinks. */
const DECODER_NICENESS = 10;

/** One ffmpeg: bytes of a file in, samples out. It runs ahead of who reads it by its pipes, about a second, and then waits. */
export class Decoder {
  readonly #start: OutputStart;
  readonly #sink: ZoneSink;
  readonly #tools: SoundTools;
  readonly #listener: DecoderListener;
  readonly #frameBytes: number;
  #child: Child | undefined;
  #killing: NodeJS.Timeout | undefined;
  #isGone = false;
  #grantedBytes = 0;
  #fedBytes = 0;
  #takenBytes = 0;
  #framesRead = 0;
  #framesInFile = Number.POSITIVE_INFINITY;
  #activeAtMs: MonotonicMs = monotonicMs();

  constructor(start: OutputStart, sink: ZoneSink, tools: SoundTools, listener: DecoderListener) {
    this.#start = start;
    this.#sink = sink;
    this.#tools = tools;
    this.#listener = listener;
    this.#frameBytes = sink.channels * Int16Array.BYTES_PER_ELEMENT;
  }

  open(): void {
    this.#activeAtMs = monotonicMs();
    const order = {
      path: this.#tools.ffmpegPath,
      parameters: decoderParameters(this.#start, this.#sink),
      environment: this.#tools.environment,
      stdout: "pipe",
    } as const;
    this.#child = startChild(order, { ended: (end) => this.#ended(end) });
    yieldToSinks(this.#child.pid);
    this.#child.stdout?.on("readable", () => this.#listener.readable());
    this.#askForMore();
  }

  /** When it was last fed, or took or gave anything. */
  get activeAtMs(): MonotonicMs {
    return this.#activeAtMs;
  }

  /** It has taken all it was fed and waits for what was asked for. */
  get isWaitingForFeed(): boolean {
    return this.#takenBytes === this.#fedBytes && this.#fedBytes < this.#grantedBytes;
  }

  /** Its file has come, or begun to. */
  get isFed(): boolean {
    return this.#fedBytes > 0;
  }

  feed(bytes: Uint8Array, last: boolean): void {
    const stdin = this.#child?.stdin;
    if (stdin === undefined || stdin.writableEnded) return;
    if (this.#fedBytes === 0) this.#measure(bytes);
    this.#fedBytes += bytes.length;
    this.#activeAtMs = monotonicMs();
    stdin.write(bytes, (error) => {
      if (error) return;
      this.#activeAtMs = monotonicMs();
      this.#takenBytes += bytes.length;
      this.#askForMore();
    });
    if (last) stdin.end();
  }

  /** So many frames, the rest of the sound, or nothing for now. */
  read(frames: number): Int16Array | undefined {
    const stdout = this.#child?.stdout;
    if (stdout === undefined) return undefined;
    const wanted = Math.min(frames, this.#framesInFile - this.#framesRead);
    // The encoder's padding: nobody hears it, but it must be gone before the decoder can end.
    if (wanted === 0) while (stdout.read() !== null);
    const pcm: Buffer | null = wanted === 0 ? null : stdout.read(wanted * this.#frameBytes);
    if (pcm === null) return undefined;
    this.#activeAtMs = monotonicMs();
    const samples = samplesOf(pcm.subarray(0, pcm.length - (pcm.length % this.#frameBytes)));
    this.#framesRead += samples.length / this.#sink.channels;
    return samples;
  }

  /** Soon: until then it fills a pipe that nobody reads. */
  kill(): void {
    if (this.#isGone) return;
    this.#killing ??= setTimeout(() => {
      this.#child?.kill();
      // Nobody reads on: sound that waits in the pipe would keep the child from ever counting as gone.
      this.#child?.stdout?.destroy();
    }, KILL_AFTER_MS);
  }

  #ended(end: ChildEnd): void {
    this.#isGone = true;
    clearTimeout(this.#killing);
    this.#listener.ended(this.#verdict(end));
  }

  #measure(head: Uint8Array): void {
    if (this.#start.mediaType !== "audio/mpeg") return;
    const length = mp3Length(head, this.#start.sizeBytes);
    if (length === undefined) return;
    const seconds = length.samples / length.rateHz - this.#start.offsetMs / 1000;
    this.#framesInFile = Math.max(0, Math.ceil(seconds * this.#sink.rateHz - 1e-6));
  }

  #askForMore(): void {
    const room = AHEAD_BYTES - (this.#grantedBytes - this.#takenBytes);
    const rest = this.#start.sizeBytes - this.#grantedBytes;
    const bytes = Math.min(room, rest);
    if (bytes <= 0 || bytes < Math.min(CHUNK_BYTES, rest)) return;
    this.#grantedBytes += bytes;
    this.#listener.hungry(bytes);
  }

  #verdict(end: ChildEnd): Verdict {
    const tool = this.#tools.ffmpegPath;
    if (end.kind === "not-started") {
      // The box's fault and not the file's: the item waits until it is mended.
      return failed("output", say("failure.toolMissing.message", { tool, reason: end.reason }));
    }
    if (end.code !== 0) {
      const how = String(end.signal ?? end.code);
      const reason = lastWords(end.complaint) ?? say("sound.tool.silent", { tool, how });
      return failed("decode", say("sound.decoder.refused", { reason }));
    }
    return this.#framesRead === 0 ? failed("decode", say("sound.decoder.nothing")) : DRAINED;
  }
}

/** Decoders run seconds ahead, and several begin at once where zones sound together: the sinks' wake-ups are what is heard. */
function yieldToSinks(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    os.setPriority(pid, Math.min(os.getPriority() + DECODER_NICENESS, os.constants.priority.PRIORITY_LOW));
  } catch {
    // It is gone already, and tells why by itself.
  }
}
