import type { OutputEvent, OutputStart, ZoneSink } from "../domain/playout.ts";
import type { FaultCode } from "../domain/report.ts";
import type { Milliseconds, MonotonicMs } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { LONGEST_TONE_MS } from "./attention-tone.ts";
import { Decoder } from "./decoder.ts";
import type { Forks, Hearable } from "./forks.ts";
import type { SoundTools } from "./messages.ts";
import { monotonicMs } from "./monotonic.ts";
import { STALLED_MS } from "./pace.ts";
import { type PlayEffect, type PlayInput, type PlayState, step, UNPREPARED } from "./play-machine.ts";
import { Programme } from "./programme.ts";
import { Sink } from "./sink.ts";
import type { Standby } from "./standby.ts";
import type { StartGate } from "./start-gate.ts";
import { failed, STOPPED, type Verdict } from "./verdict.ts";

/** Three wake-ups fit into what is outstanding: one may be late. */
const TICK_MS = 50;
const TICKS_PER_PROGRESS = 4;
/** What is outstanding is heard in this time. */
const DRY_AFTER_MS = 200;
const QUIET_LIMIT_MS = 5000;
const OPEN_LIMIT_MS = 1900;
const CLOSE_LIMIT_MS = 1000;
const CARD_WAIT_LIMIT_MS = 2000;
/** Gaps may lengthen a play by this much beyond its longest sound. */
const MAXIMUM_SLACK_MS = 10_000;

/** One sounding in one zone: performs what the play machine decides, and tells it what decoder, sink and time do. */
export class Play implements Hearable {
  readonly #start: OutputStart;
  readonly #zone: ZoneSink;
  readonly #emit: (event: OutputEvent) => void;
  readonly #decoder: Decoder;
  readonly #programme: Programme;
  readonly #sink: Sink;
  readonly #forks: Forks;
  readonly #gate: StartGate | undefined;
  readonly #cardReleased = Promise.withResolvers<void>();
  readonly #decoderGone = Promise.withResolvers<void>();
  #state: PlayState = UNPREPARED;
  #enteredAtMs: MonotonicMs = 0;
  #ticker: NodeJS.Timeout | undefined;
  #ticks = 0;
  #wroteAtMs: MonotonicMs = 0;
  #decoderVerdict: Verdict | undefined;
  #decoderIsWanted = false;
  #decoderIsOpen = false;
  /** Ready at the gate of its group, the sink filled to the brim and silent. */
  #isHeld = false;
  #hasArrived = false;
  #isFading = false;
  #startTold = false;
  /** Frozen when the sink is killed: what it then still held was never heard. */
  #playedFrames: number | undefined;

  constructor(
    start: OutputStart,
    zone: ZoneSink,
    tools: SoundTools,
    forks: Forks,
    standby: Standby,
    gate: StartGate | undefined,
    emit: (event: OutputEvent) => void,
  ) {
    this.#start = start;
    this.#zone = zone;
    this.#forks = forks;
    this.#gate = gate;
    this.#emit = emit;
    this.#decoder = new Decoder(start, zone, tools, {
      hungry: (bytes) => this.#emit({ kind: "hungry", play: start.play, bytes }),
      readable: () => this.#prepare(),
      ended: (verdict) => this.#decoderEnded(verdict),
    });
    this.#programme = new Programme(start, zone, this.#decoder);
    this.#sink = new Sink(zone, standby, tools.aplayPath, {
      ready: () => this.#take({ kind: "sink-ready" }),
      ended: (failure) => this.#sinkEnded(failure),
    });
  }

  /** Resolves when this play can no longer hold the card. */
  get cardReleased(): Promise<void> {
    return this.#cardReleased.promise;
  }

  /** Resolves when no child of this play is left. */
  async gone(): Promise<void> {
    await Promise.all([this.#cardReleased.promise, this.#decoderGone.promise]);
  }

  begin(): void {
    this.#enteredAtMs = monotonicMs();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    // The tone is there to begin with; its decoder would only be in the way of the sink.
    if (this.#start.attentionTone === undefined) this.#wantDecoder();
    else this.#take({ kind: "head-ready" });
  }

  cardIsFree(): void {
    this.#take({ kind: "card-free" });
  }

  feed(bytes: Uint8Array, last: boolean): void {
    if (this.#state.name !== "ended") this.#decoder.feed(bytes, last);
  }

  abort(code: FaultCode): void {
    this.#break(failed(code, say("sound.aborted")));
  }

  /** What already waits at the device is heard before the fade. */
  stop(fadeMs: Milliseconds = 0): void {
    if (fadeMs === 0 || this.#state.name !== "sounding" || this.#isHeld || this.#programme.isEmpty) {
      this.#break(STOPPED);
      return;
    }
    this.#isFading = true;
    this.#programme.fadeOut(fadeMs);
    this.#write(monotonicMs());
  }

  /** It was told to stop and falls silent by itself in less than a second. */
  get isFading(): boolean {
    return this.#isFading && this.#state.name !== "ended";
  }

  get isHeard(): boolean {
    return this.#state.name === "sounding" && !this.#isHeld;
  }

  replenish(nowMs: MonotonicMs): boolean {
    this.#sink.observe(nowMs);
    // What is dry has nothing to lose.
    const hadPlenty = this.#sink.isAhead(nowMs) || this.#isDry(nowMs);
    this.#write(nowMs);
    return hadPlenty;
  }

  #take(input: PlayInput): void {
    const { state, effects } = step(this.#state, input);
    if (state !== this.#state) this.#enteredAtMs = monotonicMs();
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (state.name !== "ended") return;
    clearInterval(this.#ticker);
    if (!this.#hasArrived) this.#gate?.withdraw();
    this.#hasArrived = true;
  }

  #break(verdict: Verdict): void {
    this.#take({ kind: "break", verdict });
  }

  #perform(effect: PlayEffect): void {
    switch (effect.kind) {
      case "open-sink":
        this.#sink.open();
        break;
      case "write":
        this.#soundOrWait();
        break;
      case "finish-sink":
        this.#sink.finish();
        break;
      case "kill-sink":
        this.#killSink(monotonicMs());
        break;
      case "kill-decoder":
        if (this.#decoderIsOpen) this.#decoder.kill();
        else this.#decoderGone.resolve();
        break;
      case "report":
        this.#report(effect.verdict, effect.drained);
        break;
      default:
        effect satisfies never;
    }
  }

  #tick(): void {
    const now = monotonicMs();
    const inStateMs = now - this.#enteredAtMs;
    switch (this.#state.name) {
      case "preparing":
        if (this.#state.hasHead) this.#breakAfter(CARD_WAIT_LIMIT_MS, inStateMs, () => this.#held());
        else this.#breakAfter(QUIET_LIMIT_MS, now - this.#decoder.activeAtMs, () => this.#quiet());
        break;
      case "opening":
        this.#breakAfter(OPEN_LIMIT_MS, inStateMs, () => this.#stalled(OPEN_LIMIT_MS));
        break;
      case "sounding":
        this.#keepSounding(now);
        break;
      case "draining":
        this.#sink.observe(now);
        this.#breakAfter(this.#sink.outstandingMs(now) + STALLED_MS, inStateMs, () => this.#stalled(STALLED_MS));
        break;
      case "closing":
        if (inStateMs > CLOSE_LIMIT_MS) this.#take({ kind: "overdue" });
        break;
      case "ended":
        break;
      default:
        this.#state satisfies never;
    }
  }

  #wantDecoder(): void {
    if (this.#decoderIsWanted) return;
    this.#decoderIsWanted = true;
    this.#forks.soon(() => this.#openDecoder());
  }

  #openDecoder(): void {
    const { name } = this.#state;
    if (name !== "preparing" && name !== "opening" && name !== "sounding") return;
    this.#decoderIsOpen = true;
    this.#decoder.open();
  }

  /** Of a group: fills the sink until one more period would set the device going, and waits for the others. */
  #soundOrWait(): void {
    if (this.#gate === undefined) {
      this.#write(monotonicMs());
      return;
    }
    this.#isHeld = true;
    let room = this.#sink.framesBeforeStart;
    for (let part = this.#next(room); part.length > 0; part = this.#next(room)) {
      this.#sink.hold(part);
      room -= part.length / this.#zone.channels;
    }
    this.#hasArrived = true;
    const first = this.#next(this.#sink.roomFrames(monotonicMs()));
    this.#gate.arrive(() => this.#release(first));
  }

  /** Sets the device going with what lies ready, and does all else when the others of the group are going too. */
  #release(first: Int16Array): void {
    if (this.#state.name !== "sounding") return;
    const now = monotonicMs();
    this.#sink.begin(now);
    if (first.length > 0) this.#sink.write(first, now);
    this.#wroteAtMs = now;
    this.#isHeld = false;
    setImmediate(() => {
      if (this.#state.name === "sounding") this.#write(monotonicMs());
    });
  }

  #keepSounding(now: MonotonicMs): void {
    if (this.#isHeld) return;
    this.replenish(now);
    this.#wantDecoder();
    this.#ticks += 1;
    if (this.#ticks % TICKS_PER_PROGRESS === 0) this.#tellProgress(now);
    const soundingMs = now - (this.#sink.startedAtMs ?? now);
    if (this.#sink.isStalled) this.#break(this.#stalled(STALLED_MS));
    else if (soundingMs > this.#longestMs) this.#break(this.#tooSlow());
    else if (this.#isDry(now)) this.#breakAfter(QUIET_LIMIT_MS, now - this.#decoder.activeAtMs, () => this.#quiet());
  }

  get #longestMs(): Milliseconds {
    const toneMs = this.#start.attentionTone === undefined ? 0 : LONGEST_TONE_MS;
    return this.#zone.leadInMs + toneMs + this.#start.maximumMs + MAXIMUM_SLACK_MS;
  }

  #breakAfter(limitMs: Milliseconds, passedMs: Milliseconds, verdict: () => Verdict): void {
    if (passedMs > limitMs) this.#break(verdict());
  }

  #prepare(): void {
    this.#programme.prepare(this.#isDry(monotonicMs()));
    if (this.#programme.framesPrepared > 0) this.#take({ kind: "head-ready" });
  }

  /** Empty when nothing is there for now. */
  #next(frames: number): Int16Array {
    this.#prepare();
    const isWaiting = this.#programme.isEmpty && this.#programme.framesPrepared === 0 && !this.#decoderVerdict;
    if (isWaiting && frames > 0 && !this.#programme.isFadedOut) this.#programme.repeatTone();
    return this.#programme.take(frames);
  }

  #write(now: MonotonicMs): void {
    if (this.#isHeld) return;
    const next = () => this.#next(this.#sink.roomFrames(now));
    for (let part = next(); part.length > 0; part = next()) {
      this.#sink.write(part, now);
      this.#wroteAtMs = now;
    }
    this.#tellStart(now);
    this.#noticeEnd();
  }

  /** All that was written has been heard, and nothing is there to follow it. */
  #isDry(now: MonotonicMs): boolean {
    return this.#state.name === "sounding" && this.#programme.isEmpty && now - this.#wroteAtMs > DRY_AFTER_MS;
  }

  #noticeEnd(): void {
    if (!this.#programme.isEmpty || this.#isHeld) return;
    const verdict = this.#verdictAtEnd();
    if (verdict !== undefined) this.#take({ kind: "all-written", verdict });
  }

  /** Undefined: more may come. */
  #verdictAtEnd(): Verdict | undefined {
    if (this.#isFading) return STOPPED;
    if (this.#programme.isFull) return this.#tooLong();
    if (this.#decoderVerdict !== undefined) return this.#decoderVerdict;
    const isAlone = this.#programme.isToneSpent && this.#programme.framesPrepared === 0 && !this.#decoder.isFed;
    return isAlone ? this.#toneAlone() : undefined;
  }

  #decoderEnded(verdict: Verdict): void {
    this.#decoderVerdict = verdict;
    this.#decoderGone.resolve();
    // A tone already begun sounds to its end, whatever follows: half a tone would be taken for a fault.
    if (this.#programme.framesPrepared === 0 && this.#start.attentionTone === undefined) this.#break(verdict);
    else this.#noticeEnd();
  }

  #sinkEnded(failure: Verdict | undefined): void {
    this.#take({ kind: "sink-ended", failure: failure ?? this.#endedEarly() });
    this.#releaseCard();
  }

  /** A sink that ends by itself before all is written has failed, however politely. */
  #endedEarly(): Verdict | undefined {
    if (this.#state.name === "draining") return undefined;
    return failed("output", say("sound.sink.failed", { device: this.#zone.device, reason: say("sound.sink.early") }));
  }

  #report(verdict: Verdict, drained: boolean): void {
    const now = monotonicMs();
    const framesPlayed = drained
      ? this.#contentOf(this.#sink.writtenFrames)
      : (this.#playedFrames ?? this.#contentOf(this.#sink.playedFrames(now)));
    this.#tellStart(now);
    this.#emit({
      kind: "ended",
      play: this.#start.play,
      ...verdict,
      atMs: Date.now(),
      framesPlayed,
      framesExact: drained && this.#sink.agreesWithWall(now),
      underruns: this.#sink.underruns,
    });
    this.#releaseCard();
  }

  /** A sink that outlives its play, because it can't be killed, keeps the card. */
  #releaseCard(): void {
    if (!this.#sink.isOpen) this.#cardReleased.resolve();
  }

  #killSink(now: MonotonicMs): void {
    this.#sink.observe(now); // Once it is killed nobody counts for it any more.
    this.#sink.kill();
    this.#playedFrames = this.#contentOf(this.#sink.playedFrames(now));
  }

  /** Once the first sound, behind the lead-in, is heard. */
  #tellStart(now: MonotonicMs): void {
    const { startedAtMs, writtenFrames } = this.#sink;
    if (this.#startTold || startedAtMs === undefined || writtenFrames <= this.#programme.leadInFrames) return;
    const heardAtMs = startedAtMs + this.#zone.leadInMs;
    if (heardAtMs > now) return;
    this.#startTold = true;
    const atMs = Date.now() - Math.round(now - heardAtMs);
    this.#emit({ kind: "started", play: this.#start.play, atMs, monotonicMs: heardAtMs });
  }

  #tellProgress(now: MonotonicMs): void {
    this.#emit({
      kind: "progress",
      play: this.#start.play,
      frames: this.#contentOf(this.#sink.playedFrames(now)),
      levelCentiDb: this.#programme.levelCentiDb,
      underruns: this.#sink.underruns,
    });
  }

  #contentOf(frames: number): number {
    return Math.max(0, frames - this.#programme.framesBeforeItem);
  }

  #held(): Verdict {
    return failed("output", say("sound.sink.held", { device: this.#zone.device }), "busy");
  }

  #stalled(limitMs: Milliseconds): Verdict {
    return failed(
      "output",
      say("sound.sink.stalled", { device: this.#zone.device, seconds: limitMs / 1000 }),
      "stalled",
    );
  }

  /** A decoder that waits for the file is not to blame: the disk is. */
  #quiet(): Verdict {
    const seconds = QUIET_LIMIT_MS / 1000;
    return this.#decoder.isWaitingForFeed
      ? failed("disk", say("sound.feed.quiet", { seconds }))
      : failed("decode", say("sound.decoder.quiet", { seconds }));
  }

  /** Where the file has come by the last of the tone, what it gives is waited for instead. */
  #toneAlone(): Verdict {
    return failed("chunks-missing", say("sound.tone.alone", { seconds: LONGEST_TONE_MS / 1000 }));
  }

  /** The file is longer than its order says, and would be so the next time. */
  #tooLong(): Verdict {
    return failed("decode", say("sound.maximum", { seconds: this.#start.maximumMs / 1000 }));
  }

  /** The box or its card, and not the file, can't keep up. */
  #tooSlow(): Verdict {
    return failed("output", say("sound.slow", { seconds: MAXIMUM_SLACK_MS / 1000 }));
  }
}
