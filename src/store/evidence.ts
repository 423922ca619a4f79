import type { GatewayId } from "../domain/broadcast.ts";
import type { EvidenceFact, EvidenceLine, EvidenceReport } from "../domain/report.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

// `totalBytes` adds up all lines since the epoch began, so that the size of any stretch is one subtraction.
export const EVIDENCE_TABLES = `
  CREATE TABLE evidence (
    q INTEGER PRIMARY KEY, line TEXT NOT NULL, hash BLOB NOT NULL, totalBytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE evidenceAcknowledged (
    one INTEGER PRIMARY KEY CHECK (one = 1), q INTEGER NOT NULL, hash BLOB NOT NULL, totalBytes INTEGER NOT NULL
  ) STRICT;
`;

/** The pure arithmetic of the chain (core/evidence; PROTOCOL.md, "Evidence"), handed in. */
export interface EvidenceChain {
  chainStart(gateway: GatewayId, epoch: string): Uint8Array;
  chainNext(previous: Uint8Array, line: string): Uint8Array;
  encodeLine(line: EvidenceLine): string;
}

/** Whose chain it is. */
export interface EvidenceOrigin {
  readonly gateway: GatewayId;
  readonly epoch: string;
}

/** What may wait for an acknowledgement, without what SQLite adds to it: half a million records. */
export const EVIDENCE_LIMIT_BYTES = 256 * 1_048_576;

/** When and in which run a fact was noticed. */
export type EvidenceStamp = Pick<EvidenceLine, "clock" | "boot" | "monotonicMs">;

/** A place in the chain; `hash` is base64url. */
export interface EvidenceHead {
  readonly q: number;
  readonly hash: string;
}

export interface EvidencePosition {
  /** The oldest line still here; `last + 1` when all are acknowledged. */
  readonly first: number;
  /** 0 before the first line. */
  readonly last: number;
  readonly acknowledged: number;
  readonly headHash: string;
}

export type EvidenceBatch = Pick<EvidenceReport, "from" | "to" | "previousHash" | "headHash" | "lines">;

/** `fork`: the centre's hash at `to` is not ours, or it has lines that we never wrote. Nothing is pruned then. */
export type AcknowledgeOutcome = "pruned" | "ignored" | "fork";

type Link = { q: number; hash: Uint8Array; totalBytes: number };

/** The hash chain of facts. A line leaves only when the centre has proven to hold it. */
export class EvidenceLog {
  readonly #database: SqlDatabase;
  readonly #chain: EvidenceChain;
  readonly #origin: EvidenceOrigin;
  readonly #limitBytes: number;
  readonly #last: Statement<[], Link>;
  readonly #acknowledged: Statement<[], Link>;
  readonly #link: Statement<[number], Link>;
  readonly #insert: Statement<[number, string, Uint8Array, number]>;
  readonly #lines: Statement<[number], Link & { line: string }>;
  readonly #setAcknowledged: Statement<[number, Uint8Array, number]>;
  readonly #prune: Statement<[number]>;

  constructor(
    database: SqlDatabase,
    chain: EvidenceChain,
    origin: EvidenceOrigin,
    limitBytes: number = EVIDENCE_LIMIT_BYTES,
  ) {
    this.#database = database;
    this.#chain = chain;
    this.#origin = origin;
    this.#limitBytes = limitBytes;
    this.#last = database.prepare("SELECT q, hash, totalBytes FROM evidence ORDER BY q DESC LIMIT 1");
    this.#acknowledged = database.prepare("SELECT q, hash, totalBytes FROM evidenceAcknowledged");
    this.#link = database.prepare("SELECT q, hash, totalBytes FROM evidence WHERE q = ?");
    this.#insert = database.prepare("INSERT INTO evidence (q, line, hash, totalBytes) VALUES (?, ?, ?, ?)");
    this.#lines = database.prepare("SELECT q, line, hash, totalBytes FROM evidence WHERE q >= ? ORDER BY q");
    this.#setAcknowledged = database.prepare("INSERT OR REPLACE INTO evidenceAcknowledged VALUES (1, ?, ?, ?)");
    this.#prune = database.prepare("DELETE FROM evidence WHERE q <= ?");
  }

  /** Puts a fact at the end of the chain. The head is read from the table each time: a rolled-back line leaves no trace. */
  append(fact: EvidenceFact, stamp: EvidenceStamp): EvidenceHead {
    return this.#database.transaction(() => {
      const previous = this.#head();
      const q = previous.q + 1;
      const line = this.#chain.encodeLine({ ...fact, ...stamp, q });
      const hash = this.#chain.chainNext(previous.hash, line);
      this.#insert.run(q, line, hash, previous.totalBytes + Buffer.byteLength(line));
      return { q, hash: base64url(hash) };
    });
  }

  /**
   * Lines from `fromQ` on (or from the first un-acknowledged one, if that is later), as many as fit in `maxBytes` of UTF-8
   * and at least one. Undefined when there is nothing from there on.
   */
  batch(fromQ: number, maxBytes: number): EvidenceBatch | undefined {
    const acknowledged = this.#acknowledgedLink();
    const from = Math.max(fromQ, acknowledged.q + 1);
    const previous = from === acknowledged.q + 1 ? acknowledged : this.#link.get(from - 1);
    if (previous === undefined) return undefined;
    const upToBytes = previous.totalBytes + maxBytes;
    const rows = this.#lines.takeWhile(({ q, totalBytes }) => q === from || totalBytes <= upToBytes, from);
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    return {
      from,
      to: last.q,
      previousHash: base64url(previous.hash),
      headHash: base64url(last.hash),
      lines: rows.map((row) => row.line),
    };
  }

  /** The centre says it holds everything up to `to`, ending in `headHash` (base64url). Only the very same hash prunes. */
  acknowledge(to: number, headHash: string): AcknowledgeOutcome {
    return this.#database.transaction(() => {
      if (to <= this.#acknowledgedLink().q) return "ignored";
      const link = this.#link.get(to);
      if (link === undefined || base64url(link.hash) !== headHash) return "fork";
      this.#setAcknowledged.run(link.q, link.hash, link.totalBytes);
      this.#prune.run(to);
      return "pruned";
    });
  }

  position(): EvidencePosition {
    const acknowledged = this.#acknowledgedLink();
    const head = this.#last.get() ?? acknowledged;
    return {
      first: acknowledged.q + 1,
      last: head.q,
      acknowledged: acknowledged.q,
      headHash: base64url(head.hash),
    };
  }

  /** Bytes of lines that the centre has not acknowledged. */
  unacknowledgedBytes(): number {
    return this.#head().totalBytes - this.#acknowledgedLink().totalBytes;
  }

  /** The share of what may wait for an acknowledgement that does; 1 when it is full. Nothing is summed up for it. */
  fullness(): number {
    return this.unacknowledgedBytes() / this.#limitBytes;
  }

  #head(): Link {
    return this.#last.get() ?? this.#acknowledgedLink();
  }

  #acknowledgedLink(): Link {
    const { gateway, epoch } = this.#origin;
    return this.#acknowledged.get() ?? { q: 0, hash: this.#chain.chainStart(gateway, epoch), totalBytes: 0 };
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
