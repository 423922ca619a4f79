import type { Cancellable, Chance, Clock, Link, Log, Part, PublishOutcome, Timers } from "../domain/ports.ts";
import type { EvidenceAck } from "../domain/trust.ts";
import type { OrdersStore } from "../store/orders.ts";
import { LONGEST_WAIT_MS, type QueuedMessage } from "../store/outbox.ts";
import { MAX_LINES_BYTES } from "../wire/payloads/evidence.ts";
import { evidenceTopic } from "../wire/topics.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Voice } from "./voice.ts";

interface UplinkOptions {
  /** Facts written within this time go in one batch. */
  readonly lingerMs: number;
  /** Without an acknowledgement for so long, sending begins again behind the last acknowledged record. */
  readonly resendMs: number;
}

interface UplinkWorld {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly chance: Chance;
  readonly log: Log;
  readonly storageFailed: (error: unknown) => void;
}

/** Reports and evidence batches under way at a time. */
const WINDOW = 4;
/** Shares of the room for un-acknowledged evidence: its alarms are raised before anything is missed, and cleared well below. */
const NEARLY_FULL = 3 / 4;
const EASED = 1 / 2;
/** A backlog after an outage drains at about this pace, so that a thousand boxes don't drown the centre. */
const BACKLOG_PAUSE_MS = 250;

/** Carries the outbox and the evidence upstream: in order, again until taken, evidence until acknowledged by the centre. */
export class Uplink implements Part {
  readonly name = "uplink";
  readonly #link: Link;
  readonly #voice: Voice;
  readonly #orders: OrdersStore;
  readonly #epoch: string;
  readonly #alarms: AlarmBoard;
  readonly #world: UplinkWorld;
  readonly #options: UplinkOptions;
  readonly #underWay = new Set<number>();
  /** Ends of the batches sent and not yet acknowledged by the centre, in order. */
  #batchesSent: number[] = [];
  #lingering: Cancellable | undefined;
  #resending: Cancellable | undefined;
  #postponed: Cancellable | undefined;
  #drainSoon: Cancellable | undefined;

  constructor(
    link: Link,
    voice: Voice,
    orders: OrdersStore,
    epoch: string,
    alarms: AlarmBoard,
    world: UplinkWorld,
    options: UplinkOptions,
  ) {
    this.#link = link;
    this.#voice = voice;
    this.#orders = orders;
    this.#epoch = epoch;
    this.#alarms = alarms;
    this.#world = world;
    this.#options = options;
  }

  start(): void {}

  stop(): void {
    for (const timer of [this.#lingering, this.#resending, this.#postponed, this.#drainSoon]) timer?.cancel();
    this.#lingering = this.#resending = this.#postponed = this.#drainSoon = undefined;
  }

  connected(): void {
    this.#underWay.clear();
    this.#drain();
    this.#sendAgain();
  }

  /** A report was put in the outbox, perhaps in a transaction still open: look after it. */
  reportQueued(): void {
    this.#drainSoon ??= this.#world.timers.after(0, () => {
      this.#drainSoon = undefined;
      this.#drain();
    });
  }

  /** A fact was recorded: it goes with those that follow within the linger time. */
  evidenceRecorded(): void {
    this.#lingering ??= this.#world.timers.after(this.#options.lingerMs, () => {
      this.#lingering = undefined;
      this.#sendEvidence();
    });
  }

  /** The centre has verified our chain up to `ack.to`; only now may those records go. */
  acknowledged(ack: EvidenceAck): void {
    const { to, headHash } = ack;
    if (ack.epoch !== this.#epoch) return;
    const outcome = this.#orders.evidence.acknowledge(to, headHash);
    switch (outcome) {
      case "pruned":
        this.#alarms.clear("chain-fork");
        this.#batchesSent = this.#batchesSent.filter((end) => end > to);
        this.#world.log.write("info", "evidence.acknowledged", { to }, "the centre has verified the evidence");
        this.#sendEvidence();
        return;
      case "fork":
        this.#alarms.raise("chain-fork", `the centre's hash at record ${to} is not ours`);
        return;
      case "ignored":
        return;
      default:
        outcome satisfies never;
    }
  }

  #drain(): void {
    if (!this.#link.isConnected) return;
    const nowMs = this.#world.clock.read().nowMs;
    const room = WINDOW - this.#underWay.size;
    if (room <= 0) return;
    for (const queued of this.#orders.outbox.due(nowMs, room, this.#underWay)) {
      this.#underWay.add(queued.id);
      this.#link
        .publish(queued.message)
        .then((outcome) => this.#settled(queued, outcome))
        // A full disk can't forget it: it goes once more with the next report.
        .catch(this.#world.storageFailed);
    }
    this.#watchPostponed(nowMs);
  }

  #settled(queued: QueuedMessage, outcome: PublishOutcome): void {
    this.#underWay.delete(queued.id);
    switch (outcome.kind) {
      case "acknowledged":
        this.#orders.outbox.sent(queued.id);
        this.#alarms.clear("auth");
        this.#drainNext();
        return;
      case "refused":
        // Not authorized (0x87), or a quota (0x97): neither is over soon.
        this.#orders.outbox.postpone(queued.id, this.#world.clock.read().nowMs + LONGEST_WAIT_MS);
        this.#refused(queued.message.topic, outcome.reasonCode);
        this.#drainNext();
        return;
      case "disconnected":
        return;
      default:
        outcome satisfies never;
    }
  }

  #refused(topic: string, reasonCode: number): void {
    this.#world.log.write("warn", "link.publish-refused", { topic, reasonCode }, "the broker refused a report");
    this.#alarms.raise("auth", `the broker refuses what this gateway publishes (reason code ${reasonCode})`);
  }

  /** The first few go at once; behind them a backlog is paced. */
  #drainNext(): void {
    const backlog = this.#orders.outbox.size().count;
    if (backlog === 0) return;
    if (backlog <= WINDOW) {
      this.#drain();
      return;
    }
    const delayMs = BACKLOG_PAUSE_MS * this.#world.chance.fraction();
    this.#drainSoon ??= this.#world.timers.after(delayMs, () => {
      this.#drainSoon = undefined;
      this.#drain();
    });
  }

  #watchPostponed(nowMs: number): void {
    const dueMs = this.#orders.outbox.nextDueMs(nowMs);
    if (dueMs === undefined || this.#postponed !== undefined) return;
    this.#postponed = this.#world.timers.after(dueMs - nowMs, () => {
      this.#postponed = undefined;
      this.#drain();
    });
  }

  #sendAgain(): void {
    this.#batchesSent = [];
    this.#sendEvidence();
  }

  #sendEvidence(): void {
    this.#watchRoom();
    if (!this.#link.isConnected) return;
    while (this.#batchesSent.length < WINDOW) {
      const from = (this.#batchesSent.at(-1) ?? this.#orders.evidence.position().acknowledged) + 1;
      const batch = this.#orders.evidence.batch(from, MAX_LINES_BYTES);
      if (batch === undefined) break;
      this.#batchesSent.push(batch.to);
      const message = this.#voice.message(
        evidenceTopic(this.#voice.gateway),
        { type: "evidence", epoch: this.#epoch, ...batch },
        { qos: 1, retain: false },
      );
      void this.#link.publish(message).then((outcome) => {
        if (outcome.kind === "refused") this.#refused(message.topic, outcome.reasonCode);
      });
    }
    this.#watchAcknowledgement();
  }

  /** Here, as it is called outside any transaction for each record and for each acknowledgement. */
  #watchRoom(): void {
    const { evidence, meta } = this.#orders;
    const fullness = evidence.fullness();
    const hasMissed = meta.missedRecords() > 0;
    if (fullness >= NEARLY_FULL) {
      this.#alarms.raise("evidence-full", "the centre acknowledges no evidence, and the room for it runs out");
    } else if (fullness < EASED) this.#alarms.clear("evidence-full");
    if (hasMissed) this.#alarms.raise("evidence-gap", "there was no room to record what happened");
    else if (fullness < EASED) this.#alarms.clear("evidence-gap");
  }

  #watchAcknowledgement(): void {
    this.#resending?.cancel();
    this.#resending = undefined;
    if (this.#batchesSent.length === 0) return;
    this.#resending = this.#world.timers.after(this.#options.resendMs, () => {
      this.#resending = undefined;
      this.#sendAgain();
    });
  }
}
