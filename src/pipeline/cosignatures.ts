import { isMoreUrgent } from "../core/quorum.ts";
import type { Verdict } from "../core/verify.ts";
import type { ItemKey } from "../domain/broadcast.ts";
import type { Clock, InboundMessage, Log } from "../domain/ports.ts";
import type { DownPayload, Sealed } from "../domain/trust.ts";
import type { OrdersStore } from "../store/orders.ts";
import { mergeSignatures } from "../wire/merge.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { Reports } from "./reports.ts";
import type { Withdrawals } from "./withdrawals.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly items: Items;
  readonly withdrawals: Withdrawals;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Log;
  /** Judges an envelope as if its order had not been accepted yet. */
  readonly judgeAfresh: (message: InboundMessage, key: ItemKey) => Verdict;
  readonly soundWith: (keys: readonly ItemKey[], work: () => void) => void;
}

/** The same order again with another holder's signature: it may weigh more now. */
export class Cosignatures {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Of an order that was accepted with fewer signatures. What the second signer is not entitled to adds nothing. */
  take(sealed: Sealed<DownPayload>, message: InboundMessage): void {
    const { orders, judgeAfresh } = this.#parts;
    const { payload, payloadHash, signatures } = sealed;
    if (payload.type !== "broadcast") return;
    const { issuer, id } = payload;
    const stored = orders.broadcasts.find({ issuer, id });
    if (stored === undefined || stored.payloadHash !== payloadHash) return;
    const known = new Set(stored.standing.signers.map(({ kid }) => kid));
    if (signatures.every(({ header }) => known.has(header.kid))) return;
    const envelope = orders.broadcasts.envelope({ issuer, id });
    const merged = envelope && mergeSignatures(envelope, message.payload);
    if (merged === undefined) return;
    const verdict = judgeAfresh({ ...message, topic: stored.topic, payload: merged }, { issuer, id });
    if (verdict.kind !== "accepted" || (verdict.what !== "broadcast" && verdict.what !== "cancel")) return;
    const [offered, inForce] = [verdict.standing, stored.standing];
    // An earlier signer's key may be over by now: what he made of it stays so.
    if (isMoreUrgent(inForce, offered)) return;
    // What an update or cancel refers to may be still to come, and need the holders.
    if (verdict.withdrawals.length === 0 && !isMoreUrgent(offered, inForce)) return;
    this.#add(verdict, { issuer, id }, payloadHash, merged);
  }

  #add(
    { standing, withdrawals }: Extract<Verdict, { what: "broadcast" | "cancel" }>,
    key: ItemKey,
    payloadHash: string,
    envelope: Uint8Array,
  ): void {
    const { orders, items, recorder, reports, clock, log, soundWith } = this.#parts;
    const { issuer, id } = key;
    soundWith([key, ...withdrawals.map(({ reference }) => reference)], () => {
      orders.broadcasts.weighAnew(key, standing, envelope);
      items.weighAnew(key, standing);
      recorder.record({ kind: "received", issuer, itemId: id, code: "cosigned", payloadHash });
      if (standing.class === "emergency") {
        reports.receipt({ issuerOfItem: issuer, itemId: id, state: "accepted", atMs: clock.read().nowMs }, true);
      }
      this.#parts.withdrawals.add(withdrawals);
    });
    const holders = standing.signers.map(({ holder }) => holder);
    log.write("info", "order.cosigned", { issuer, id, holders, severity: standing.severity }, "another holder signed");
  }
}
