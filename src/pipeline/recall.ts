import { recallMandate, recallOrder } from "../core/recall.ts";
import type { Revocations } from "../core/revocation.ts";
import type { ItemKey } from "../domain/broadcast.ts";
import type { Clock, Log } from "../domain/ports.ts";
import type { Standing } from "../domain/standing.ts";
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

/** Takes back signatures of a key that turns out to have been in wrong hands, or given up before, and what can't do without them. */
export class Recall {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Orders that wait or sound, controls in force, and cancels still without effect; all in the commit of `work`. */
  takeBack(revocations: Revocations, work: () => void): void {
    const { orders, items, soundWith } = this.#parts;
    const recalled = items.active().flatMap(({ order, standing }) => {
      const { issuer, id } = order;
      const verdict = recallOrder(order, standing, this.#acceptedAt(order), revocations);
      return verdict.kind === "untouched" ? [] : [{ key: { issuer, id }, verdict }];
    });
    soundWith(
      recalled.map(({ key }) => key),
      () => {
        work();
        for (const { key, verdict } of recalled) {
          if (verdict.kind === "weaker") this.#goOn(key, verdict.rest);
          else this.#cancel(key);
        }
        for (const control of orders.controls.all()) {
          const verdict = recallMandate(control.mandate, ALWAYS, revocations);
          if (verdict.kind === "untouched") continue;
          orders.controls.remove(control.key);
          if (verdict.kind === "weaker") orders.controls.add({ ...control, mandate: verdict.rest });
          else this.#tell(control.key);
        }
        for (const withdrawal of orders.withdrawals.all()) {
          const verdict = recallMandate(withdrawal.mandate, ALWAYS, revocations);
          if (verdict.kind === "weaker") orders.withdrawals.add({ ...withdrawal, mandate: verdict.rest });
          if (verdict.kind !== "taken-back") continue;
          orders.withdrawals.remove(withdrawal);
          if (withdrawal.action === "cancel") this.#tell(withdrawal.by);
        }
      },
    );
  }

  #acceptedAt(key: ItemKey): number {
    const accepted = this.#parts.orders.broadcasts.find(key);
    return accepted === undefined || accepted.untimed ? ALWAYS : toUnixSeconds(accepted.acceptedAtMs);
  }

  /** Enough have signed it without that key. */
  #goOn(key: ItemKey, standing: Standing): void {
    const { orders, items, log } = this.#parts;
    const { issuer, id } = key;
    orders.broadcasts.weighAnew(key, standing);
    items.weighAnew(key, standing);
    const holders = standing.signers.map(({ holder }) => holder);
    const fields = { issuer, id, holders, severity: standing.severity };
    log.write("info", "order.weakened", fields, "a signature was taken back; enough are left");
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

/**
 * When a control came is not kept, and of what came while nobody knew the time it is not known: nothing that hangs on a key in wrong
 * hands stays in force for the dates that it bears, which the thief chose.
 */
const ALWAYS = Number.POSITIVE_INFINITY;
