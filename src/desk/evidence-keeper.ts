import type { EvidenceLine, EvidenceReport } from "../domain/report.ts";
import type { EvidenceAck } from "../domain/trust.ts";
import { seal } from "../wire/envelope.ts";
import { readEvidenceLine } from "../wire/evidence-line.ts";
import { evidenceAckTopic } from "../wire/topics.ts";
import type { Authority } from "./authority.ts";
import type { DeskDatabase } from "./database.ts";
import { type ChainedLine, ingest } from "./evidence-ingest.ts";
import { DAY_SECONDS, documentMembers, type Moment } from "./moment.ts";
import type { ServeEvent } from "./serve-event.ts";

/** Long enough for a box that stood in a store-room; after it, the next batch earns a new one. */
const ACK_SECONDS = 30 * DAY_SECONDS;

export interface Kept {
  readonly events: readonly ServeEvent[];
  /** To be published now. */
  readonly topics: readonly string[];
}

/**
 * Judges a verified batch and, when it continues the chain held, stores it together with its acknowledgement. A repeat is
 * acknowledged again: the gateway that sends it has not seen the first.
 */
export function keepEvidence(database: DeskDatabase, ingestor: Authority, batch: EvidenceReport, moment: Moment): Kept {
  const { gateway, epoch, from, to } = batch;
  const held = database.evidence.chain(gateway, epoch);
  const verdict = ingest(held, batch);
  if (verdict.kind !== "accepted") {
    const refused = { event: "evidence-refused", gateway, epoch, problem: verdict.kind, from, to } as const;
    return { events: [{ ...refused, detail: describe(verdict) }], topics: [] };
  }

  const head = verdict.added.at(-1) ?? headOf(held.head, held.hashAt(held.head));
  if (head === undefined) throw new TypeError("a repeat of records that are not held");
  const topic = evidenceAckTopic(gateway);
  database.transaction(() => {
    database.evidence.append(gateway, epoch, verdict.added);
    const sequence = database.sequences.next("evidence-ack", moment.nowMs);
    const ack = acknowledgement(batch, head, ingestor, sequence, moment);
    const payload = seal(ack, [ingestor.signer], ack.issuedAt, ingestor.chain);
    database.retained.put({ topic, payload, expiresAt: ack.expiresAt });
  });
  const told = verdict.added.flatMap((line) => eventsOf(gateway, line));
  const acknowledged = {
    event: "evidence-acknowledged",
    gateway,
    epoch,
    added: verdict.added.length,
    to: head.q,
  } as const;
  return { events: [...told, acknowledged], topics: [topic] };
}

type Head = Pick<ChainedLine, "q" | "hash">;

function headOf(q: number, hash: Uint8Array | undefined): Head | undefined {
  return hash === undefined ? undefined : { q, hash };
}

function acknowledgement(
  { gateway, epoch }: EvidenceReport,
  head: Head,
  { delegation }: Authority,
  sequence: number,
  moment: Moment,
): EvidenceAck {
  const { issuer, level } = delegation.subject;
  return {
    ...documentMembers(moment, { issuer, level, sequence, seconds: ACK_SECONDS }),
    type: "evidence-ack",
    gateway,
    epoch,
    to: head.q,
    headHash: Buffer.from(head.hash).toString("base64url"),
  };
}

function describe(verdict: Exclude<ReturnType<typeof ingest>, { kind: "accepted" }>): string {
  switch (verdict.kind) {
    case "gap":
      return `the desk holds records up to ${verdict.head}`;
    case "fork":
      return `record ${verdict.q} is another one than the desk holds`;
    case "malformed":
      return verdict.fault;
    default:
      return verdict satisfies never;
  }
}

/** What a person wants to see of a record; most say nothing that a receipt has not said. */
function eventsOf(gateway: string, { line }: ChainedLine): ServeEvent[] {
  const reading = readEvidenceLine(line);
  if (reading.kind === "malformed") return [];
  const record = reading.value;
  switch (record.kind) {
    case "received":
      return receivedEvents(gateway, record);
    case "played":
    case "failed":
    case "expired": {
      const { q, zone, issuer, itemId, startedAtMs, endedAtMs } = record;
      const { framesPlayed, framesExact, underruns, strength, code } = record;
      const proof = { framesPlayed, framesExact, underruns, strength, code };
      return [{ event: record.kind, gateway, q, zone, issuer, itemId, startedAtMs, endedAtMs, ...proof }];
    }
    default:
      return [];
  }
}

function receivedEvents(gateway: string, { q, issuer, itemId }: EvidenceLine): ServeEvent[] {
  if (issuer === undefined || itemId === undefined) return [];
  return [{ event: "accepted", gateway, issuer, itemId, q }];
}
