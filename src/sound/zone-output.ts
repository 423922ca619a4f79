import { Worker } from "node:worker_threads";
import type { ZoneId } from "../domain/broadcast.ts";
import type { OutputCommand, OutputEvent, PlayHandle, ZoneSink } from "../domain/playout.ts";
import type { ZoneOutput } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";
import { languageInUse, say } from "../texts/say.ts";
import type { SoundCommand, SoundEvent, SoundSetup, SoundTools } from "./messages.ts";
import { monotonicMs } from "./monotonic.ts";
import { endOrphans, ownerMark, thisOwner } from "./orphans.ts";
import { failed } from "./verdict.ts";

export interface SoundOptions extends SoundTools {
  readonly sinks: readonly ZoneSink[];
  readonly runDirectory: string;
}

/** Runs as it stands under Node and, put together by scripts/build.mjs, from dist. */
const WORKER_URL = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
/** Samples live outside the heap; what is in it is messages and short lists. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };
const STOP_LIMIT_MS: Milliseconds = 3000;
/** A thread that lived no longer than this is not started again at once. */
const SHORT_LIFE_MS: Milliseconds = 1000;
const RESTART_DELAY_MS: Milliseconds = 1000;

/** All zones' sound on one thread of its own, which no commit of the database holds up. A thread that dies is replaced. */
export class SoundThread implements ZoneOutput {
  readonly #options: SoundOptions;
  #onEvent: (event: OutputEvent) => void = () => {};
  #worker: Worker | undefined;
  #threads = 0;
  #restart: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;
  readonly #open = new Set<PlayHandle>();
  #answered: () => void = () => {};
  /** The last of each zone: a new thread has to know it too. */
  readonly #tones = new Map<ZoneId, OutputCommand>();
  /** Zones whose card is waited for. */
  readonly #awaited = new Set<ZoneId>();

  constructor(options: SoundOptions) {
    this.#options = options;
  }

  /** Does not wait for the thread: commands queue until it runs, and a thread that can't run ends their plays. */
  async start(onEvent: (event: OutputEvent) => void): Promise<void> {
    this.#onEvent = onEvent;
    this.#startThread();
  }

  send(command: OutputCommand): void {
    if (command.kind === "start") this.#open.add(command.play);
    if (command.kind === "prepare-tone") this.#tones.set(command.zoneId, command);
    if (command.kind === "await-card") this.#awaited.add(command.zoneId);
    if (this.#worker === undefined) {
      // Never within `send`: the caller has not yet noted that the play exists.
      if (command.kind === "start") queueMicrotask(() => this.#fail(command.play, say("sound.thread.stopped")));
    } else if (command.kind === "feed") {
      const bytes =
        command.bytes.byteLength === command.bytes.buffer.byteLength ? command.bytes : command.bytes.slice();
      this.#post({ ...command, bytes }, [bytes.buffer]);
    } else {
      this.#post(command, []);
    }
  }

  /** Cuts all plays. After a deadline thread and children are ended by force. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** A thread that hangs, or is gone, does not answer. */
  ask(answered: () => void): void {
    this.#answered = answered;
    this.#post({ kind: "ping" }, []);
  }

  #post(command: SoundCommand, transfer: ArrayBuffer[]): void {
    this.#worker?.postMessage(command, transfer);
  }

  #startThread(): void {
    this.#threads += 1;
    const owner = thisOwner(this.#threads);
    const { sinks, ffmpegPath, aplayPath, environment, runDirectory } = this.#options;
    const tools = { ffmpegPath, aplayPath, environment: { ...environment, ...ownerMark(owner) } };
    const setup: SoundSetup = { sinks, tools, runDirectory, owner, language: languageInUse() };
    const worker = new Worker(WORKER_URL, {
      name: "sound",
      workerData: setup,
      resourceLimits: RESOURCE_LIMITS,
      // The agent's own flags and variables are not for it.
      execArgv: [],
      env: {},
    });
    const startedAtMs = monotonicMs();
    let reason = "";
    worker.on("message", (event: SoundEvent) => {
      if (event.kind === "pong") this.#answered();
      else this.#tell(event);
    });
    worker.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", () => this.#threadEnded(reason, monotonicMs() - startedAtMs));
    this.#worker = worker;
    for (const command of this.#tones.values()) this.#post(command, []);
    for (const zoneId of this.#awaited) this.#post({ kind: "await-card", zoneId }, []);
  }

  #threadEnded(reason: string, livedMs: Milliseconds): void {
    this.#worker = undefined;
    for (const play of [...this.#open]) this.#fail(play, say("sound.thread.died", { reason }));
    if (this.#stopping !== undefined) return;
    if (livedMs > SHORT_LIFE_MS) this.#startThread();
    else this.#restart = setTimeout(() => this.#startThread(), RESTART_DELAY_MS);
  }

  #fail(play: PlayHandle, detail: string): void {
    const nothing = { framesPlayed: 0, framesExact: false, underruns: 0 };
    this.#tell({ kind: "ended", play, ...failed("output", detail), atMs: Date.now(), ...nothing });
  }

  /** What a play says after its end, or twice, stays here: the one `ended` is this class's promise. */
  #tell(event: OutputEvent): void {
    const { kind } = event;
    if (kind === "card-back" ? !this.#awaited.delete(event.zoneId) : !this.#open.has(event.play)) return;
    if (kind === "ended") this.#open.delete(event.play);
    this.#onEvent(event);
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.#post({ kind: "shutdown" }, []);
    const deadline = setTimeout(() => void worker.terminate(), STOP_LIMIT_MS);
    await exited;
    clearTimeout(deadline);
    endOrphans(thisOwner(this.#threads + 1));
  }
}
