import type { Verdict } from "../core/verify.ts";
import { areaOf } from "../core/verify-document.ts";
import { aheadObjection } from "../core/versions.ts";
import type { AreaId, ItemKey } from "../domain/broadcast.ts";
import type { Control } from "../domain/control.ts";
import type { Clock, InboundMessage, Log } from "../domain/ports.ts";
import { isTrusted } from "../domain/time.ts";
import type { Beacon, DownPayload, DownTopic, EvidenceAck, Placement, Sealed, TimeAnswer } from "../domain/trust.ts";
import type { AcceptedBroadcast } from "../store/broadcasts.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { FloodedFilters } from "./flooded-filters.ts";
import type { Halts } from "./halts.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { Reports } from "./reports.ts";
import type { TrustChanges } from "./trust-changes.ts";
import type { TrustState } from "./trust-state.ts";
import type { Watch } from "./watch.ts";
import type { Withdrawals } from "./withdrawals.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly items: Items;
  readonly withdrawals: Withdrawals;
  readonly halts: Halts;
  readonly trust: TrustState;
  readonly trustChanges: TrustChanges;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly watch: Watch;
  readonly floodedFilters: FloodedFilters;
  readonly clock: Clock;
  readonly log: Log;
  /** Commits work on items together with the records of what sounds because of it, and then has it sound. */
  readonly soundWith: (keys: readonly ItemKey[], work: () => void) => void;
  /** Another file may be wanted, or one no longer. */
  readonly ordersChanged: () => void;
  readonly placed: (before: Placement) => void;
  readonly evidenceAcknowledged: (ack: EvidenceAck) => void;
  readonly timeAnswered: (answer: TimeAnswer) => void;
}

/** A message and the bytes and topic that it came with. */
export interface Sealing {
  readonly sealed: Sealed<DownPayload>;
  readonly message: InboundMessage;
}

type Accepted<What extends string> = Extract<Verdict, { readonly what: What }>;

/** Gives a message that was judged good its whole effect: on disk first, and what is heard of it with the same commit. */
export class Acceptance {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws, with nothing changed, where the disk refuses. */
  accept(verdict: Extract<Verdict, { kind: "accepted" }>, topic: DownTopic, sealing: Sealing): void {
    const { trustChanges, timeAnswered } = this.#parts;
    const { sealed, message } = sealing;
    switch (verdict.what) {
      case "broadcast":
        this.#broadcast(verdict, topic, sealing);
        return;
      case "cancel":
        this.#cancel(verdict, topic, sealing);
        return;
      case "control":
        this.#control(verdict.control, topic, sealing);
        return;
      case "root":
        trustChanges.root(verdict.root, sealed.payloadHash, message);
        return;
      case "policy":
        trustChanges.policy(verdict.policy, sealed.payloadHash, message);
        return;
      case "document":
        this.#document(verdict.document, topic, sealing);
        return;
      case "time":
        timeAnswered(verdict.answer);
        return;
      default:
        verdict satisfies never;
    }
  }

  #broadcast({ broadcast: order, standing, withdrawals }: Accepted<"broadcast">, topic: DownTopic, sealing: Sealing) {
    const { items, log, soundWith, ordersChanged } = this.#parts;
    const { issuer, id, title, status } = order;
    const area = topicArea(topic);
    soundWith([order, ...withdrawals.map(({ reference }) => reference)], () => {
      this.#keep({ state: "accepted", standing, audioHash: order.audio.hash }, area, sealing);
      items.add(order, standing);
      this.#parts.withdrawals.add(withdrawals);
      this.#parts.withdrawals.orderCame(order);
    });
    log.write("info", "order.accepted", { issuer, id, status, class: order.class, area, title }, `accepted: ${title}`);
    ordersChanged();
  }

  #cancel({ cancel, standing, withdrawals }: Accepted<"cancel">, topic: DownTopic, sealing: Sealing): void {
    const { reports, clock, log, soundWith, ordersChanged } = this.#parts;
    const { issuer, id, references } = cancel;
    soundWith(references, () => {
      this.#keep({ state: "done", standing }, topicArea(topic), sealing);
      if (cancel.class === "emergency") {
        reports.receipt({ issuerOfItem: issuer, itemId: id, state: "accepted", atMs: clock.read().nowMs }, true);
      }
      this.#parts.withdrawals.add(withdrawals);
    });
    const fields = { issuer, id, class: cancel.class, references: references.length };
    log.write("info", "order.accepted", fields, "accepted: a cancel");
    ordersChanged();
  }

  #control(control: Control, topic: DownTopic, { sealed }: Sealing): void {
    const { orders, halts, recorder, reports, clock, log, soundWith } = this.#parts;
    const { op, item, key } = control;
    const { issuer, id } = key;
    const { payloadHash } = sealed;
    halts.add(control, (add) => {
      soundWith([], () => {
        add();
        orders.seen.add(key, payloadHash, sealed.payload.expiresAt);
        orders.pending.remove(key, payloadHash);
        recorder.record({ kind: "received", issuer, itemId: id, area: topicArea(topic), code: op, payloadHash });
        reports.receipt({ issuerOfItem: issuer, itemId: id, state: "accepted", atMs: clock.read().nowMs }, true);
      });
    });
    log.write("info", "control.accepted", { issuer, id, op, item: item?.id }, "a control is in force");
  }

  /** What every accepted order leaves on disk: itself, its identity and its record. */
  #keep(
    { state, standing, audioHash }: Pick<AcceptedBroadcast, "state" | "standing" | "audioHash">,
    area: AreaId,
    { sealed: { payload, payloadHash }, message }: Sealing,
  ): void {
    const { orders, recorder, clock } = this.#parts;
    const { issuer, id, expiresAt } = payload;
    const reading = clock.read();
    const accepted = { acceptedAtMs: reading.nowMs, untimed: !isTrusted(reading), state };
    const { topic } = message;
    orders.broadcasts.add(
      { key: { issuer, id }, payloadHash, topic, audioHash, expiresAt, standing, ...accepted },
      message.payload,
    );
    orders.seen.add({ issuer, id }, payloadHash, expiresAt);
    orders.pending.remove({ issuer, id }, payloadHash);
    recorder.record({ kind: "received", issuer, itemId: id, area, payloadHash });
  }

  #document(document: Accepted<"document">["document"], topic: DownTopic, sealing: Sealing): void {
    const { trust, trustChanges, watch, placed, evidenceAcknowledged } = this.#parts;
    switch (document.type) {
      case "placement": {
        const before = trust.placement;
        this.#commit(document, sealing);
        trust.install(document);
        placed(before);
        return;
      }
      case "evidence-ack":
        this.#commit(document, sealing);
        evidenceAcknowledged(document);
        return;
      case "revoked":
        trustChanges.revoked(document, sealing.sealed.payloadHash, sealing.message);
        return;
      case "beacon":
        this.#beacon(document, topic, sealing);
        return;
      case "index":
        this.#commit(document, sealing);
        watch.index(document);
        return;
      default:
        document satisfies never;
    }
  }

  /** Our clock may be the wrong one. But what is ahead of it is not kept: of a thief's number no right one would be newer. */
  #beacon(beacon: Beacon, topic: DownTopic, sealing: Sealing): void {
    const { watch, trust, floodedFilters, clock } = this.#parts;
    const { message } = sealing;
    if (aheadObjection(beacon, [], clock.read(), trust.policy.clock.beaconToleranceSeconds) === undefined) {
      this.#commit(beacon, sealing);
      watch.beacon(beacon, message);
      return;
    }
    watch.compare(beacon, message);
    floodedFilters.repeated(topic, message.topic);
  }

  #commit(document: Accepted<"document">["document"], { sealed, message }: Sealing): void {
    const { orders, recorder, log } = this.#parts;
    const { payloadHash } = sealed;
    const { type, issuer, id, sequence } = document;
    orders.transaction(() => {
      orders.trust.put({ type, issuer, scope: areaOf(document), sequence, payloadHash, envelope: message.payload });
      if (type === "placement") recorder.record({ kind: "config", issuer, itemId: id, code: type, payloadHash });
    });
    if (type === "placement")
      log.write("info", "trust.accepted", { type, issuer, sequence }, "a new placement is in force");
  }
}

function topicArea(topic: DownTopic): AreaId {
  return topic.kind === "broadcast" || topic.kind === "control" ? topic.area : "";
}
