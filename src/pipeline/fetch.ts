import { nextWindow, toRanges } from "../core/missing.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import type { Cancellable, InboundMessage, Link, Log, Part, Timers } from "../domain/ports.ts";
import { classRank } from "../domain/precedence.ts";
import type { AudioStore, PutOutcome } from "../store/audio.ts";
import type { WholeVerdict } from "../store/whole-check.ts";
import { chunkTopic } from "../wire/topics.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";

interface Parts {
  readonly link: Link;
  readonly audio: AudioStore;
  readonly items: Items;
  readonly recorder: Recorder;
  readonly timers: Timers;
  readonly log: Log;
  /** A file is whole: it is what was signed for, or given up. */
  readonly checked: (hash: string, isGood: boolean) => void;
  readonly storageFailed: (error: unknown) => void;
  /** The audio database could not be written. */
  readonly audioRefused: (error: unknown) => void;
  /** The disk has no room for more than what matters most. */
  readonly isShortOfRoom: () => boolean;
  readonly linkChanged: (isConnected: boolean) => void;
}

interface FetchOptions {
  /** Subscriptions at a time, at most 64 by contract. */
  readonly windowChunks: number;
  readonly stallMs: number;
}

/** After so many rounds without a chunk the desk is asked to publish again. */
const ROUNDS_BEFORE_REPORT = 3;
/** A file that does not move gets this part of the window, so that it keeps nobody else waiting. */
const STALLED_PART = 4;
const LONGEST_ROUND_MS = 300_000;
/** UNSUBSCRIBE in batches: one packet for this many stored chunks. */
const UNSUBSCRIBE_BATCH = 16;
const STORAGE_RETRY_MS = 30_000;

/** A chunk asked for and not here yet. */
interface Asked {
  readonly hash: string;
  readonly n: number;
  /** Something else came on its topic. Told once a question: whoever can publish there must not fill our log. */
  mismatched: boolean;
}

/** Brings audio chunk by chunk over the media connection: by exact topics, lowest missing first, emergencies before the rest. */
export class Fetcher implements Part {
  readonly name = "fetcher";
  readonly #parts: Parts;
  readonly #options: FetchOptions;
  /** By topic. */
  readonly #asked = new Map<string, Asked>();
  /** Rounds without a chunk, by file. */
  readonly #stalls = new Map<string, number>();
  /** Files of which a chunk came in this round. */
  readonly #moved = new Set<string>();
  /** Files whose hash is being computed. */
  readonly #checking = new Set<string>();
  #answered: string[] = [];
  /** SUBSCRIBEs sent, and the last one that the broker answered: a link that is silent for a round is half open. */
  #questions = 0;
  #answeredUpTo = 0;
  #round: Cancellable | undefined;
  #pause: Cancellable | undefined;

  constructor(parts: Parts, options: FetchOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  start(): void {
    this.#parts.link.start({
      connected: () => this.#begin(true),
      disconnected: () => this.#begin(false),
      message: (message) => this.#onChunk(message),
    });
    // What came in whole before the last end, but was not checked any more.
    for (const order of this.#wanted()) if (this.#missing(order).length === 0) this.#check(order.audio.hash);
  }

  async stop(): Promise<void> {
    this.#round?.cancel();
    this.#pause?.cancel();
    await this.#parts.link.stop();
  }

  /** Orders came or went. */
  look(): void {
    const wanted = new Set(this.#wanted().map(({ audio }) => audio.hash));
    for (const hash of new Set([...this.#asked.values()].map((asked) => asked.hash))) {
      if (!wanted.has(hash)) this.#giveUp(hash);
    }
    for (const hash of this.#stalls.keys()) if (!wanted.has(hash)) this.#stalls.delete(hash);
    this.#unsubscribe();
    this.#ask();
  }

  /** The disk has room again. */
  resume(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    this.look();
  }

  /** A clean session knows none of our subscriptions. */
  #begin(isConnected: boolean): void {
    this.#asked.clear();
    this.#answered = [];
    this.#answeredUpTo = this.#questions;
    this.#round?.cancel();
    this.#round = undefined;
    this.#parts.linkChanged(isConnected);
    this.#ask();
  }

  /** One order for each file that is not here and may come, most urgent first; the sort keeps the order of acceptance. */
  #wanted(): readonly Broadcast[] {
    const isShortOfRoom = this.#parts.isShortOfRoom();
    const waiting = this.#parts.items
      .waitingForAudio()
      .filter(({ standing }) => standing.class === "emergency" || !isShortOfRoom)
      .toSorted((a, b) => classRank(a.standing.class) - classRank(b.standing.class));
    const byFile = new Map<string, Broadcast>();
    for (const { order } of waiting) if (!byFile.has(order.audio.hash)) byFile.set(order.audio.hash, order);
    return [...byFile.values()];
  }

  #missing({ audio }: Broadcast): readonly number[] {
    return this.#parts.audio.missing(audio.hash) ?? [];
  }

  /** Behind the order, and not before it: nothing that is to be heard waits for the entry of its file. */
  #register(wanted: readonly Broadcast[]): boolean {
    const { audio: files } = this.#parts;
    try {
      for (const { audio } of wanted) if (files.missing(audio.hash) === undefined) files.register(audio);
      return true;
    } catch (error) {
      this.#audioRefused(error);
      return false;
    }
  }

  #ask(): void {
    const { link, log } = this.#parts;
    if (this.#pause !== undefined) return;
    const wanted = this.#wanted();
    if (!this.#register(wanted) || !link.isConnected) return;
    const topics: string[] = [];
    for (const order of wanted) {
      const { hash } = order.audio;
      // Whole already: an earlier order brought it and proved nothing yet, or found that it is not the file signed for.
      if (this.#parts.audio.missing(hash)?.length === 0) this.#check(hash);
      const already = new Set([...this.#asked.values()].filter((asked) => asked.hash === hash).map(({ n }) => n));
      const room = Math.min(this.#options.windowChunks - this.#asked.size, this.#share(hash) - already.size);
      const missing = this.#missing(order).filter((n) => !already.has(n));
      for (const n of nextWindow(missing, room)) {
        const topic = chunkTopic(hash, n);
        this.#asked.set(topic, { hash, n, mismatched: false });
        topics.push(topic);
      }
    }
    if (topics.length > 0) {
      log.write("debug", "audio.fetching", { chunks: topics.length }, "asking for audio");
      const question = ++this.#questions;
      link.subscribe(topics, 0).then(
        () => {
          this.#answeredUpTo = Math.max(this.#answeredUpTo, question);
        },
        // The round's end asks again; a lost link begins anew by itself.
        (error: unknown) => log.write("debug", "link.subscribe-failed", { error }, "asking for audio failed"),
      );
    }
    if (this.#asked.size > 0) {
      this.#round ??= this.#parts.timers.after(this.#roundMs(), () => this.#endRound());
    }
  }

  #share(hash: string): number {
    const { windowChunks } = this.#options;
    return (this.#stalls.get(hash) ?? 0) > 0 ? Math.ceil(windowChunks / STALLED_PART) : windowChunks;
  }

  /** Longer while nothing moves: a desk that is away for a day is not asked every ten seconds. */
  #roundMs(): number {
    const fewest = Math.min(...[...this.#asked.values()].map(({ hash }) => this.#stalls.get(hash) ?? 0));
    return Math.min(LONGEST_ROUND_MS, this.#options.stallMs * 2 ** Math.max(0, fewest - ROUNDS_BEFORE_REPORT));
  }

  #endRound(): void {
    this.#round = undefined;
    if (this.#moved.size === 0 && this.#answeredUpTo < this.#questions) {
      this.#parts.link.drop("the broker does not answer on the media connection");
      return;
    }
    for (const hash of new Set([...this.#asked.values()].map((asked) => asked.hash))) {
      if (!this.#moved.has(hash)) this.#stalled(hash);
    }
    this.#moved.clear();
    this.#unsubscribe();
    this.#ask();
  }

  /** Gives the subscriptions back, so that asking again is a new question to the broker; and tells the desk if that won't help. */
  #stalled(hash: string): void {
    const rounds = (this.#stalls.get(hash) ?? 0) + 1;
    this.#stalls.set(hash, rounds);
    this.#giveUp(hash);
    if (rounds % ROUNDS_BEFORE_REPORT !== 0) return;
    const { audio, items, log } = this.#parts;
    const ranges = toRanges(audio.missing(hash) ?? []);
    log.write("warn", "audio.missing", { hash, ranges }, "chunks are missing; the desk is asked to publish them again");
    try {
      for (const order of items.needing(hash)) items.apply(order, { kind: "chunks-missing", ranges });
    } catch (error) {
      this.#storageFailed(error);
    }
  }

  #giveUp(hash: string): void {
    for (const [topic, asked] of this.#asked) {
      if (asked.hash !== hash) continue;
      this.#asked.delete(topic);
      this.#answered.push(topic);
    }
  }

  #onChunk({ topic, payload }: InboundMessage): void {
    const asked = this.#asked.get(topic);
    if (asked === undefined) return;
    const { hash, n } = asked;
    let outcome: PutOutcome;
    try {
      outcome = this.#parts.audio.put(hash, n, payload);
    } catch (error) {
      this.#audioRefused(error);
      return;
    }
    // A chunk that doesn't match is only missing. We stay subscribed: the right one may still come on the same topic.
    if (outcome === "mismatch") {
      if (!asked.mismatched) {
        this.#parts.log.write("warn", "audio.mismatch", { hash, n }, "a chunk is not the one that was signed");
      }
      asked.mismatched = true;
      return;
    }
    this.#moved.add(hash);
    this.#stalls.delete(hash);
    this.#asked.delete(topic);
    this.#answered.push(topic);
    if (this.#parts.audio.missing(hash)?.length === 0) this.#check(hash);
    if (this.#answered.length >= UNSUBSCRIBE_BATCH || this.#asked.size === 0) {
      this.#unsubscribe();
      this.#ask();
    }
  }

  /** The whole file's hash, a slice a turn, so that a large file holds up nothing. */
  #check(hash: string): void {
    if (this.#checking.has(hash)) return;
    this.#checking.add(hash);
    const check = this.#parts.audio.beginWholeCheck(hash);
    const step = (): void => {
      try {
        const verdict = check.step();
        if (verdict === "more") {
          this.#parts.timers.after(0, step);
          return;
        }
        this.#checked(hash, verdict);
      } catch (error) {
        this.#storageFailed(error);
      }
      this.#checking.delete(hash);
    };
    step();
  }

  #checked(hash: string, verdict: WholeVerdict): void {
    const { items, recorder, log } = this.#parts;
    switch (verdict) {
      case "good":
        for (const order of items.needing(hash)) items.apply(order, { kind: "audio-ready" });
        log.write("info", "audio.ready", { hash }, "the audio is here and is what was signed");
        break;
      case "bad":
        // Every chunk is as signed and the file is not: the order contradicts itself, and no other copy could mend it.
        for (const order of items.needing(hash)) {
          items.commit(order, () => {
            recorder.record({ kind: "failed", issuer: order.issuer, itemId: order.id, code: "hash" });
            items.apply(order, { kind: "finished", state: "failed", code: "hash" });
          });
          log.write(
            "warn",
            "play.failed",
            { issuer: order.issuer, id: order.id, code: "hash" },
            "the audio is not the file signed for",
          );
        }
        break;
      case "incomplete":
        this.#ask();
        return;
      default:
        verdict satisfies never;
    }
    this.#parts.checked(hash, verdict === "good");
  }

  #storageFailed(error: unknown): void {
    this.#parts.storageFailed(error);
    this.#waitForRoom();
  }

  #audioRefused(error: unknown): void {
    this.#parts.audioRefused(error);
    this.#waitForRoom();
  }

  /** Nothing more is asked for until the disk may be better. */
  #waitForRoom(): void {
    this.#answered.push(...this.#asked.keys());
    this.#asked.clear();
    this.#unsubscribe();
    this.#pause ??= this.#parts.timers.after(STORAGE_RETRY_MS, () => {
      this.#pause = undefined;
      this.#ask();
    });
  }

  #unsubscribe(): void {
    const topics = this.#answered;
    this.#answered = [];
    if (topics.length === 0 || !this.#parts.link.isConnected) return;
    this.#parts.link.unsubscribe(topics).catch(() => {
      // The link went: a clean session forgets them by itself.
    });
  }
}
