import type { OutboundMessage } from "../domain/ports.ts";
import type { AlarmReport, CheckpointReport, ReceiptReport } from "../domain/report.ts";
import type { Outbox } from "../store/outbox.ts";
import { asDetail } from "../wire/detail.ts";
import { alarmTopic, checkpointTopic, receiptTopic } from "../wire/topics.ts";
import type { UpBody, Voice } from "./voice.ts";

type Body<Report> = Omit<Report, "version" | "type" | "gateway" | "issuedAt">;

/** What goes first when a backlog drains: lower is sooner. */
const PRIORITY = { urgentReceipt: 0, alarm: 1, receipt: 2, checkpoint: 3 } as const;

/** Reports that must arrive: sealed at once, kept in the outbox until the broker has them. */
export class Reports {
  readonly #voice: Voice;
  readonly #outbox: Outbox;
  readonly #queued: () => void;

  /** `queued` is called for each report, possibly inside a transaction that has not committed yet. */
  constructor(voice: Voice, outbox: Outbox, queued: () => void) {
    this.#voice = voice;
    this.#outbox = outbox;
    this.#queued = queued;
  }

  receipt(body: Body<ReceiptReport>, urgent: boolean): void {
    const topic = receiptTopic(this.#voice.gateway, body.itemId);
    const detail = body.detail === undefined ? undefined : asDetail(body.detail);
    const message = this.#voice.message(topic, { type: "receipt", ...body, detail }, { qos: 1, retain: false });
    this.#put(message, urgent ? PRIORITY.urgentReceipt : PRIORITY.receipt);
  }

  alarm(body: Body<AlarmReport>): void {
    const topic = alarmTopic(this.#voice.gateway, body.code);
    const alarm: UpBody = { type: "alarm", ...body, detail: asDetail(body.detail) };
    this.#put(this.#voice.message(topic, alarm, { qos: 1, retain: true }), PRIORITY.alarm);
  }

  checkpoint(body: Body<CheckpointReport>): void {
    const topic = checkpointTopic(this.#voice.gateway);
    const message = this.#voice.message(topic, { type: "checkpoint", ...body }, { qos: 1, retain: true });
    this.#put(message, PRIORITY.checkpoint);
  }

  #put(message: OutboundMessage, priority: number): void {
    this.#outbox.add(message, priority);
    this.#queued();
  }
}
