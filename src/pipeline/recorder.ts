import type { ZoneId } from "../domain/broadcast.ts";
import type { Claim } from "../domain/playout.ts";
import type { EvidenceFact, EvidenceKind } from "../domain/report.ts";
import type { ClockState, Milliseconds, MonotonicMs, UnixMs } from "../domain/time.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { PlayEnd, PlayRef, PlayStart } from "../store/plays.ts";
import type { Reports } from "./reports.ts";

/** When and in which life of the box a fact was written. */
export interface Stamp {
  readonly clock: ClockState;
  readonly nowMs: UnixMs;
  readonly boot: string;
  readonly monotonicMs: MonotonicMs;
}

interface RecorderWorld {
  readonly stamp: () => Stamp;
  /** A fact was written, perhaps in a transaction still open. */
  readonly recorded: () => void;
}

const RECORDS_PER_CHECKPOINT = 256;
/** The last eighth is for what was accepted and what sounded: refusals are as many as whoever sends them likes. */
const FULL_FOR_OTHERS = 7 / 8;
const OF_SOUND: ReadonlySet<EvidenceKind> = new Set([
  "received",
  "played",
  "failed",
  "preempted",
  "cancelled",
  "expired",
]);

/** The one writer of evidence: each fact takes its place in the chain in the transaction that made it true. */
export class Recorder {
  readonly #orders: OrdersStore;
  readonly #epoch: string;
  readonly #reports: Reports;
  readonly #world: RecorderWorld;
  readonly #lastProven: Map<ZoneId, UnixMs>;

  constructor(orders: OrdersStore, epoch: string, reports: Reports, world: RecorderWorld) {
    this.#orders = orders;
    this.#epoch = epoch;
    this.#reports = reports;
    this.#world = world;
    this.#lastProven = orders.plays.lastProven();
  }

  /** When a zone's last play ended that the card took frames of; undefined where none did for a week. */
  lastProvenAtMs(zone: ZoneId): UnixMs | undefined {
    return this.#lastProven.get(zone);
  }

  /** Where the limit of what may wait for an acknowledgement is reached, only that a fact was missed is kept, to be told in its place. */
  record(fact: EvidenceFact): void {
    this.#orders.transaction(() => {
      const { evidence, meta } = this.#orders;
      const missed = meta.missedRecords();
      if (evidence.fullness() >= (OF_SOUND.has(fact.kind) ? 1 : FULL_FOR_OTHERS)) {
        meta.setMissedRecords(missed + 1);
        return;
      }
      if (missed > 0) {
        this.#append({ kind: "counted", code: "evidence-gap", count: missed });
        meta.setMissedRecords(0);
      }
      this.#append(fact);
    });
    this.#world.recorded();
  }

  #append(fact: EvidenceFact): void {
    const { clock, boot, monotonicMs } = this.#world.stamp();
    const { q } = this.#orders.evidence.append(fact, { clock, boot, monotonicMs });
    if (q % RECORDS_PER_CHECKPOINT === 0) this.checkpoint();
  }

  /** Tells upstream how long the chain is, so that a loss of its end shows. */
  checkpoint(): void {
    const { last, headHash } = this.#orders.evidence.position();
    if (last > 0) this.#reports.checkpoint({ epoch: this.#epoch, q: last, hash: headHash });
  }

  /** Before the first sample: from here on the play exists, whatever happens to us. */
  playStarts(claim: Claim, start: PlayStart): PlayRef {
    return this.#orders.transaction(() => this.#orders.plays.start(claim, start));
  }

  /** How far it has come, for a start after a loss of power. */
  playGoesOn(ref: PlayRef, offsetMs: Milliseconds): void {
    this.#orders.plays.saveOffset(ref, offsetMs);
  }

  /** After the last sample: closes the play and writes its one record. `also` joins the same commit. */
  playEnded(ref: PlayRef, start: PlayStart, end: PlayEnd, also: () => void): void {
    this.#orders.transaction(() => {
      if (this.#orders.plays.close(ref, end)) this.record(factOf(ref, start, end));
      also();
    });
    if (end.framesPlayed > 0) this.#lastProven.set(ref.claim.zoneId, end.endedAtMs);
  }

  /**
   * At start-up: what a crash or a power cut left open is told as such, and claims what had surely sounded when its offset was last
   * saved. `rateHz` of a zone's sink; a zone that is gone claims nothing. Returns how many.
   */
  closeCrashedPlays(rateHz: (zone: ZoneId) => number | undefined): number {
    const open = this.#orders.plays.open();
    const endedAtMs = this.#world.stamp().nowMs;
    this.#orders.transaction(() => {
      for (const play of open) {
        const soundedMs = play.savedOffsetMs - play.offsetMs;
        const framesPlayed = Math.floor((soundedMs * (rateHz(play.claim.zoneId) ?? 0)) / 1000);
        const end: PlayEnd = {
          endedAtMs,
          outcome: "failed",
          code: "crash",
          framesPlayed,
          framesExact: false,
          underruns: 0,
        };
        if (this.#orders.plays.close(play, end)) this.record(factOf(play, play, end));
      }
    });
    return open.length;
  }
}

function factOf({ claim, play }: PlayRef, start: PlayStart, end: PlayEnd): EvidenceFact {
  return {
    kind: end.outcome,
    issuer: claim.item.issuer,
    itemId: claim.item.id,
    area: start.area,
    zone: claim.zoneId,
    occurrence: claim.occurrence,
    play,
    startedAtMs: start.startedAtMs,
    endedAtMs: end.endedAtMs,
    offsetMs: start.offsetMs,
    framesPlayed: end.framesPlayed,
    framesExact: end.framesExact,
    underruns: end.underruns,
    code: end.code,
    gainCentiDb: start.gainCentiDb,
    strength: end.framesPlayed > 0 ? 1 : 0,
  };
}
