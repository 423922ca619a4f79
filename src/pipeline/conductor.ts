import { arbitrate, type Decision } from "../core/arbitrate.ts";
import { type Finished, type Plan, plan } from "../core/plan.ts";
import { reconcile } from "../core/reconcile.ts";
import { matchedZones } from "../core/targets.ts";
import { afterSecond } from "../core/validity.ts";
import { type ItemKey, itemKeyText, type ZoneId } from "../domain/broadcast.ts";
import { isAgentFailure } from "../domain/failure.ts";
import type { Claim, OutputEvent, PlayoutCommand } from "../domain/playout.ts";
import type { Cancellable, Clock, Log, Part, Timers, WakeUp, ZoneOutput } from "../domain/ports.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Halts } from "./halts.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { TrustState } from "./trust-state.ts";
import type { Withdrawals } from "./withdrawals.ts";
import type { Departure, ZonePlayer } from "./zone-player.ts";

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
  readonly timers: Timers;
  readonly wakeUp: WakeUp;
  readonly log: Log;
  readonly storageFailed: (error: unknown) => void;
}

/** How long cut plays may take to close their records at a stop. */
const SETTLE_MS = 3_000;
const SETTLE_STEP_MS = 20;
/** What is called off ends softly. What is cut is not: whoever cuts has no time. */
const FADE_MS = 300;
/** After the disk refused what a look had to write. */
const LOOK_AGAIN_MS = 5_000;

/** Wakes at a change or a due instant, asks the core what should sound, and has the players do it. Decides nothing itself. */
export class Conductor implements Part {
  readonly name = "conductor";
  readonly #parts: Parts;
  /** The last decision row of each zone and item: a row is written when it changes. */
  readonly #told = new Map<string, string>();
  #state: "new" | "running" | "stopped" = "new";
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
    clock.onChange(() => {
      this.#settle();
      this.look();
    });
    this.#settle();
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

  /** Something changed. Called from within a look it looks once more after it, never inside. */
  look(): void {
    if (this.#state !== "running") return;
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        this.#decide();
      }
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

  #decide(): void {
    const { items, halts, trust, clock, players, wakeUp } = this.#parts;
    const planned = plan(items.active(), trust.ground, clock.read(), halts.controls);
    const claims = [...players].flatMap(([zoneId, { claim }]) =>
      claim === undefined ? [] : [[zoneId, claim] as const],
    );
    const onAir = new Map(claims);
    const out = new Set([...players].filter(([, player]) => player.isOut).map(([zoneId]) => zoneId));
    const decisions = arbitrate(planned, { zoneIds: [...players.keys()], onAir, out });
    for (const command of reconcile(
      decisions.map(({ zoneId, chosen }) => ({ zoneId, claim: chosen?.claim })),
      onAir,
    )) {
      this.#perform(command, decisions);
    }

    if (planned.wakeAtMs === undefined) wakeUp.disarm();
    else wakeUp.arm(planned.wakeAtMs, () => this.look());
    // Last: a disk that refuses them must not keep a zone from falling silent.
    for (const finished of planned.finished) this.#finish(finished);
    this.#write(decisions, planned);
  }

  #perform(command: PlayoutCommand, decisions: readonly Decision[]): void {
    const player = this.#parts.players.get(command.zoneId);
    const decision = decisions.find(({ zoneId }) => zoneId === command.zoneId);
    if (player === undefined || decision === undefined) return;
    const departure = player.claim && this.#departureOf(player.claim, decision);
    const { chosen } = decision;
    if (chosen === undefined) {
      if (departure !== undefined) player.silence(departure);
      return;
    }
    // Only an emergency breaks into a fade; the rest starts when the zone has fallen silent.
    const urgent = chosen.key.class === "emergency";
    if (!urgent && departure?.fadeMs !== undefined) player.silence(departure);
    if (!urgent && player.isFading) return;
    const item = this.#parts.items.find(chosen.claim.item);
    if (item !== undefined) player.play(chosen, item.order, item.standing, departure);
  }

  /** Why what sounds in a zone has to end there. */
  #departureOf(claim: Claim, { zoneId, reason, passedOver }: Decision): Departure {
    const { items, trust, clock } = this.#parts;
    const item = items.find(claim.item);
    const cancelled: Departure = { cause: "cancelled", fadeMs: FADE_MS };
    if (item === undefined) return cancelled;
    const passed = passedOver.find(({ item: { issuer, id } }) => issuer === claim.item.issuer && id === claim.item.id);
    if (passed?.reason === "halted") return { cause: "preempted", code: "halted", fadeMs: FADE_MS };
    if (reason !== "no-longer-due" && reason !== "first") return { cause: "preempted" };
    const { order, standing } = item;
    const isOver = clock.read().nowMs >= afterSecond(standing.window.expiresAt);
    return isOver || matchedZones(order, standing.grants, trust.ground).includes(zoneId)
      ? { cause: "expired" }
      : cancelled;
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
