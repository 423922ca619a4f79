import { playGainCentiDb, toneGainCentiDb } from "../core/gain.ts";
import { type Candidate, claimIn } from "../core/plan.ts";
import type { Policy } from "../core/policy.ts";
import { targetsHere } from "../core/targets.ts";
import {
  claimOf,
  IDLE_ZONE,
  type Sounding,
  type StopCause,
  step,
  type Zone,
  type ZoneEffect,
  type ZoneEvent,
} from "../core/zone-machine.ts";
import type { Broadcast, ZoneId } from "../domain/broadcast.ts";
import type { Claim, OutputStart, Play, PlayEvent, PlayHandle, ZoneSink } from "../domain/playout.ts";
import type { Cancellable, Clock, Log, Timers, ZoneOutput } from "../domain/ports.ts";
import type { FaultCode } from "../domain/report.ts";
import type { Standing } from "../domain/standing.ts";
import type { Milliseconds, MonotonicMs, UnixMs } from "../domain/time.ts";
import type { PlacedZone } from "../domain/trust.ts";
import type { AudioStore } from "../store/audio.ts";
import type { PlayRef, PlayStart } from "../store/plays.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import { Feed } from "./feed.ts";
import type { Items } from "./items.ts";
import { tellOfEnd } from "./play-news.ts";
import type { Recorder } from "./recorder.ts";
import type { TrustState } from "./trust-state.ts";
import { Unwritten } from "./unwritten.ts";

/** A play whose record is open and which the output has not been told of. */
export interface OpenedPlay {
  readonly ref: PlayRef;
  readonly order: Broadcast;
  readonly standing: Standing;
  readonly start: PlayStart;
  readonly began: Play;
}

/** A play from the record's opening to its closing. */
interface OpenPlay extends Omit<OpenedPlay, "start"> {
  start: PlayStart;
  readonly feed: Feed;
  /** When its offset is due to be saved. */
  saveAtMs: MonotonicMs;
}

/** What a zone shows of itself: for heartbeat and status. */
export interface ZoneView {
  readonly zone: Zone;
  readonly sounding?: { readonly order: Broadcast; readonly playedMs: Milliseconds } | undefined;
  readonly levelCentiDb?: number | undefined;
  readonly underruns: number;
  readonly lastPlay?: { readonly order: Broadcast; readonly endedAtMs: UnixMs; readonly outcome: string } | undefined;
}

/** How a play ends that somebody ends. Without `fadeMs` at once. */
export interface Departure {
  readonly cause: StopCause;
  readonly code?: FaultCode | undefined;
  readonly fadeMs?: Milliseconds | undefined;
}

interface Parts {
  readonly output: ZoneOutput;
  readonly audio: AudioStore;
  readonly items: Items;
  readonly recorder: Recorder;
  readonly alarms: AlarmBoard;
  readonly trust: TrustState;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly storageFailed: (error: unknown) => void;
  /** Stored audio turned out to be damaged and was given up. */
  readonly audioLost: () => void;
  /** Something ended or may begin again: decide anew. */
  readonly changed: () => void;
}

/** Room for a file that is a little longer than it says; past that it is cut. */
const LENGTH_SLACK_MS: Milliseconds = 2_000;
/** A loss of power costs a begun play this much at most, and the flash one commit. */
const SAVE_OFFSET_MS: Milliseconds = 5_000;
const CUT: Departure = { cause: "preempted" };

let lastHandle: PlayHandle = 0;

/** Carries out one zone's commands: opens the record, feeds the output, closes the record. What to do it is told. */
export class ZonePlayer {
  readonly sink: ZoneSink;
  readonly #parts: Parts;
  readonly #open = new Map<PlayHandle, OpenPlay>();
  #zone: Zone = IDLE_ZONE;
  #progress: Extract<PlayEvent, { kind: "progress" }> | undefined;
  #underruns = 0;
  #lastPlay: ZoneView["lastPlay"];
  #retry: Cancellable | undefined;
  /** Of the stop under way. */
  #fadeMs: Milliseconds | undefined;
  /** Ends of plays. */
  readonly #unwritten: Unwritten;
  /** Told to the machine's `begin`, which knows only the claim. */
  #next: { readonly opened: OpenedPlay | undefined; readonly group: OutputStart["group"] } | undefined;

  constructor(sink: ZoneSink, parts: Parts) {
    this.sink = sink;
    this.#parts = parts;
    const { timers, storageFailed, changed } = parts;
    this.#unwritten = new Unwritten({ timers, storageFailed, caughtUp: changed });
  }

  get zoneId(): ZoneId {
    return this.sink.zoneId;
  }

  /** What sounds or is about to. */
  get claim(): Claim | undefined {
    return claimOf(this.#zone);
  }

  /** Out of service until its next try, or until it is on disk that its last item was heard: it would be played again. */
  get isOut(): boolean {
    const { name } = this.#zone.state;
    return name === "faulted" || (name === "idle" && !this.#unwritten.isEmpty);
  }

  /** What was called off is still to be heard. */
  get isFading(): boolean {
    return this.#zone.state.name === "stopping" && this.#fadeMs !== undefined;
  }

  /** Its gains may have changed. */
  placed(): void {
    const gainCentiDb = toneGainCentiDb(this.#placed);
    this.#parts.output.send({ kind: "prepare-tone", zoneId: this.zoneId, gainCentiDb });
  }

  /** Whether this sounding is this zone's. */
  owns(play: PlayHandle): boolean {
    return this.#open.has(play);
  }

  get view(): ZoneView {
    const state = this.#zone.state;
    const open = "sounding" in state ? this.#open.get(state.sounding.play) : undefined;
    const progress =
      this.#progress?.play === ("sounding" in state ? state.sounding.play : undefined) ? this.#progress : undefined;
    return {
      zone: this.#zone,
      sounding: open && { order: open.order, playedMs: open.start.offsetMs + this.#toMs(progress?.frames ?? 0) },
      levelCentiDb: progress?.levelCentiDb,
      underruns: this.#underruns + (progress?.underruns ?? 0),
      lastPlay: this.#lastPlay,
    };
  }

  /** Opens the record of a play. In the transaction of who calls: all zones of a decision share one commit. */
  open(candidate: Candidate, order: Broadcast, standing: Standing): OpenedPlay {
    const { offsetMs } = candidate;
    const claim = claimIn(this.zoneId, candidate);
    const { recorder, items, trust, clock } = this.#parts;
    const start: PlayStart = {
      startedAtMs: clock.read().nowMs,
      offsetMs,
      gainCentiDb: playGainCentiDb(order, standing.class, this.#placed),
      area: targetsHere(order, trust.ground)[0]?.area ?? "",
    };
    const ref = recorder.playStarts(claim, start);
    const began: Play = { zoneId: this.zoneId, occurrence: claim.occurrence, play: ref.play, ...start };
    items.playBegan(claim.item, began);
    return { ref, order, standing, start, began };
  }

  /** Starts what was opened, which the disk may have refused; what sounds is cut at once, for this reason. */
  play(
    claim: Claim,
    opened: OpenedPlay | undefined,
    group: OutputStart["group"],
    { cause, code }: Departure = CUT,
  ): void {
    this.#next = { opened, group };
    lastHandle += 1;
    this.#step({ kind: "start", claim, play: lastHandle, cause, code });
    this.#next = undefined;
  }

  audioChecked(hash: string, isGood: boolean): void {
    for (const [play, { order }] of this.#open) {
      if (order.audio.hash !== hash) continue;
      if (isGood) this.#feed(play, 0);
      else this.#parts.output.send({ kind: "abort", play, code: "hash" });
    }
  }

  silence({ cause, code, fadeMs }: Departure): void {
    this.#fadeMs = fadeMs;
    this.#step({ kind: "stop", cause, code });
  }

  /** The agent goes down. */
  stop(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#unwritten.stop();
    // Past the machine: nobody decided against the play, so it is recorded as interrupted and goes on after the restart.
    this.#parts.output.send({ kind: "stop", zoneId: this.zoneId });
  }

  /** Every record of this zone is closed. */
  get isSettled(): boolean {
    return this.#open.size === 0;
  }

  /** Its pause is over, and nothing is known to be wrong any more. */
  tryAgain(): void {
    const { clock, changed } = this.#parts;
    this.#retry = undefined;
    this.#step({ kind: "retry", monotonicMs: clock.monotonicMs() });
    this.#watchFault();
    changed();
  }

  handle(event: PlayEvent): void {
    switch (event.kind) {
      case "hungry":
        this.#feed(event.play, event.bytes);
        return;
      case "started":
        this.#started(event);
        return;
      case "progress":
        this.#progress = event;
        this.#saveOffset(event);
        return;
      case "ended":
        this.#ended(event);
        return;
      default:
        event satisfies never;
    }
  }

  #step(event: ZoneEvent, ended?: Extract<PlayEvent, { kind: "ended" }>): void {
    const { zone, effects } = step(this.#zone, event);
    this.#zone = zone;
    for (const effect of effects) this.#perform(effect, ended);
  }

  #perform(effect: ZoneEffect, ended: Extract<PlayEvent, { kind: "ended" }> | undefined): void {
    switch (effect.kind) {
      case "begin":
        this.#begin(effect.sounding);
        return;
      case "silence":
        this.#parts.output.send({ kind: "stop", zoneId: this.zoneId, fadeMs: this.#fadeMs });
        return;
      case "record":
        if (ended !== undefined) this.#record(effect, ended);
        return;
      default:
        effect satisfies never;
    }
  }

  #begin({ play }: Sounding): void {
    if (this.#next === undefined) return;
    const { opened, group } = this.#next;
    const { output, audio, trust, clock } = this.#parts;
    if (opened === undefined) {
      // Nothing sounds without its record. It is no play either: the zone tries again after its pause.
      this.#step({ kind: "ended", play, ending: "failed", code: "output", monotonicMs: clock.monotonicMs() });
      this.#pauseThen(() => this.tryAgain());
      return;
    }
    const { order, standing, start } = opened;
    const isEmergency = standing.class === "emergency";
    const saveAtMs = clock.monotonicMs() + SAVE_OFFSET_MS;
    this.#open.set(play, { ...opened, feed: new Feed(play, order.audio, { output, audio }), saveAtMs });
    output.send({
      kind: "start",
      zoneId: this.zoneId,
      play,
      mediaType: order.audio.mediaType,
      sizeBytes: order.audio.sizeBytes,
      gainCentiDb: start.gainCentiDb,
      offsetMs: start.offsetMs,
      maximumMs: maximumMs(order, standing, trust.policy),
      attentionTone: isEmergency ? { gainCentiDb: toneGainCentiDb(this.#placed) } : undefined,
      group,
    });
  }

  get #placed(): Pick<PlacedZone, "gainCentiDb" | "emergencyGainCentiDb"> {
    return this.#parts.trust.placement.zones.find(({ id }) => id === this.zoneId) ?? SILENT_ZONE;
  }

  #feed(play: PlayHandle, bytes: number): void {
    const open = this.#open.get(play);
    if (open === undefined) return;
    open.feed.want(bytes);
    const isWhole = this.#attempt(() => open.feed.goOn());
    if (isWhole === true) return;
    if (isWhole === false) this.#lost(open.order.audio.hash);
    this.#parts.output.send({ kind: "abort", play, code: isWhole === undefined ? "disk" : "hash" });
  }

  #lost(hash: string): void {
    this.#attempt(() => this.#parts.items.audioLost(hash));
    this.#parts.audioLost();
  }

  #started({ play, monotonicMs }: Extract<PlayEvent, { kind: "started" }>): void {
    const open = this.#open.get(play);
    if (open === undefined) return;
    const atMs = this.#timeOf(monotonicMs);
    open.start = { ...open.start, startedAtMs: atMs };
    this.#step({ kind: "started", play, atMs });
    const { issuer, id, title, status } = open.order;
    const fields = { zone: this.zoneId, issuer, id, status, title, play: open.ref.play, offsetMs: open.start.offsetMs };
    this.#parts.log.write("info", "play.started", fields, `on air: ${title}`);
  }

  #saveOffset({ play, frames }: Extract<PlayEvent, { kind: "progress" }>): void {
    const open = this.#open.get(play);
    const nowMs = this.#parts.clock.monotonicMs();
    if (open === undefined || nowMs < open.saveAtMs) return;
    open.saveAtMs = nowMs + SAVE_OFFSET_MS;
    this.#attempt(() => this.#parts.recorder.playGoesOn(open.ref, open.start.offsetMs + this.#toMs(frames)));
  }

  #ended(event: Extract<PlayEvent, { kind: "ended" }>): void {
    this.#underruns += event.underruns;
    if (this.#progress?.play === event.play) this.#progress = undefined;
    this.#step({ ...event, monotonicMs: this.#parts.clock.monotonicMs() }, event);
    this.#open.delete(event.play);
    this.#watchFault();
    this.#parts.changed();
  }

  #record(effect: Extract<ZoneEffect, { kind: "record" }>, ended: Extract<PlayEvent, { kind: "ended" }>): void {
    const open = this.#open.get(effect.sounding.play);
    if (open === undefined) return;
    const { recorder, items } = this.#parts;
    const { outcome, code } = effect;
    const endedAtMs = this.#timeOf(ended.monotonicMs);
    const offsetMs = open.start.offsetMs + this.#toMs(ended.framesPlayed);
    const { framesPlayed, framesExact, underruns } = ended;
    const end = { endedAtMs, offsetMs, outcome, code, framesPlayed, framesExact, underruns };
    this.#unwritten.add(() =>
      items.commit(open.order, () =>
        recorder.playEnded(open.ref, open.start, end, () => {
          items.playEnded(open.order, open.began, { outcome, code, atMs: endedAtMs, offsetMs });
        }),
      ),
    );
    this.#lastPlay = { order: open.order, endedAtMs, outcome };
    tellOfEnd(this.#parts, open, ended, { outcome, code });
  }

  /** What the disk refuses is told, and gives undefined. */
  #attempt<Result>(act: () => Result): Result | undefined {
    try {
      return act();
    } catch (error) {
      this.#parts.storageFailed(error);
      return undefined;
    }
  }

  /** The card is asked for when the pause is over, and tried when it is there: what can't sound needs no record. */
  #watchFault(): void {
    this.#pauseThen(() => this.#parts.output.send({ kind: "await-card", zoneId: this.zoneId }));
  }

  #pauseThen(act: () => void): void {
    const { state } = this.#zone;
    if (state.name !== "faulted" || this.#retry !== undefined) return;
    const { clock, timers } = this.#parts;
    this.#retry = timers.after(Math.max(0, state.retryAtMs - clock.monotonicMs()), act);
  }

  /** By the clock that is trusted, and not by the one on the wall. */
  #timeOf(monotonicMs: MonotonicMs): UnixMs {
    const { clock } = this.#parts;
    return clock.read().nowMs - Math.round(clock.monotonicMs() - monotonicMs);
  }

  #toMs(frames: number): Milliseconds {
    return Math.round((frames * 1000) / this.sink.rateHz);
  }
}

/** A zone that the placement in force does not know is matched by nothing; should it ever be asked, it is not loud. */
const SILENT_ZONE = { gainCentiDb: -6_000, emergencyGainCentiDb: -6_000 };

function maximumMs(order: Broadcast, standing: Standing, policy: Policy): Milliseconds {
  const byLength = order.audio.durationMs + LENGTH_SLACK_MS;
  return standing.class === "emergency" ? Math.min(byLength, policy.emergencyPlayMs) : byLength;
}
