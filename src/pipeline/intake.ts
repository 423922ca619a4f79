import type { Refused } from "../core/refusal.ts";
import { type TrustContext, type Verdict, verifyDown } from "../core/verify.ts";
import type { Broadcast, ItemKey } from "../domain/broadcast.ts";
import type { Clock, InboundMessage, Log } from "../domain/ports.ts";
import type { Standing } from "../domain/standing.ts";
import type { DownPayload, DownTopic, EvidenceAck, Placement, Sealed } from "../domain/trust.ts";
import type { AudioStore } from "../store/audio.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { parseDownTopic } from "../wire/topics.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";
import type { RefusalCounter } from "./refusal-counter.ts";
import type { Reports } from "./reports.ts";
import type { TrustState } from "./trust-state.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly audio: AudioStore;
  readonly items: Items;
  readonly trust: TrustState;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly refusals: RefusalCounter;
  readonly alarms: AlarmBoard;
  readonly clock: Clock;
  readonly log: Log;
  /** Commits an order by `work` together with the records of what sounds because of it, and then has it sound. */
  readonly soundWith: (key: ItemKey, work: () => void) => void;
  readonly accepted: (order: Broadcast) => void;
  readonly placed: (before: Placement) => void;
  readonly evidenceAcknowledged: (ack: EvidenceAck) => void;
}

type Sealing = { readonly sealed: Sealed<DownPayload>; readonly message: InboundMessage };

/**
 * From bytes off the control connection to a commit. When `take` returns, the message has had its whole effect on disk and may
 * be acknowledged; when it throws, a fault of our own stands in the way and the broker has to keep it.
 */
export class Intake {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  take(message: InboundMessage): void {
    // An empty payload only clears a retained message at the broker.
    if (message.payload.byteLength === 0) return;
    const { refusals, trust } = this.#parts;
    const topic = parseDownTopic(message.topic);
    if (topic === undefined) {
      refusals.count("binding", message.topic, "a topic that is not for this gateway");
      return;
    }
    const opened = openDown(message.payload, topic);
    if (opened.kind === "refused") {
      refusals.count(opened.code, message.topic, opened.detail);
      return;
    }
    const sealing = { sealed: opened.sealed, message };
    const verdict = verifyDown(opened.sealed, topic, this.#context());
    switch (verdict.kind) {
      case "duplicate":
        return;
      case "refused":
        verdict.signed ? this.#refuse(verdict, sealing) : refusals.count(verdict.code, message.topic, verdict.detail);
        return;
      case "accepted":
        this.#accept(verdict, topic, sealing, trust.placement);
        return;
      default:
        verdict satisfies never;
    }
  }

  #context(): TrustContext {
    const { orders, trust, clock } = this.#parts;
    return {
      gateway: trust.placement.gateway,
      root: trust.root,
      placement: trust.placement,
      policy: trust.policy,
      clock: clock.read(),
      seen: (key) => orders.seen.payloadHash(key),
      lastAccepted: (type, issuer) => orders.trust.get(type, issuer),
      active: () => {
        const { emergency, priority, routine } = orders.broadcasts.queue();
        return { emergencies: emergency, others: priority + routine };
      },
    };
  }

  #accept(
    verdict: Extract<Verdict, { kind: "accepted" }>,
    topic: DownTopic,
    sealing: Sealing,
    placementBefore: Placement,
  ): void {
    switch (verdict.what) {
      case "broadcast":
        this.#acceptBroadcast(verdict.broadcast, verdict.standing, topic, sealing);
        return;
      case "placement":
        this.#commitDocument(sealing);
        this.#parts.trust.install(verdict.placement);
        this.#parts.placed(placementBefore);
        return;
      case "evidence-ack":
        this.#commitDocument(sealing);
        this.#parts.evidenceAcknowledged(verdict.ack);
        return;
      default:
        verdict satisfies never;
    }
  }

  #acceptBroadcast(order: Broadcast, standing: Standing, topic: DownTopic, { sealed, message }: Sealing): void {
    const { orders, audio, items, recorder, clock, log } = this.#parts;
    const { issuer, id, title } = order;
    const area = topic.kind === "broadcast" ? topic.area : "";
    if (audio.contradicts(order.audio)) {
      this.#refuse(
        { kind: "refused", code: "schema", signed: true, detail: "its audio contradicts an earlier order's" },
        { sealed, message },
      );
      return;
    }
    this.#parts.soundWith({ issuer, id }, () => {
      const acceptedAtMs = clock.read().nowMs;
      const { payloadHash } = sealed;
      orders.broadcasts.add(
        {
          key: { issuer, id },
          payloadHash,
          topic: message.topic,
          audioHash: order.audio.hash,
          expiresAt: order.expiresAt,
          standing,
          acceptedAtMs,
          state: "accepted",
        },
        message.payload,
      );
      orders.seen.add({ issuer, id }, payloadHash, order.expiresAt);
      recorder.record({ kind: "received", issuer, itemId: id, area, payloadHash });
      items.add(order, standing);
    });
    log.write("info", "order.accepted", { issuer, id, class: order.class, area, title }, `accepted: ${title}`);
    this.#parts.accepted(order);
  }

  #commitDocument({ sealed, message }: Sealing): void {
    const { orders, log } = this.#parts;
    const { type, issuer, sequence } = sealed.payload;
    orders.trust.put({ type, issuer, sequence, payloadHash: sealed.payloadHash, envelope: message.payload });
    if (type === "placement")
      log.write("info", "trust.accepted", { type, issuer, sequence }, "a new placement is in force");
  }

  #refuse({ code, detail }: Refused, { sealed }: Sealing): void {
    const { orders, recorder, reports, alarms, clock, log } = this.#parts;
    const { issuer, id, expiresAt, type } = sealed.payload;
    const { payloadHash } = sealed;
    // A record of a refused acknowledgement would be new evidence, that again brings an acknowledgement, for ever.
    if (type === "evidence-ack") {
      if (!orders.refusals.add({ issuer, id }, payloadHash, code, expiresAt)) return;
      log.write("warn", "order.refused", { type, issuer, id, code, detail }, `refused: ${detail}`);
      return;
    }
    const isFirst = orders.transaction(() => {
      if (!orders.refusals.add({ issuer, id }, payloadHash, code, expiresAt)) return false;
      recorder.record({ kind: "refused", issuer, itemId: id, code, payloadHash });
      const urgent = sealed.payload.type === "broadcast" && sealed.payload.class === "emergency";
      const atMs = clock.read().nowMs;
      reports.receipt({ issuerOfItem: issuer, itemId: id, state: "refused", code, detail, atMs }, urgent);
      return true;
    });
    if (!isFirst) return;
    log.write("warn", "order.refused", { type, issuer, id, code, detail }, `refused: ${detail}`);
    if (code === "replay") alarms.raise("replay", `${issuer} ${id}: ${detail}`);
  }
}
