import { isTakenBack, type Revocations } from "../core/revocation.ts";
import type { ItemKey } from "../domain/broadcast.ts";
import type { Clock, Log } from "../domain/ports.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { Reports } from "./reports.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly items: Items;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Log;
  /** Commits work on items together with the records of what sounds because of it, and then has it sound. */
  readonly soundWith: (keys: readonly ItemKey[], work: () => void) => void;
}

/** Takes back what was accepted on the word of a key that turns out to have been in wrong hands, or given up before. */
export class Recall {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Orders that wait or sound, controls in force, and cancels still without effect; all in the commit of `work`. */
  takeBack(revocations: Revocations, work: () => void): void {
    const { orders, items, soundWith } = this.#parts;
    const keys = items
      .active()
      .filter(({ order, standing }) => isTakenBack(standing.keys, this.#acceptedAt(order), revocations))
      .map(({ order: { issuer, id } }) => ({ issuer, id }));
    soundWith(keys, () => {
      work();
      for (const key of keys) this.#cancel(key);
      for (const { key, mandate } of orders.controls.all()) {
        if (!isTakenBack(mandate.keys, ALWAYS, revocations)) continue;
        orders.controls.remove(key);
        this.#tell(key);
      }
      for (const withdrawal of orders.withdrawals.all()) {
        if (!isTakenBack(withdrawal.mandate.keys, ALWAYS, revocations)) continue;
        orders.withdrawals.remove(withdrawal);
        if (withdrawal.action === "cancel") this.#tell(withdrawal.by);
      }
    });
  }

  #acceptedAt(key: ItemKey): number {
    return toUnixSeconds(this.#parts.orders.broadcasts.find(key)?.acceptedAtMs ?? 0);
  }

  #cancel(key: ItemKey): void {
    const { items, recorder, log } = this.#parts;
    const { issuer, id } = key;
    items.apply(key, { kind: "finished", state: "cancelled", code: "key-revoked" });
    recorder.record({ kind: "cancelled", issuer, itemId: id, outcome: "cancelled", code: "key-revoked" });
    log.write("warn", "order.cancelled", { issuer, id, code: "key-revoked" }, "taken back: its key was revoked");
  }

  #tell({ issuer, id }: ItemKey): void {
    const { recorder, reports, clock, log } = this.#parts;
    const told = { issuerOfItem: issuer, itemId: id, state: "cancelled", code: "key-revoked" } as const;
    recorder.record({ kind: "cancelled", issuer, itemId: id, outcome: "cancelled", code: "key-revoked" });
    reports.receipt({ ...told, atMs: clock.read().nowMs }, true);
    log.write("warn", "order.cancelled", { issuer, id, code: "key-revoked" }, "taken back: its key was revoked");
  }
}

/** When a control came is not kept; of a key in wrong hands none stays in force. */
const ALWAYS = Number.POSITIVE_INFINITY;
