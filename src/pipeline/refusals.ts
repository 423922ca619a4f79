import type { Objection } from "../core/refusal.ts";
import type { ItemKey } from "../domain/broadcast.ts";
import type { Clock, Log } from "../domain/ports.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Recorder } from "./recorder.ts";
import type { Reports } from "./reports.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Log;
}

/** A message with a good signature that has no effect. */
export interface RefusedMessage {
  readonly key: ItemKey;
  readonly payloadHash: string;
  /** Until when it is remembered. */
  readonly expiresAt: UnixSeconds;
  readonly objection: Objection;
  /** Who learns of it beyond the log: monitoring by a record, and its issuer by a receipt, at once or with the next ones. */
  readonly told: "nobody" | "monitoring" | "issuer" | "issuer-at-once";
}

/** Says no to somebody who signed well: once for each message and reason, however often it comes. */
export class Refusals {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** False where it has been told before. `fields` go into the log beside its name. */
  refuse(message: RefusedMessage, fields: Readonly<Record<string, string>> = {}): boolean {
    const { orders, recorder, reports, clock, log } = this.#parts;
    const { key, payloadHash, expiresAt, objection, told } = message;
    const { code, detail } = objection;
    const { issuer, id } = key;
    const isFirst = orders.transaction(() => {
      if (!orders.refusals.add(key, payloadHash, code, expiresAt)) return false;
      if (told === "nobody") return true;
      recorder.record({ kind: "refused", issuer, itemId: id, code, payloadHash });
      if (told === "monitoring") return true;
      const receipt = { issuerOfItem: issuer, itemId: id, state: "refused", code, detail } as const;
      reports.receipt({ ...receipt, atMs: clock.read().nowMs }, told === "issuer-at-once");
      return true;
    });
    if (isFirst) log.write("warn", "order.refused", { issuer, id, ...fields, code, detail }, `refused: ${detail}`);
    return isFirst;
  }
}
