import type { GatewayId, ItemKey } from "../domain/broadcast.ts";
import type { HeartbeatReport, LinkState, ReceiptReport, UpPayload } from "../domain/report.ts";
import type { UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";

/** The newest word of each gateway on each subject. */
export class Reports {
  readonly #put: Statement<[string, string, number, number, string], never>;
  readonly #state: Statement<[string], { state: LinkState }>;
  readonly #payload: Statement<[string, string], { payload: string }>;
  readonly #heard: Statement<[string], { atMs: number | null }>;

  constructor(database: SqlDatabase) {
    // Retained and repeated messages come again in any order; an older one never hides a newer one. Of two epochs, whose numbers
    // say nothing to each other, the one that is dated later counts.
    this.#put = database.prepare(
      `INSERT INTO reports (gateway, subject, age, received_at, payload) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (gateway, subject) DO UPDATE
       SET age = excluded.age, received_at = excluded.received_at, payload = excluded.payload
       WHERE excluded.payload <> payload AND CASE
         WHEN excluded.payload ->> '$.epoch' IS NOT payload ->> '$.epoch'
           THEN excluded.payload ->> '$.issuedAt' > payload ->> '$.issuedAt'
         ELSE excluded.age >= age END`,
    );
    this.#state = database.prepare(
      "SELECT payload ->> '$.state' AS state FROM reports WHERE gateway = ? AND subject = 'state'",
    );
    this.#payload = database.prepare("SELECT payload FROM reports WHERE gateway = ? AND subject = ?");
    this.#heard = database.prepare("SELECT max(received_at) AS atMs FROM reports WHERE gateway = ?");
  }

  /** False when it is older than what is held, or the same. */
  put(report: UpPayload, receivedAtMs: UnixMs): boolean {
    const changes = this.#put.run(
      report.gateway,
      subjectOf(report),
      ageOf(report),
      receivedAtMs,
      JSON.stringify(report),
    );
    return changes > 0;
  }

  lastState(gateway: GatewayId): LinkState | undefined {
    return this.#state.get(gateway)?.state;
  }

  /** When something new came from it the last time; undefined: nothing ever did. */
  lastHeardAtMs(gateway: GatewayId): UnixMs | undefined {
    return this.#heard.get(gateway)?.atMs ?? undefined;
  }

  receipt(gateway: GatewayId, { issuer, id }: ItemKey): ReceiptReport | undefined {
    return this.#find(gateway, receiptSubject(issuer, id)) as ReceiptReport | undefined;
  }

  heartbeat(gateway: GatewayId): HeartbeatReport | undefined {
    return this.#find(gateway, "heartbeat") as HeartbeatReport | undefined;
  }

  /** What stands under a subject was verified as a report of that subject before it was kept. */
  #find(gateway: GatewayId, subject: string): unknown {
    const row = this.#payload.get(gateway, subject);
    return row === undefined ? undefined : JSON.parse(row.payload);
  }
}

function subjectOf(report: UpPayload): string {
  switch (report.type) {
    case "receipt":
      return receiptSubject(report.issuerOfItem, report.itemId);
    case "alarm":
      return `alarm/${report.code}`;
    default:
      return report.type;
  }
}

function receiptSubject(issuer: string, id: string): string {
  return `receipt/${issuer}/${id}`;
}

/**
 * By what only grows, where there is something: a gateway's clock may stand behind after a power cut. A will is signed before the
 * connection it tells the end of, so presence is ordered by session; alarms and checkpoints bear numbers.
 */
function ageOf(report: UpPayload): number {
  switch (report.type) {
    case "state":
    case "birth":
    case "heartbeat":
      return report.session;
    case "alarm":
      return report.n;
    case "checkpoint":
      return report.q;
    default:
      return report.issuedAt;
  }
}
