import type { ZoneSink } from "../domain/playout.ts";
import type { Milliseconds, MonotonicMs } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { AplaySetup, aplayParameters, faultOf, tellsUnderrun } from "./aplay.ts";
import { type Child, type ChildEnd, lastWords } from "./child.ts";
import type { Forks } from "./forks.ts";
import type { Hold } from "./hold.ts";
import type { SoundTools } from "./messages.ts";
import { Pace } from "./pace.ts";
import { ReadCount } from "./read-count.ts";
import { Standby } from "./standby.ts";
import { failed, type Verdict } from "./verdict.ts";

export interface SinkListener {
  /** The device is open and waits for sound. */
  ready(): void;
  /** The device is free again. `failure` is undefined when all was played. */
  ended(failure: Verdict | undefined): void;
}

/** Aplays of one zone that wait to be wanted. */
export function sinkStandby(sink: ZoneSink, tools: SoundTools, hold: Hold | undefined, forks: Forks): Standby {
  const environment = { ...tools.environment, LC_ALL: "C" }; // its words are read
  const order = { path: tools.aplayPath, parameters: aplayParameters(sink), environment, stdout: "ignore" } as const;
  return new Standby(order, hold, forks);
}

/** One opening of a zone's device: an aplay that lives as long as there is sound to play. */
export class Sink {
  readonly #sink: ZoneSink;
  readonly #standby: Standby;
  readonly #toolPath: string;
  readonly #listener: SinkListener;
  readonly #frameBytes: number;
  #child: Child | undefined;
  #pace: Pace | undefined;
  #reads: ReadCount | undefined;
  #underruns = 0;
  #isOpen = false;

  constructor(sink: ZoneSink, standby: Standby, toolPath: string, listener: SinkListener) {
    this.#sink = sink;
    this.#standby = standby;
    this.#toolPath = toolPath;
    this.#listener = listener;
    this.#frameBytes = sink.channels * Int16Array.BYTES_PER_ELEMENT;
  }

  open(): void {
    const setup = new AplaySetup(this.#sink.rateHz);
    const child = this.#standby.start({
      said: (line) => {
        if (tellsUnderrun(line)) this.#underruns += 1;
        if (this.#pace !== undefined || child.pid === undefined) return;
        const geometry = setup.take(line);
        if (geometry === undefined) return;
        this.#pace = new Pace(geometry);
        this.#reads = new ReadCount(child.pid);
        this.#listener.ready();
      },
      ended: (end) => {
        this.#isOpen = false;
        this.#reads?.close();
        this.#reads = undefined;
        this.#listener.ended(this.#failure(end));
      },
    });
    this.#child = child;
    this.#isOpen = true;
  }

  /** From the opening until the device is free again. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get underruns(): number {
    return this.#underruns;
  }

  /** When the first frame went out. */
  get startedAtMs(): MonotonicMs | undefined {
    return this.#pace?.startedAtMs;
  }

  get writtenFrames(): number {
    return this.#pace?.writtenFrames ?? 0;
  }

  /** Never more than was heard, and at most the outstanding 200 ms less. */
  playedFrames(nowMs: MonotonicMs): number {
    return this.#pace?.playedFrames(nowMs) ?? 0;
  }

  roomFrames(nowMs: MonotonicMs): number {
    return this.#pace?.roomFrames(nowMs) ?? 0;
  }

  outstandingMs(nowMs: MonotonicMs): Milliseconds {
    return this.#pace?.outstandingMs(nowMs) ?? 0;
  }

  /** The device has as much as it holds, and more waits for it. */
  isAhead(nowMs: MonotonicMs): boolean {
    return this.#pace?.isAhead(nowMs) ?? false;
  }

  get isStalled(): boolean {
    return this.#pace?.isStalled ?? false;
  }

  agreesWithWall(nowMs: MonotonicMs): boolean {
    return this.#pace?.agreesWithWall(nowMs) ?? false;
  }

  /** Looks how far the device is. A process that is gone leaves the last count standing. */
  observe(nowMs: MonotonicMs): void {
    if (this.#reads === undefined) return;
    const bytes = this.#reads.bytes;
    this.#pace?.counted(bytes === undefined ? undefined : Math.floor(bytes / this.#frameBytes), nowMs);
  }

  /** Whole frames, at most `roomFrames`. The samples belong to the sink from here on. */
  write(samples: Int16Array, nowMs: MonotonicMs): void {
    this.#send(samples);
    this.#pace?.wrote(samples.length / this.#sink.channels, nowMs);
  }

  /** Whole frames, at most `framesBeforeStart` in all: the device takes them and stays silent until `begin`. */
  hold(samples: Int16Array): void {
    this.#send(samples);
    this.#pace?.held(samples.length / this.#sink.channels);
  }

  get framesBeforeStart(): number {
    return this.#pace?.framesBeforeStart ?? 0;
  }

  /** What follows is heard, and before it what was held. */
  begin(nowMs: MonotonicMs): void {
    this.#pace?.begin(nowMs);
  }

  /** No more is coming: it plays what it holds and ends. */
  finish(): void {
    this.#child?.stdin?.end();
  }

  /** Silent at once; `ended` comes when the device is free. */
  kill(): void {
    this.#child?.kill();
  }

  #send(samples: Int16Array): void {
    this.#child?.stdin?.write(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  #failure(end: ChildEnd): Verdict | undefined {
    const { device } = this.#sink;
    if (end.kind === "not-started") {
      return failed("output", say("failure.toolMissing.message", { tool: this.#toolPath, reason: end.reason }));
    }
    if (end.code === 0) return undefined;
    const how = String(end.signal ?? end.code);
    const reason = lastWords(end.complaint) ?? say("sound.tool.silent", { tool: this.#toolPath, how });
    const fault = faultOf(end.complaint);
    return failed(
      "output",
      say(fault === undefined ? "sound.sink.failed" : `sound.sink.${fault}`, { device, reason }),
      fault,
    );
  }
}
