import type { GatewayId } from "../domain/broadcast.ts";
import type { LinkState, UpPayload } from "../domain/report.ts";
import type { UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";

/** The newest word of each gateway on each subject. */
export class Reports {
  readonly #put: Statement<[string, string, number, number, string], never>;
  readonly #state: Statement<[string], { state: LinkState }>;

  constructor(database: SqlDatabase) {
    // Retained and repeated messages come again in any order; an older one never hides a newer one.
    this.#put = database.prepare(
      `INSERT INTO reports (gateway, subject, age, received_at, payload) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (gateway, subject) DO UPDATE
       SET age = excluded.age, received_at = excluded.received_at, payload = excluded.payload
       WHERE excluded.age >= age AND excluded.payload <> payload`,
    );
    this.#state = database.prepare(
      "SELECT payload ->> '$.state' AS state FROM reports WHERE gateway = ? AND subject = 'state'",
    );
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
}

function subjectOf(report: UpPayload): string {
  switch (report.type) {
    case "receipt":
      return `receipt/${report.issuerOfItem}/${report.itemId}`;
    case "alarm":
      return `alarm/${report.code}`;
    default:
      return report.type;
  }
}

/** A will is signed before the connection it tells the end of, so presence is ordered by session, not by date. */
function ageOf(report: UpPayload): number {
  switch (report.type) {
    case "state":
    case "birth":
    case "heartbeat":
      return report.session;
    default:
      return report.issuedAt;
  }
}
