import { type Original, withdrawalObjection } from "../core/mandate.ts";
import type { Objection } from "../core/refusal.ts";
import { isWithin } from "../core/validity.ts";
import type { ItemKey } from "../domain/broadcast.ts";
import type { Clock, Log } from "../domain/ports.ts";
import { isTrusted } from "../domain/time.ts";
import type { Withdrawal } from "../domain/withdrawal.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { Refusals } from "./refusals.ts";
import type { TrustState } from "./trust-state.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly items: Items;
  readonly trust: TrustState;
  readonly recorder: Recorder;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes off the air what updates and cancels refer to: at once where it is here, and else when it comes. */
export class Withdrawals {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Keeps them and lets them have their effect, in the transaction that accepts their message. */
  add(withdrawals: readonly Withdrawal[]): void {
    for (const withdrawal of withdrawals) {
      this.#parts.orders.withdrawals.add(withdrawal);
      this.#settle(withdrawal);
    }
  }

  /** An order has come, in the transaction that accepts it. */
  orderCame(key: ItemKey): void {
    for (const withdrawal of this.#parts.orders.withdrawals.of(key)) this.#settle(withdrawal);
  }

  /** The time is known again: what came meanwhile has its effect now. */
  settleAll(): void {
    const { orders, items } = this.#parts;
    for (const withdrawal of orders.withdrawals.all()) {
      items.commit(withdrawal.reference, () => this.#settle(withdrawal));
    }
  }

  /** While nobody can judge whose keys still hold: who may have had it said may have it silenced. */
  takesBack(item: Original & { readonly order: ItemKey }): boolean {
    const { orders, trust } = this.#parts;
    return orders.withdrawals
      .of(item.order)
      .some(({ mandate }) => withdrawalObjection(mandate, item, trust.ground, trust.policy) === undefined);
  }

  #settle(withdrawal: Withdrawal): void {
    const { orders, items, trust, recorder, clock, log } = this.#parts;
    const { reference, window, mandate, by, action } = withdrawal;
    const reading = clock.read();
    // Without a clock nobody knows whether its keys still hold: what it takes back is silent meanwhile, and not ended.
    if (!isTrusted(reading) || !isWithin(window, reading.nowMs) || orders.seen.payloadHash(reference) === undefined)
      return;
    orders.withdrawals.remove(withdrawal);
    const original = items.find(reference);
    if (original === undefined) return; // It is over.
    const objection = withdrawalObjection(mandate, original, trust.ground, trust.policy);
    if (objection !== undefined) {
      this.#refuse(withdrawal, objection);
      return;
    }
    const { issuer, id } = reference;
    items.apply(reference, { kind: "finished", state: "cancelled" });
    recorder.record({ kind: "cancelled", issuer, itemId: id, outcome: "cancelled", code: action });
    log.write("info", "order.cancelled", { issuer, id, by: by.id, action }, "an order was taken off the air");
  }

  /** Who sent it learns late that he had no say. An update still stands for itself, so it gets no receipt that says otherwise. */
  #refuse({ by, action, payloadHash, window, reference }: Withdrawal, found: Objection): void {
    const told = action === "cancel" ? "issuer-at-once" : "monitoring";
    const message = { key: by, payloadHash, expiresAt: window.expiresAt, objection: found, told } as const;
    this.#parts.refusals.refuse(message, { reference: reference.id });
  }
}
