import {
  type ClockLook,
  type ClockMachine,
  type ClockTrouble,
  hearAnswer,
  hearBeacon,
  observe,
  raiseFloor,
  readClock,
  savedFrom,
  troubleOf,
  wakeClock,
} from "../core/clock-machine.ts";
import { BUILT_IN_POLICY, type ClockRule } from "../core/policy.ts";
import type { Cancellable, Clock, Log, Part, Timers } from "../domain/ports.ts";
import {
  type ClockReading,
  isTrusted,
  type Milliseconds,
  type MonotonicMs,
  toUnixSeconds,
  type UnixMs,
  type UnixSeconds,
} from "../domain/time.ts";
import type { ClockMemory } from "../store/clock.ts";

interface Parts {
  /** The machine's clocks: `sync` while the time service vouches for the wall clock. */
  readonly source: Clock;
  readonly memory: ClockMemory;
  readonly machine: { readonly boot: string; readonly hasHardwareClock: boolean };
  /** From the first synchronisation until something may be final by it. */
  readonly settleMs: Milliseconds;
  readonly timers: Timers;
  readonly log: Log;
}

const SAVED_EVERY_MS = 600_000;
/** A wall clock that was set, and a hold that grew old, are looked after this often. */
const LOOKED_AT_EVERY_MS = 30_000;

/** The time as this gateway may believe it (core/clock-machine), kept over restarts. */
export class TrustedClock implements Clock, Part {
  readonly name = "clock";
  readonly #parts: Parts;
  readonly #listeners: (() => void)[] = [];
  #machine: ClockMachine;
  #rules: () => ClockRule = () => BUILT_IN_POLICY.clock;
  #firstTrusted: UnixSeconds | undefined;
  #told: Pick<ClockReading, "state" | "unsettled"> = { state: "none" };
  #telling: Cancellable | undefined;
  #chores: readonly Cancellable[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    const { memory, machine } = parts;
    this.#firstTrusted = memory.firstTrusted();
    this.#machine = wakeClock(memory.saved(), memory.signedFloor(), this.#look(), machine, this.#rules());
  }

  /** From here on the policy in force rules. */
  follow(rules: () => ClockRule): void {
    this.#rules = rules;
  }

  start(): void {
    const { source, timers } = this.#parts;
    source.onChange(() => this.read());
    this.#chores = [
      timers.every(LOOKED_AT_EVERY_MS, () => this.read()),
      timers.every(SAVED_EVERY_MS, () => this.#save()),
    ];
    this.read();
    this.#tell();
  }

  stop(): void {
    this.#telling?.cancel();
    for (const chore of this.#chores) chore.cancel();
    this.#save();
  }

  read(): ClockReading {
    const look = this.#look();
    this.#machine = observe(this.#machine, look, this.#rules(), this.#parts.settleMs);
    const reading = readClock(this.#machine, look);
    const { state, unsettled } = this.#told;
    // Whoever reads is in the middle of something: the rest hears of a change afterwards.
    if (reading.state !== state || reading.unsettled !== unsettled) {
      this.#telling ??= this.#parts.timers.after(0, () => this.#tell());
    }
    return reading;
  }

  monotonicMs(): MonotonicMs {
    return this.#parts.source.monotonicMs();
  }

  /** Also when it settles, or ceases to be settled. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get trouble(): ClockTrouble | undefined {
    return troubleOf(this.#machine, this.#look(), this.#rules());
  }

  /** Below which nothing may be that is still to come. */
  get signedFloor(): UnixSeconds {
    return this.#machine.floors.signed ?? 0;
  }

  /** In the transaction that accepts a document by a key that was good at its time of issue. */
  issued(issuedAt: UnixSeconds): void {
    const reading = this.read();
    const latest = toUnixSeconds(reading.nowMs) + this.#rules().beaconToleranceSeconds;
    // What calls itself issued tomorrow proves no more than that somebody's clock is wrong.
    if ((isTrusted(reading) && issuedAt > latest) || issuedAt <= this.signedFloor) return;
    this.#parts.memory.raiseSignedFloor(issuedAt);
    this.#machine = raiseFloor(this.#machine, issuedAt);
  }

  /** In the life of this database. */
  get firstTrusted(): UnixSeconds | undefined {
    return this.#firstTrusted;
  }

  heardBeacon(beacon: { readonly issuer: string; readonly now: UnixSeconds; readonly isFresh: boolean }): void {
    this.#machine = hearBeacon(this.#machine, beacon, this.#look(), this.#rules());
    this.read();
  }

  heardAnswer(nowMs: UnixMs, errorMs: Milliseconds): void {
    this.#machine = hearAnswer(this.#machine, { nowMs, errorMs }, this.monotonicMs());
    this.read();
  }

  #look(): ClockLook {
    const { source } = this.#parts;
    const { state, nowMs } = source.read();
    return { synchronised: state === "sync", wallMs: nowMs, monotonicMs: source.monotonicMs() };
  }

  #tell(): void {
    this.#telling = undefined;
    const { log } = this.#parts;
    const before = this.#told;
    const reading = readClock(this.#machine, this.#look());
    const { state, unsettled } = reading;
    this.#told = { state, unsettled };
    if (state !== before.state) {
      log.write("info", "clock.changed", { state, trouble: this.trouble }, "the clock's state changed");
      if (isTrusted(reading)) this.#trustedAt(toUnixSeconds(reading.nowMs));
      this.#save();
    }
    if (state === before.state && unsettled === before.unsettled) return;
    for (const listener of this.#listeners) listener();
  }

  #trustedAt(now: UnixSeconds): void {
    if (this.#firstTrusted !== undefined) return;
    this.#firstTrusted = now;
    this.#write(() => this.#parts.memory.trustedFrom(now));
  }

  #save(): void {
    const saved = savedFrom(this.#machine, this.#look(), this.#parts.machine.boot);
    if (saved !== undefined) this.#write(() => this.#parts.memory.save(saved));
  }

  /** A full disk makes us forget the time at the next start, and no more than that. */
  #write(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#parts.log.write("error", "store.failed", { error }, "the time could not be stored");
    }
  }
}
