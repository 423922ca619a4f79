import { arbitrate, cuts, type Decision } from "../../src/core/arbitrate.ts";
import { type ActiveItem, type Candidate, claimIn, type Plan, plan } from "../../src/core/plan.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { reconcile } from "../../src/core/reconcile.ts";
import { claimOf, IDLE_ZONE, step, type Zone, type ZoneEffect, type ZoneEvent } from "../../src/core/zone-machine.ts";
import type { ZoneId } from "../../src/domain/broadcast.ts";
import type { Control } from "../../src/domain/control.ts";
import { type Claim, type Play, type PlayEnd, type PlayHandle, sameClaim } from "../../src/domain/playout.ts";
import type { UnixMs } from "../../src/domain/time.ts";
import { passedOver, perZone } from "./per-zone.ts";
import { GROUND } from "./schedules.ts";

/** What happens to a station from outside. */
export type Happening =
  | { readonly kind: "order"; readonly item: ActiveItem }
  | { readonly kind: "withdraw"; readonly id: string }
  | { readonly kind: "control"; readonly control: Control }
  | { readonly kind: "crash" }
  | { readonly kind: "card-gone"; readonly zoneId: ZoneId };

export interface Scheduled {
  readonly atMs: UnixMs;
  readonly happening: Happening;
}

interface Sounding {
  readonly claim: Claim;
  readonly play: Play;
  /** When the output tells its end, and how. */
  endsAtMs: UnixMs;
  ending: "drained" | "stopped";
}

const ZONES: readonly ZoneId[] = ["z1", "z2"];
const FADE_MS = 300;
const SAVED_EVERY_MS = 5_000;
const MOST_STEPS = 2_000;

/** The pure core at work as the conductor puts it to work, with an output that does what it is told and time that jumps. */
export class SimulatedStation {
  readonly items = new Map<string, ActiveItem>();
  readonly controls: Control[] = [];
  readonly zones = new Map<ZoneId, Zone>(ZONES.map((zoneId) => [zoneId, IDLE_ZONE]));
  /** Of each play begun: its records. */
  readonly records = new Map<PlayHandle, { readonly claim: Claim; readonly ends: PlayEnd[] }>();
  readonly cutsSeen: { readonly by: Candidate; readonly running: Candidate }[] = [];
  nowMs: UnixMs = 0;
  #handles = 0;
  readonly #withdrawn = new Set<string>();
  readonly #sounding = new Map<PlayHandle, Sounding>();
  /** Asked after each settling. */
  readonly #check: (station: SimulatedStation, planned: Plan) => void;

  constructor(check: (station: SimulatedStation, planned: Plan) => void) {
    this.#check = check;
  }

  isWithdrawn(id: string): boolean {
    return this.#withdrawn.has(id);
  }

  /** Whether something called off is still to be heard. */
  isFading(zoneId: ZoneId): boolean {
    return this.zones.get(zoneId)?.state.name === "stopping";
  }

  planNow(items: readonly ActiveItem[] = [...this.items.values()], nowMs: UnixMs = this.nowMs): Plan {
    const clock = { state: "sync", nowMs } as const;
    return plan(items, GROUND, clock, { controls: this.controls, policy: BUILT_IN_POLICY });
  }

  decideOn(planned: Plan): readonly Decision[] {
    const claims = [...this.zones].flatMap(([zoneId, zone]) => {
      const claim = claimOf(zone);
      return claim === undefined ? [] : [[zoneId, claim] as const];
    });
    const out = new Set(ZONES.filter((zoneId) => this.zones.get(zoneId)?.state.name === "faulted"));
    return arbitrate(planned, { zoneIds: ZONES, onAir: new Map(claims), out });
  }

  /** Lives through a schedule and on until nothing is left to do. */
  run(schedule: readonly Scheduled[]): void {
    const ahead = schedule.toSorted((a, b) => a.atMs - b.atMs);
    this.nowMs = ahead[0]?.atMs ?? 0;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      for (let next = ahead[0]; next !== undefined && next.atMs <= this.nowMs; next = ahead[0]) {
        ahead.shift();
        this.#suffer(next.happening);
      }
      const wakeAtMs = this.#settle();
      const ends = [...this.#sounding.values()].map(({ endsAtMs }) => endsAtMs);
      const retries = [...this.zones.values()].flatMap(({ state }) =>
        state.name === "faulted" ? [state.retryAtMs] : [],
      );
      const nextMs = Math.min(ahead[0]?.atMs ?? Infinity, wakeAtMs ?? Infinity, ...ends, ...retries);
      if (!Number.isFinite(nextMs)) return;
      this.nowMs = Math.max(this.nowMs, nextMs);
      this.#letTimePass();
    }
    throw new Error("it never comes to rest");
  }

  #suffer(happening: Happening): void {
    switch (happening.kind) {
      case "order": {
        const { id } = happening.item.order;
        if (!this.#withdrawn.has(id)) this.items.set(id, happening.item);
        return;
      }
      case "withdraw":
        this.#withdrawn.add(happening.id);
        this.items.delete(happening.id);
        return;
      case "control":
        this.controls.push(happening.control);
        return;
      case "crash":
        this.#crash();
        return;
      case "card-gone": {
        const zone = this.zones.get(happening.zoneId);
        const state = zone?.state;
        if (state?.name !== "playing") return;
        this.#end(state.sounding.play, "failed");
        return;
      }
      default:
        happening satisfies never;
    }
  }

  #crash(): void {
    for (const [handle, { claim, play }] of this.#sounding) {
      const savedMs = Math.floor((this.nowMs - play.startedAtMs) / SAVED_EVERY_MS) * SAVED_EVERY_MS;
      this.#record(handle, claim, play, {
        outcome: "failed",
        code: "crash",
        atMs: this.nowMs,
        offsetMs: play.offsetMs + savedMs,
      });
    }
    this.#sounding.clear();
    for (const zoneId of ZONES) this.zones.set(zoneId, IDLE_ZONE);
  }

  #letTimePass(): void {
    for (const [handle, { endsAtMs, ending }] of [...this.#sounding])
      if (endsAtMs <= this.nowMs) this.#end(handle, ending);
    for (const zoneId of ZONES) this.#feed(zoneId, { kind: "retry", monotonicMs: this.nowMs });
  }

  #settle(): UnixMs | undefined {
    for (let rounds = 0; rounds < 20; rounds += 1) {
      const planned = this.planNow();
      const decisions = this.decideOn(planned);
      const worked = decisions.map((decision) => this.#perform(decision)).some((did) => did);
      for (const { item } of planned.finished) this.items.delete(item.id);
      if (worked || planned.finished.length > 0) continue;
      this.#check(this, planned);
      return planned.wakeAtMs;
    }
    throw new Error("it does not settle");
  }

  /** One zone's decision, as the conductor has it done. Whether there was anything to do. */
  #perform(decision: Decision): boolean {
    const { zoneId, chosen, claim, candidates } = decision;
    const onAir = claimOf(this.zones.get(zoneId) ?? IDLE_ZONE);
    const actual = new Map(onAir === undefined ? [] : [[zoneId, onAir]]);
    if (reconcile([{ zoneId, claim }], actual).length === 0) return false;
    const running = candidates.find((candidate) => sameClaim(claimIn(zoneId, candidate), onAir));
    const isHalted =
      onAir !== undefined &&
      passedOver(decision).some(({ item, reason }) => item.id === onAir.item.id && reason === "halted");
    const isCut =
      running !== undefined && !running.halted && chosen !== undefined && cuts(chosen, running) !== undefined;
    if (isCut) this.cutsSeen.push({ by: chosen, running });
    const leaving = isHalted
      ? ({ cause: "preempted", code: "halted" } as const)
      : ({ cause: isCut ? "preempted" : "cancelled" } as const);
    const urgent = chosen?.key.class === "emergency";
    if (onAir !== undefined && (chosen === undefined || (!urgent && !isCut))) {
      this.#feed(zoneId, { kind: "stop", ...leaving });
      return true;
    }
    if (claim === undefined || (!urgent && this.isFading(zoneId))) return false;
    this.#handles += 1;
    this.#feed(zoneId, { kind: "start", claim, play: this.#handles, ...leaving });
    return true;
  }

  #feed(zoneId: ZoneId, event: ZoneEvent): void {
    const { zone, effects } = step(this.zones.get(zoneId) ?? IDLE_ZONE, event);
    this.zones.set(zoneId, zone);
    for (const effect of effects) this.#do(zoneId, effect);
  }

  #do(zoneId: ZoneId, effect: ZoneEffect): void {
    switch (effect.kind) {
      case "begin":
        this.#begin(zoneId, effect.sounding.play, effect.sounding.claim);
        return;
      case "silence":
        for (const [, sounding] of this.#ofZone(zoneId)) {
          sounding.endsAtMs = Math.min(sounding.endsAtMs, this.nowMs + FADE_MS);
          sounding.ending = "stopped";
        }
        return;
      case "record": {
        const { play: handle, claim } = effect.sounding;
        const sounding = this.#sounding.get(handle);
        if (sounding === undefined) throw new Error("a record of what never sounded");
        const { play } = sounding;
        const offsetMs = play.offsetMs + this.nowMs - play.startedAtMs;
        this.#record(handle, claim, play, { outcome: effect.outcome, code: effect.code, atMs: this.nowMs, offsetMs });
        return;
      }
      default:
        effect satisfies never;
    }
  }

  #begin(zoneId: ZoneId, handle: PlayHandle, claim: Claim): void {
    const cut = this.#ofZone(zoneId);
    const item = this.items.get(claim.item.id);
    const candidate = perZone(this.planNow()).candidates.find((one) => sameClaim(one.claim, claim));
    if (item === undefined || candidate === undefined) throw new Error("what is not due begins");
    const { play: number, offsetMs } = candidate;
    const play = { zoneId, occurrence: claim.occurrence, play: number, startedAtMs: this.nowMs, offsetMs };
    this.items.set(claim.item.id, { ...item, plays: [...item.plays, play] });
    this.records.set(handle, { claim, ends: [] });
    const endsAtMs = this.nowMs + Math.max(1, item.order.audio.durationMs - offsetMs);
    this.#sounding.set(handle, { claim, play, endsAtMs, ending: "drained" });
    this.#feed(zoneId, { kind: "started", play: handle, atMs: this.nowMs });
    for (const [other] of cut) this.#end(other, "stopped");
  }

  #end(handle: PlayHandle, ending: "drained" | "stopped" | "failed"): void {
    const sounding = this.#sounding.get(handle);
    if (sounding === undefined) return;
    const outputFault = ending === "failed" ? ("missing" as const) : undefined;
    this.#feed(sounding.claim.zoneId, { kind: "ended", play: handle, ending, outputFault, monotonicMs: this.nowMs });
    this.#sounding.delete(handle);
  }

  #record(handle: PlayHandle, claim: Claim, play: Play, end: PlayEnd): void {
    this.records.get(handle)?.ends.push(end);
    const item = this.items.get(claim.item.id);
    if (item === undefined) return;
    const plays = item.plays.map((one) =>
      one.zoneId === play.zoneId && one.play === play.play ? { ...one, end } : one,
    );
    this.items.set(claim.item.id, { ...item, plays });
  }

  #ofZone(zoneId: ZoneId): (readonly [PlayHandle, Sounding])[] {
    return [...this.#sounding].filter(([, { claim }]) => claim.zoneId === zoneId);
  }
}
