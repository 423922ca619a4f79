import { arbitrate, type Decision } from "../core/arbitrate.ts";
import type { Finished } from "../core/finished.ts";
import { type Candidate, claimIn, type Plan, plan } from "../core/plan.ts";
import { comparePrecedence } from "../core/precedence.ts";
import { reconcile } from "../core/reconcile.ts";
import { matchedZones } from "../core/targets.ts";
import type { TimeBounds } from "../core/untimed.ts";
import { afterSecond } from "../core/validity.ts";
import { type ItemKey, itemKeyText, type ZoneId } from "../domain/broadcast.ts";
import { isAgentFailure } from "../domain/failure.ts";
import type { Claim, OutputEvent, OutputStart } from "../domain/playout.ts";
import type { Cancellable, Clock, Log, Part, Timers, WakeUp, ZoneOutput } from "../domain/ports.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";
import type { OrdersStore } from "../store/orders.ts";
import { DecisionLog } from "./decision-log.ts";
import type { Halts } from "./halts.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { TrustState } from "./trust-state.ts";
import type { Withdrawals } from "./withdrawals.ts";
import type { Departure, OpenedPlay, ZonePlayer } from "./zone-player.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly items: Items;
  readonly withdrawals: Withdrawals;
  readonly halts: Halts;
  readonly trust: TrustState;
  readonly recorder: Recorder;
  readonly output: ZoneOutput;
  readonly players: ReadonlyMap<ZoneId, ZonePlayer>;
  readonly clock: Clock;
  readonly bounds: () => TimeBounds;
  readonly timers: Timers;
  readonly wakeUp: WakeUp;
  readonly log: Log;
  readonly storageFailed: (error: unknown) => void;
}

/** What is to change in one zone. */
interface Change {
  readonly player: ZonePlayer;
  /** How what sounds there ends. Undefined where nothing does. */
  readonly departure: Departure | undefined;
  /** What starts there. Undefined for silence. */
  readonly candidate: Candidate | undefined;
}

type Starting = Change & { readonly candidate: Candidate };

interface Start extends Pick<Change, "player" | "departure"> {
  readonly claim: Claim;
  /** Undefined where the disk refused the record. */
  readonly opened: OpenedPlay | undefined;
  readonly group: OutputStart["group"];
}

/** A decision whose records are written. */
interface Prepared {
  readonly decidedAtMs: UnixMs;
  readonly planned: Plan;
  readonly decisions: readonly Decision[];
  /** The most urgent first. */
  readonly starts: readonly Start[];
  readonly silences: readonly { readonly player: ZonePlayer; readonly departure: Departure }[];
}

/** How long cut plays may take to close their records at a stop. */
const SETTLE_MS = 3_000;
const SETTLE_STEP_MS = 20;
/** What is called off ends softly. What is cut is not: whoever cuts has no time. */
const FADE_MS = 300;
/**
 * Where something begins, its sink has the processor first: where that has two cores, the reasons once made a cut wait 3 ms. A loss of
 * power in between takes no more than them; the order and what began to sound are on disk before.
 */
const WRITE_AFTER_START_MS = 200;
/** After the disk refused what a look had to write. */
const LOOK_AGAIN_MS = 5_000;

/** Wakes at a change or a due instant, asks the core what should sound, and has the players do it. Decides nothing itself. */
export class Conductor implements Part {
  readonly name = "conductor";
  readonly #parts: Parts;
  readonly #decisionLog: DecisionLog;
  #state: "new" | "running" | "stopped" = "new";
  #groups = 0;
  #looking = false;
  #lookAgain = false;
  #lookLater: Cancellable | undefined;
  #writeLater: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#decisionLog = new DecisionLog(parts.orders);
  }

  async start(): Promise<void> {
    const { output, clock } = this.#parts;
    await output.start((event) => this.#onOutput(event));
    this.#state = "running";
    clock.onChange(() => {
      this.#settle();
      this.look();
    });
    this.#settle();
    this.placed();
  }

  /** Silences all zones and waits until their records are closed. */
  async stop(): Promise<void> {
    if (this.#state !== "running") return;
    this.#state = "stopped";
    this.#parts.wakeUp.disarm();
    this.#writeLater?.cancel();
    for (const player of this.#parts.players.values()) player.stop();
    for (let waitedMs = 0; waitedMs < SETTLE_MS && !this.#isSettled(); waitedMs += SETTLE_STEP_MS) {
      await new Promise<void>((resolve) => this.#parts.timers.after(SETTLE_STEP_MS, resolve));
    }
    await this.#parts.output.stop();
    this.#asOneLook(() => this.#decisionLog.writeAll());
    this.#lookLater?.cancel();
  }

  /** A placement is in force, or another one. */
  placed(): void {
    for (const player of this.#parts.players.values()) player.placed();
    this.look();
  }

  /** A file is whole, and what was signed for or not: plays may wait for that under their tone. */
  audioChecked(hash: string, isGood: boolean): void {
    for (const player of this.#parts.players.values()) player.audioChecked(hash, isGood);
    this.look();
  }

  /** Something changed. Called from within a look it looks once more after it, never inside. */
  look(): void {
    if (this.#state !== "running") return;
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#asOneLook(() => {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        this.#carryOut(this.#prepare());
      }
    });
  }

  /**
   * Commits `work` on items together with the records of whatever sounds because of it, then lets it sound: an emergency waits
   * for the disk once. Throws, with nothing changed, when the disk refuses.
   */
  lookWith(keys: readonly ItemKey[], work: () => void): void {
    const { items } = this.#parts;
    if (this.#state !== "running" || this.#looking) {
      items.commitAll(keys, work);
      this.look();
      return;
    }
    const prepared = items.commitAll(keys, () => {
      work();
      return this.#prepare();
    });
    this.#asOneLook(() => this.#carryOut(prepared));
    if (this.#lookAgain) this.look();
  }

  #asOneLook(act: () => void): void {
    this.#looking = true;
    try {
      act();
    } catch (error) {
      this.#tell(error);
      this.#lookLater ??= this.#parts.timers.after(LOOK_AGAIN_MS, () => {
        this.#lookLater = undefined;
        this.look();
      });
    } finally {
      this.#looking = false;
    }
  }

  #settle(): void {
    try {
      this.#parts.withdrawals.settleAll();
    } catch (error) {
      this.#tell(error);
    }
  }

  /** What the disk refuses is somebody's business; anything else is our own fault. */
  #tell(error: unknown): void {
    if (!isAgentFailure(error)) throw error;
    this.#parts.storageFailed(error);
  }

  /** Decides, and opens the records of what is to sound. Nothing is heard of it yet. */
  #prepare(): Prepared {
    const { items, halts, trust, clock, players, bounds } = this.#parts;
    const reading = clock.read();
    const planned = plan(items.active(), trust.ground, reading, halts.controls, bounds());
    const claims = [...players].flatMap(([zoneId, { claim }]) =>
      claim === undefined ? [] : [[zoneId, claim] as const],
    );
    const onAir = new Map(claims);
    const out = new Set([...players].filter(([, player]) => player.isOut).map(([zoneId]) => zoneId));
    const decisions = arbitrate(planned, { zoneIds: [...players.keys()], onAir, out });
    const changes = reconcile(decisions, onAir).flatMap(({ zoneId }) => this.#changeOf(zoneId, decisions));
    const starts = changesByItem(changes).flatMap((group) => this.#open(group));
    const silences = changes.flatMap(({ candidate, player, departure }) =>
      candidate === undefined && departure !== undefined ? [{ player, departure }] : [],
    );
    return { decidedAtMs: reading.nowMs, planned, decisions, starts, silences };
  }

  #carryOut({ decidedAtMs, planned, decisions, starts, silences }: Prepared): void {
    const { wakeUp } = this.#parts;
    for (const { player, claim, opened, group, departure } of starts) player.play(claim, opened, group, departure);
    for (const { player, departure } of silences) player.silence(departure);
    if (planned.wakeAtMs === undefined) wakeUp.disarm();
    else wakeUp.arm(planned.wakeAtMs, () => this.look());
    // Last: a disk that refuses this must not keep a zone from falling silent.
    for (const finished of planned.finished) this.#finish(finished);
    this.#decisionLog.note({ decisions, waiting: planned.waiting, atMs: decidedAtMs });
    if (starts.length > 0) this.#writeDecisionsIn(WRITE_AFTER_START_MS);
    else if (this.#writeLater === undefined) this.#decisionLog.writeAll();
  }

  #writeDecisionsIn(delayMs: Milliseconds): void {
    this.#writeLater?.cancel();
    this.#writeLater = this.#parts.timers.after(delayMs, () => {
      this.#writeLater = undefined;
      this.#asOneLook(() => this.#decisionLog.writeOne());
      if (!this.#decisionLog.isWritten) this.#writeDecisionsIn(0);
    });
  }

  /** What a zone has to do: end what sounds, start another, or both at once. */
  #changeOf(zoneId: ZoneId, decisions: readonly Decision[]): readonly Change[] {
    const player = this.#parts.players.get(zoneId);
    const decision = decisions.find((one) => one.zoneId === zoneId);
    if (player === undefined || decision === undefined) return [];
    const departure = player.claim && this.#departureOf(player.claim, decision);
    const { chosen } = decision;
    // Only an emergency breaks into a fade; the rest starts when the zone has fallen silent.
    const isUrgent = chosen?.key.class === "emergency";
    const waits = !isUrgent && (player.isFading || departure?.fadeMs !== undefined);
    return [{ player, departure, candidate: waits ? undefined : chosen }];
  }

  /** Why what sounds in a zone has to end there. */
  #departureOf(claim: Claim, decision: Decision): Departure {
    const { zoneId, reason, candidates } = decision;
    const { items, trust, clock } = this.#parts;
    const item = items.find(claim.item);
    const cancelled: Departure = { cause: "cancelled", fadeMs: FADE_MS };
    if (item === undefined) return cancelled;
    const isHalted = candidates.some(
      ({ item: { issuer, id }, halted }) => halted && issuer === claim.item.issuer && id === claim.item.id,
    );
    if (isHalted && decision.others !== "zone-out") return { cause: "preempted", code: "halted", fadeMs: FADE_MS };
    if (reason !== "no-longer-due" && reason !== "first") return { cause: "preempted" };
    const { order, standing } = item;
    const isOver = clock.read().nowMs >= afterSecond(standing.window.expiresAt);
    return isOver || matchedZones(order, standing.grants, trust.ground).includes(zoneId)
      ? { cause: "expired" }
      : cancelled;
  }

  /** One item in all its zones: one commit, and then the zones sound together. */
  #open(changes: readonly [Starting, ...Starting[]]): readonly Start[] {
    const { items, storageFailed } = this.#parts;
    const { item: key } = changes[0].candidate;
    const item = items.find(key);
    if (item === undefined) return [];
    const group = changes.length > 1 ? { id: ++this.#groups, size: changes.length } : undefined;
    let opened: readonly OpenedPlay[] = [];
    try {
      opened = items.commit(key, () =>
        changes.map(({ player, candidate }) => player.open(candidate, item.order, item.standing)),
      );
    } catch (error) {
      storageFailed(error);
    }
    return changes.map(({ player, candidate, departure }, index) => {
      return { player, claim: claimIn(player.zoneId, candidate), opened: opened[index], group, departure };
    });
  }

  /** An item whose turn is over: its last state, and a record if it was never heard at all. */
  #finish({ item, state, reason, code }: Finished): void {
    const { orders, items, recorder, clock, log } = this.#parts;
    this.#decisionLog.writeAll(); // they were before its end
    const isEmergency = items.find(item)?.standing.class === "emergency";
    items.commit(item, () => {
      items.apply(item, { kind: "finished", state, code });
      orders.decisions.add({ zoneId: "", item, reason: `over-${reason}`, atMs: clock.read().nowMs });
      if (state === "withdrawn") {
        recorder.record({ kind: "cancelled", issuer: item.issuer, itemId: item.id, outcome: state, code: reason });
      }
      if (state === "expired") {
        recorder.record({ kind: "expired", issuer: item.issuer, itemId: item.id, outcome: state, code: reason });
      }
      // Should the evidence itself get lost, it shows that there was some.
      if (isEmergency) recorder.checkpoint();
    });
    this.#decisionLog.forget(item);
    if (state === "expired")
      log.write("warn", "order.expired", { ...item, reason }, "an order's time ran out before it was heard");
  }

  #onOutput(event: OutputEvent): void {
    if (event.kind === "card-back") {
      this.#parts.players.get(event.zoneId)?.tryAgain();
      return;
    }
    for (const player of this.#parts.players.values()) {
      if (player.owns(event.play)) {
        player.handle(event);
        return;
      }
    }
  }

  #isSettled(): boolean {
    return [...this.#parts.players.values()].every((player) => player.isSettled);
  }
}

/** Starts of the same sounding in several zones belong together; the most urgent come first. */
function changesByItem(changes: readonly Change[]): readonly (readonly [Starting, ...Starting[]])[] {
  const groups = new Map<string, [Starting, ...Starting[]]>();
  for (const { candidate, ...change } of changes) {
    if (candidate === undefined) continue;
    const name = `${itemKeyText(candidate.item)}|${candidate.occurrence}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [{ ...change, candidate }]);
    else group.push({ ...change, candidate });
  }
  return [...groups.values()].sort(([a], [b]) => comparePrecedence(a.candidate.key, b.candidate.key));
}
