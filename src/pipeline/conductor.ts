import { arbitrate, type Decision } from "../core/arbitrate.ts";
import { type Candidate, type Finished, type Plan, plan } from "../core/plan.ts";
import { comparePrecedence } from "../core/precedence.ts";
import { reconcile } from "../core/reconcile.ts";
import { afterSecond } from "../core/validity.ts";
import { type ItemKey, itemKeyText, type ZoneId } from "../domain/broadcast.ts";
import { isAgentFailure } from "../domain/failure.ts";
import type { Claim, OutputEvent, OutputStart, PlayoutCommand } from "../domain/playout.ts";
import type { Cancellable, Clock, Log, Part, Timers, WakeUp, ZoneOutput } from "../domain/ports.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { TrustState } from "./trust-state.ts";
import type { OpenedPlay, ZonePlayer } from "./zone-player.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly items: Items;
  readonly trust: TrustState;
  readonly recorder: Recorder;
  readonly output: ZoneOutput;
  readonly players: ReadonlyMap<ZoneId, ZonePlayer>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wakeUp: WakeUp;
  readonly log: Log;
  readonly storageFailed: (error: unknown) => void;
}

interface Start {
  readonly player: ZonePlayer;
  readonly claim: Claim;
  /** Undefined where the disk refused the record. */
  readonly opened: OpenedPlay | undefined;
  readonly group: OutputStart["group"];
}

/** A decision whose records are written. */
interface Prepared {
  readonly planned: Plan;
  readonly decisions: readonly Decision[];
  /** The most urgent first. */
  readonly starts: readonly Start[];
  readonly silences: readonly ZoneId[];
}

/** How long cut plays may take to close their records at a stop. */
const SETTLE_MS = 3_000;
const SETTLE_STEP_MS = 20;
/** After the disk refused what a look had to write. */
const LOOK_AGAIN_MS = 5_000;

/** Wakes at a change or a due instant, asks the core what should sound, and has the players do it. Decides nothing itself. */
export class Conductor implements Part {
  readonly name = "conductor";
  readonly #parts: Parts;
  /** The last decision row of each zone and item: a row is written when it changes. */
  readonly #told = new Map<string, string>();
  #state: "new" | "running" | "stopped" = "new";
  #groups = 0;
  #looking = false;
  #lookAgain = false;
  #lookLater: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { output, clock } = this.#parts;
    await output.start((event) => this.#onOutput(event));
    this.#state = "running";
    clock.onChange(() => this.look());
    this.look();
  }

  /** Silences all zones and waits until their records are closed. */
  async stop(): Promise<void> {
    if (this.#state !== "running") return;
    this.#state = "stopped";
    this.#parts.wakeUp.disarm();
    this.#lookLater?.cancel();
    for (const player of this.#parts.players.values()) player.stop();
    for (let waitedMs = 0; waitedMs < SETTLE_MS && !this.#isSettled(); waitedMs += SETTLE_STEP_MS) {
      await new Promise<void>((resolve) => this.#parts.timers.after(SETTLE_STEP_MS, resolve));
    }
    await this.#parts.output.stop();
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
   * Commits `work` on an item together with the records of whatever sounds because of it, then lets it sound: an emergency waits
   * for the disk once. Throws, with nothing changed, when the disk refuses.
   */
  lookWith(key: ItemKey, work: () => void): void {
    const { items } = this.#parts;
    if (this.#state !== "running" || this.#looking) {
      items.commit(key, work);
      this.look();
      return;
    }
    const prepared = items.commit(key, () => {
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
      if (!isAgentFailure(error)) throw error;
      this.#parts.storageFailed(error);
      this.#lookLater ??= this.#parts.timers.after(LOOK_AGAIN_MS, () => {
        this.#lookLater = undefined;
        this.look();
      });
    } finally {
      this.#looking = false;
    }
  }

  /** Decides, and opens the records of what is to sound. Nothing is heard of it yet. */
  #prepare(): Prepared {
    const { items, trust, clock, players } = this.#parts;
    const planned = plan(items.active(), trust.ground, clock.read());
    const claims = [...players].flatMap(([zoneId, { claim }]) =>
      claim === undefined ? [] : [[zoneId, claim] as const],
    );
    const onAir = new Map(claims);
    const out = new Set([...players].filter(([, player]) => player.isOut).map(([zoneId]) => zoneId));
    const decisions = arbitrate(planned, { zoneIds: [...players.keys()], onAir, out });
    const wanted = decisions.map(({ zoneId, chosen }) => ({ zoneId, claim: chosen?.claim }));
    const commands = reconcile(wanted, onAir);
    const chosen = new Map(decisions.map((decision) => [decision.zoneId, decision.chosen]));
    const starts = startsByItem(commands, chosen).flatMap((candidates) => this.#open(candidates));
    const silences = commands.flatMap(({ kind, zoneId }) => (kind === "stop" ? [zoneId] : []));
    return { planned, decisions, starts, silences };
  }

  #carryOut({ planned, decisions, starts, silences }: Prepared): void {
    const { wakeUp } = this.#parts;
    for (const { player, claim, opened, group } of starts) player.play(claim, opened, group);
    for (const zoneId of silences) this.#silence(zoneId);
    if (planned.wakeAtMs === undefined) wakeUp.disarm();
    else wakeUp.arm(planned.wakeAtMs, () => this.look());
    // Last: a disk that refuses them must not keep a zone from falling silent.
    for (const finished of planned.finished) this.#finish(finished);
    this.#write(decisions, planned);
  }

  /** One item in all its zones: one commit, and then the zones sound together. */
  #open(candidates: readonly [Candidate, ...Candidate[]]): readonly Start[] {
    const { items, players, storageFailed } = this.#parts;
    const { item: key } = candidates[0].claim;
    const item = items.find(key);
    if (item === undefined) return [];
    const ready = candidates.flatMap((candidate) => {
      const player = players.get(candidate.claim.zoneId);
      return player === undefined ? [] : [{ player, candidate }];
    });
    const group = ready.length > 1 ? { id: ++this.#groups, size: ready.length } : undefined;
    let opened: readonly OpenedPlay[] = [];
    try {
      opened = items.commit(key, () =>
        ready.map(({ player, candidate }) => player.open(candidate, item.order, item.standing)),
      );
    } catch (error) {
      storageFailed(error);
    }
    return ready.map(({ player, candidate }, index) => {
      return { player, claim: candidate.claim, opened: opened[index], group };
    });
  }

  #silence(zoneId: ZoneId): void {
    const player = this.#parts.players.get(zoneId);
    const sounding = player?.claim && this.#parts.items.find(player.claim.item);
    const { nowMs } = this.#parts.clock.read();
    const isOver = sounding !== undefined && nowMs >= afterSecond(sounding.standing.window.expiresAt);
    player?.silence(isOver ? "expired" : "cancelled");
  }

  /** An item whose turn is over: its last state, and a record if it was never heard at all. */
  #finish({ item, state, reason, code }: Finished): void {
    const { items, recorder, log } = this.#parts;
    items.commit(item, () => {
      items.apply(item, { kind: "finished", state, code });
      if (state === "expired") {
        recorder.record({ kind: "expired", issuer: item.issuer, itemId: item.id, outcome: state, code: reason });
      }
    });
    this.#forget(item);
    if (state === "expired")
      log.write("warn", "order.expired", { ...item, reason }, "an order's time ran out before it was heard");
  }

  #write(decisions: readonly Decision[], planned: Plan): void {
    const rows = [
      ...decisions.flatMap(({ zoneId, chosen, reason, passedOver }) => [
        ...(chosen === undefined ? [] : [{ zoneId, item: chosen.claim.item, reason }]),
        ...passedOver.map((passed) => ({ zoneId, item: passed.item, reason: passed.reason })),
      ]),
      ...planned.waiting.map(({ zoneId, item, reason }) => ({ zoneId: zoneId ?? "", item, reason: `waits-${reason}` })),
    ].filter(({ zoneId, item, reason }) => this.#isNews(zoneId, item, reason));
    if (rows.length === 0) return;
    const atMs = this.#parts.clock.read().nowMs;
    this.#parts.orders.transaction(() => {
      for (const row of rows) this.#parts.orders.decisions.add({ ...row, atMs });
    });
  }

  #isNews(zoneId: ZoneId, item: ItemKey, reason: string): boolean {
    const name = `${itemKeyText(item)}|${zoneId}`;
    if (this.#told.get(name) === reason) return false;
    this.#told.set(name, reason);
    return true;
  }

  #forget(item: ItemKey): void {
    const prefix = `${itemKeyText(item)}|`;
    for (const name of this.#told.keys()) if (name.startsWith(prefix)) this.#told.delete(name);
  }

  #onOutput(event: OutputEvent): void {
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
function startsByItem(
  commands: readonly PlayoutCommand[],
  chosen: ReadonlyMap<ZoneId, Candidate | undefined>,
): readonly (readonly [Candidate, ...Candidate[]])[] {
  const groups = new Map<string, [Candidate, ...Candidate[]]>();
  for (const command of commands) {
    const candidate = command.kind === "stop" ? undefined : chosen.get(command.zoneId);
    if (candidate === undefined) continue;
    const name = `${itemKeyText(candidate.claim.item)}|${candidate.claim.occurrence}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [candidate]);
    else group.push(candidate);
  }
  return [...groups.values()].sort(([a], [b]) => comparePrecedence(a.key, b.key));
}
