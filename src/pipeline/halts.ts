import { type Controls, type Restraint, restraintsAt } from "../core/restraints.ts";
import type { Control } from "../domain/control.ts";
import type { Clock } from "../domain/ports.ts";
import type { HaltStatus } from "../domain/status.ts";
import { isTrusted } from "../domain/time.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { TrustState } from "./trust-state.ts";

/** Accepted halts, holds and resumes: on disk, and in memory for every plan. */
export class Halts {
  readonly #orders: OrdersStore;
  readonly #trust: TrustState;
  readonly #clock: Clock;
  #controls: readonly Control[] = [];

  constructor(orders: OrdersStore, trust: TrustState, clock: Clock) {
    this.#orders = orders;
    this.#trust = trust;
    this.#clock = clock;
  }

  /** Within `commit`, so that what is planned there knows of it. Where that throws, nothing of it is remembered. */
  add(control: Control, commit: (add: () => void) => void): void {
    try {
      commit(() => {
        this.#orders.controls.add(control);
        this.load();
      });
    } catch (error) {
      this.load();
      throw error;
    }
  }

  /** At start-up, and when others were taken back. */
  load(): void {
    this.#controls = this.#orders.controls.all();
  }

  get controls(): Controls {
    return { controls: this.#controls, policy: this.#trust.policy };
  }

  /** What bears on this gateway now, as far as the clock is to be believed. */
  inForce(): readonly Restraint[] {
    const reading = this.#clock.read();
    return isTrusted(reading) ? restraintsAt(this.#controls, this.#trust.ground, reading.nowMs) : [];
  }

  status(): readonly HaltStatus[] | undefined {
    const halts = this.inForce().flatMap(({ control: { key, op, item, window }, zones }) =>
      op === "resume" ? [] : [{ ...key, op, item, zones: [...zones], until: window.expiresAt }],
    );
    return halts.length === 0 ? undefined : halts;
  }
}
