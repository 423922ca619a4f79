import { addsTo } from "../core/pending.ts";
import type { Refused } from "../core/refusal.ts";
import type { TrustContext } from "../core/trust-context.ts";
import { type Verdict, verifyDown } from "../core/verify.ts";
import { areaOf } from "../core/verify-document.ts";
import { aheadObjection } from "../core/versions.ts";
import type { AreaId, ItemKey } from "../domain/broadcast.ts";
import type { Control } from "../domain/control.ts";
import type { Clock, InboundMessage, Log } from "../domain/ports.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type {
  Beacon,
  DownPayload,
  DownTopic,
  EvidenceAck,
  Placement,
  RefusalCode,
  Sealed,
  TimeAnswer,
} from "../domain/trust.ts";
import type { AudioStore } from "../store/audio.ts";
import type { AcceptedBroadcast } from "../store/broadcasts.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { mergeSignatures } from "../wire/merge.ts";
import { parseDownTopic } from "../wire/topics.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Cosignatures } from "./cosignatures.ts";
import type { FloodGuard } from "./flood-guard.ts";
import type { FloodedFilters } from "./flooded-filters.ts";
import type { Halts } from "./halts.ts";
import type { Items } from "./items.ts";
import type { Outcome, PendingMessages } from "./pending.ts";
import type { Recorder } from "./recorder.ts";
import type { RefusalCounter } from "./refusal-counter.ts";
import type { Reports } from "./reports.ts";
import type { TrustChanges } from "./trust-changes.ts";
import type { TrustState } from "./trust-state.ts";
import type { Watch } from "./watch.ts";
import type { Withdrawals } from "./withdrawals.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly audio: AudioStore;
  readonly items: Items;
  readonly withdrawals: Withdrawals;
  readonly pending: PendingMessages;
  readonly cosignatures: Cosignatures;
  readonly halts: Halts;
  readonly trust: TrustState;
  readonly trustChanges: TrustChanges;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly refusals: RefusalCounter;
  readonly watch: Watch;
  readonly flood: FloodGuard;
  readonly floodedFilters: FloodedFilters;
  readonly alarms: AlarmBoard;
  readonly clock: Clock;
  readonly log: Log;
  /** Commits work on items together with the records of what sounds because of it, and then has it sound. */
  readonly soundWith: (keys: readonly ItemKey[], work: () => void) => void;
  /** An order, a cancel or a control has had its effect on disk. */
  readonly accepted: () => void;
  readonly placed: (before: Placement) => void;
  readonly evidenceAcknowledged: (ack: EvidenceAck) => void;
  readonly timeAnswered: (answer: TimeAnswer) => void;
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
    const { flood, floodedFilters } = this.#parts;
    this.#open(message, (sealed, topic) => {
      const kid = kidOf(sealed);
      if (kid === undefined || !flood.putLast(kid, topic, message)) return this.#judge(sealed, topic, message);
      floodedFilters.refused(topic);
      return "settled";
    });
  }

  /** The same for what has come before and waits: how it is now. */
  judge(message: InboundMessage): Outcome {
    return this.#open(message, (sealed, topic) => this.#judge(sealed, topic, message));
  }

  /** The cheap checks: nothing here costs more than reading the message once. */
  #open(message: InboundMessage, then: (sealed: Sealed<DownPayload>, topic: DownTopic) => Outcome): Outcome {
    const topic = parseDownTopic(message.topic);
    if (topic === undefined) {
      this.#parts.refusals.count("binding", message.topic, "a topic that is not for this gateway");
      return "settled";
    }
    // An empty payload only clears a retained message at the broker.
    if (message.payload.byteLength === 0) return this.#repeat(topic, message);
    const opened = openDown(message.payload, topic);
    if (opened.kind === "opened") return then(opened.sealed, topic);
    return this.#count(opened, topic, message, opened.claimedKid);
  }

  #judge(sealed: Sealed<DownPayload>, topic: DownTopic, message: InboundMessage): Outcome {
    return this.#follow(verifyDown(sealed, topic, this.#context()), topic, { sealed, message });
  }

  /** Without a good signature. */
  #count(
    { code, detail }: { readonly code: RefusalCode; readonly detail: string },
    topic: DownTopic,
    message: InboundMessage,
    kid: string | undefined,
  ): Outcome {
    const { refusals, flood, floodedFilters } = this.#parts;
    refusals.count(code, message.topic, detail);
    floodedFilters.refused(topic);
    if (kid !== undefined) flood.refused(kid);
    return "settled";
  }

  /** Without an effect: it is known. */
  #repeat(topic: DownTopic, message: InboundMessage): Outcome {
    this.#parts.floodedFilters.repeated(topic, message.topic);
    return "settled";
  }

  #follow(verdict: Verdict, topic: DownTopic, sealing: Sealing): Outcome {
    const { trust, cosignatures } = this.#parts;
    const { sealed, message } = sealing;
    switch (verdict.kind) {
      case "duplicate":
        cosignatures.take(sealed, message);
        return this.#repeat(topic, message);
      case "refused":
        if (!verdict.signed) return this.#count(verdict, topic, message, kidOf(sealed));
        this.#repeat(topic, message);
        return this.#refuseOrKeep(verdict, topic, sealing);
      case "accepted":
        this.#accept(verdict, topic, sealing, trust.placement);
        return "settled";
      default:
        return verdict satisfies never;
    }
  }

  /** What is short of a signature may have come with another one before. */
  #refuseOrKeep(verdict: Refused, topic: DownTopic, sealing: Sealing): Outcome {
    const { pending, watch } = this.#parts;
    const { sealed, message } = sealing;
    if (!pending.mayKeep(verdict, sealed.payload)) {
      this.#refuse(verdict, sealing);
      const { passesAt } = verdict;
      if (passesAt !== undefined && passesAt <= sealed.payload.expiresAt) watch.later(message.topic, passesAt);
      return "settled";
    }
    const kept = pending.find(sealed);
    if (kept === undefined) return pending.keep(verdict, sealed, message);
    const merged = mergeSignatures(kept.envelope, message.payload);
    const opened = merged && openDown(merged, topic);
    if (merged === undefined || opened?.kind !== "opened") return "waits";
    const together = verifyDown(opened.sealed, topic, this.#context());
    const whole = { sealed: opened.sealed, message: { ...message, payload: merged } };
    if (together.kind !== "refused") return this.#follow(together, topic, whole);
    if (!pending.mayKeep(together, sealed.payload)) return "waits";
    if (!addsTo(this.#judged(kept.envelope, topic), together)) return "waits";
    return pending.keep(together, whole.sealed, whole.message);
  }

  #judged(envelope: Uint8Array, topic: DownTopic): Verdict {
    const opened = openDown(envelope, topic);
    return opened.kind === "opened"
      ? verifyDown(opened.sealed, topic, this.#context())
      : { ...opened, kind: "refused", signed: false };
  }

  /** An envelope judged as if its order were not here yet: what another signature adds to it. */
  judgeAfresh(message: InboundMessage, key: ItemKey): Verdict {
    const topic = parseDownTopic(message.topic);
    const opened = topic && openDown(message.payload, topic);
    if (topic === undefined || opened?.kind !== "opened") return { kind: "duplicate" };
    const context = this.#context();
    const seen = (other: ItemKey) =>
      other.issuer === key.issuer && other.id === key.id ? undefined : context.seen(other);
    return verifyDown(opened.sealed, topic, { ...context, seen, active: () => ({ emergencies: 0, others: 0 }) });
  }

  #context(): TrustContext {
    const { orders, items, trust, clock } = this.#parts;
    const reading = clock.read();
    return {
      gateway: trust.placement.gateway,
      root: trust.root,
      placement: trust.placement,
      policy: trust.policy,
      revoked: trust.revoked,
      clock: reading,
      seen: (key) => orders.seen.payloadHash(key),
      original: (key) => items.original(key),
      lastAccepted: (type, issuer, area) => orders.trust.get(type, issuer, area),
      active: () => {
        const { emergency, priority, routine } = orders.broadcasts.queue();
        return { emergencies: emergency, others: priority + routine };
      },
      kept: (issuer) => ({
        references: orders.withdrawals.countBy(issuer),
        controls: orders.controls.countBy(issuer, toUnixSeconds(reading.nowMs)),
      }),
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
        this.#acceptBroadcast(verdict, topic, sealing);
        return;
      case "cancel":
        this.#acceptCancel(verdict, topic, sealing);
        return;
      case "control":
        this.#acceptControl(verdict.control, topic, sealing);
        return;
      case "root":
        this.#parts.trustChanges.root(verdict.root, sealing.sealed.payloadHash, sealing.message);
        return;
      case "policy":
        this.#parts.trustChanges.policy(verdict.policy, sealing.sealed.payloadHash, sealing.message);
        return;
      case "document":
        this.#acceptDocument(verdict.document, topic, sealing, placementBefore);
        return;
      case "time":
        this.#parts.timeAnswered(verdict.answer);
        return;
      default:
        verdict satisfies never;
    }
  }

  #acceptBroadcast(
    { broadcast: order, standing, withdrawals }: Extract<Verdict, { what: "broadcast" }>,
    topic: DownTopic,
    { sealed, message }: Sealing,
  ): void {
    const { audio, items, log } = this.#parts;
    const { issuer, id, title, status } = order;
    const area = topicArea(topic);
    if (audio.contradicts(order.audio)) {
      this.#refuse(
        { kind: "refused", code: "schema", signed: true, detail: "its audio contradicts an earlier order's" },
        { sealed, message },
      );
      return;
    }
    this.#parts.soundWith([order, ...withdrawals.map(({ reference }) => reference)], () => {
      this.#keep({ state: "accepted", standing, audioHash: order.audio.hash }, area, { sealed, message });
      items.add(order, standing);
      this.#parts.withdrawals.add(withdrawals);
      this.#parts.withdrawals.orderCame(order);
    });
    log.write("info", "order.accepted", { issuer, id, status, class: order.class, area, title }, `accepted: ${title}`);
    this.#parts.accepted();
  }

  #acceptCancel(
    { cancel, standing, withdrawals }: Extract<Verdict, { what: "cancel" }>,
    topic: DownTopic,
    sealing: Sealing,
  ): void {
    const { items, reports, clock, log } = this.#parts;
    const { issuer, id, references } = cancel;
    items.commitAll(references, () => {
      this.#keep({ state: "done", standing }, topicArea(topic), sealing);
      if (cancel.class === "emergency") {
        reports.receipt({ issuerOfItem: issuer, itemId: id, state: "accepted", atMs: clock.read().nowMs }, true);
      }
      this.#parts.withdrawals.add(withdrawals);
    });
    const fields = { issuer, id, class: cancel.class, references: references.length };
    log.write("info", "order.accepted", fields, "accepted: a cancel");
    this.#parts.accepted();
  }

  #acceptControl(control: Control, topic: DownTopic, { sealed }: Sealing): void {
    const { orders, halts, recorder, reports, clock, log } = this.#parts;
    const { issuer, id } = control.key;
    const { payloadHash } = sealed;
    orders.transaction(() => {
      orders.controls.add(control);
      orders.seen.add(control.key, payloadHash, sealed.payload.expiresAt);
      orders.pending.remove(control.key, payloadHash);
      recorder.record({ kind: "received", issuer, itemId: id, area: topicArea(topic), code: control.op, payloadHash });
      reports.receipt({ issuerOfItem: issuer, itemId: id, state: "accepted", atMs: clock.read().nowMs }, true);
    });
    halts.load();
    log.write(
      "info",
      "control.accepted",
      { issuer, id, op: control.op, item: control.item?.id },
      "a control is in force",
    );
    this.#parts.accepted();
  }

  /** What every accepted order leaves on disk: itself, its identity and its record. */
  #keep(
    { state, standing, audioHash }: Pick<AcceptedBroadcast, "state" | "standing" | "audioHash">,
    area: AreaId,
    { sealed: { payload, payloadHash }, message }: Sealing,
  ): void {
    const { orders, recorder, clock } = this.#parts;
    const { issuer, id, expiresAt } = payload;
    const acceptedAtMs = clock.read().nowMs;
    const { topic } = message;
    orders.broadcasts.add(
      { key: { issuer, id }, payloadHash, topic, audioHash, expiresAt, standing, acceptedAtMs, state },
      message.payload,
    );
    orders.seen.add({ issuer, id }, payloadHash, expiresAt);
    orders.pending.remove({ issuer, id }, payloadHash);
    recorder.record({ kind: "received", issuer, itemId: id, area, payloadHash });
  }

  #acceptDocument(
    document: Extract<Verdict, { what: "document" }>["document"],
    topic: DownTopic,
    sealing: Sealing,
    placementBefore: Placement,
  ): void {
    switch (document.type) {
      case "placement":
        this.#commitDocument(document, sealing);
        this.#parts.trust.install(document);
        this.#parts.placed(placementBefore);
        return;
      case "evidence-ack":
        this.#commitDocument(document, sealing);
        this.#parts.evidenceAcknowledged(document);
        return;
      case "revoked":
        this.#parts.trustChanges.revoked(document, sealing.sealed.payloadHash, sealing.message);
        return;
      case "beacon":
        this.#heardBeacon(document, topic, sealing);
        return;
      case "index":
        this.#commitDocument(document, sealing);
        this.#parts.watch.index(document);
        return;
      default:
        document satisfies never;
    }
  }

  /** Our clock may be the wrong one. But what is ahead of it is not kept: of a thief's number no right one would be newer. */
  #heardBeacon(beacon: Beacon, topic: DownTopic, sealing: Sealing): void {
    const { watch, trust, clock } = this.#parts;
    const { message } = sealing;
    if (aheadObjection(beacon, [], clock.read(), trust.policy.clock.beaconToleranceSeconds) === undefined) {
      this.#commitDocument(beacon, sealing);
      watch.beacon(beacon, message);
      return;
    }
    watch.compare(beacon, message);
    this.#repeat(topic, message);
  }

  #commitDocument(document: Extract<Verdict, { what: "document" }>["document"], { sealed, message }: Sealing): void {
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

function topicArea(topic: DownTopic): AreaId {
  return topic.kind === "broadcast" || topic.kind === "control" ? topic.area : "";
}

/** Who the first signature says it is by: fit for counting, not for trust. */
function kidOf({ signatures }: Sealed<DownPayload>): string | undefined {
  return signatures[0]?.header.kid;
}
