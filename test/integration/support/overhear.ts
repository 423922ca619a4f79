import { verifyReport } from "../../../src/desk/verify-report.ts";
import type {
  AlarmCode,
  AlarmReport,
  BirthReport,
  CheckpointReport,
  HeartbeatReport,
  ItemState,
  ReceiptReport,
  UpPayload,
} from "../../../src/domain/report.ts";
import { allUpFilter, parseUpTopic } from "../../../src/wire/topics.ts";
import { PATIENCE_MS, until } from "./link.ts";
import type { Station } from "./station.ts";

/** All that gateways said at the broker since the test began to listen, each report once and verified. */
export class Overheard {
  readonly #reports: UpPayload[] = [];

  take(report: UpPayload): void {
    this.#reports.push(report);
  }

  receipts(itemId?: string): ReceiptReport[] {
    const receipts = this.#reports.filter((report) => report.type === "receipt");
    return itemId === undefined ? receipts : receipts.filter((receipt) => receipt.itemId === itemId);
  }

  births(): BirthReport[] {
    return this.#reports.filter((report) => report.type === "birth");
  }

  checkpoints(): CheckpointReport[] {
    return this.#reports.filter((report) => report.type === "checkpoint");
  }

  heartbeats(): HeartbeatReport[] {
    return this.#reports.filter((report) => report.type === "heartbeat");
  }

  alarms(code: AlarmCode): AlarmReport[] {
    return this.#reports.filter((report) => report.type === "alarm").filter((alarm) => alarm.code === code);
  }

  async untilReceipt(itemId: string, state: ItemState, withinMs = PATIENCE_MS): Promise<ReceiptReport> {
    const find = () => this.receipts(itemId).find((receipt) => receipt.state === state);
    await until(() => find() !== undefined, `receipt ${state} for ${itemId}`, withinMs);
    return find() as ReceiptReport;
  }

  async untilAlarm(code: AlarmCode, state: AlarmReport["state"], withinMs = PATIENCE_MS): Promise<void> {
    const find = () => this.alarms(code).find((alarm) => alarm.state === state);
    await until(() => find() !== undefined, `alarm ${code} ${state}`, withinMs);
  }
}

/** Listens at the broker with the desk's certificate, and believes nothing that the register's keys have not signed. */
export async function overhear({ client, desk }: Station): Promise<Overheard> {
  const overheard = new Overheard();
  client.on("message", (name, payload) => {
    const topic = parseUpTopic(name);
    if (topic === undefined || payload.byteLength === 0) return;
    const verdict = verifyReport(payload, topic, desk.database.register.find(topic.gateway)?.publicKey);
    if (verdict.kind === "refused") throw new Error(`a report that no desk believes, on ${name}: ${verdict.detail}`);
    overheard.take(verdict.report);
  });
  await client.subscribeAsync(allUpFilter(), { qos: 1 });
  return overheard;
}
