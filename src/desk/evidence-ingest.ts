import * as v from "valibot";
import { chainNext, chainStart } from "../core/evidence.ts";
import type { EvidenceReport } from "../domain/report.ts";
import { readAs } from "../wire/read-as.ts";

/** What the desk already holds of one gateway's chain in one epoch. */
export interface HeldChain {
  /** The last record held; 0 when none is. */
  readonly head: number;
  /** The chain's value after record `q`, for 1 ≤ q ≤ head. */
  hashAt(q: number): Uint8Array | undefined;
}

export interface ChainedLine {
  readonly q: number;
  readonly line: string;
  readonly hash: Uint8Array;
}

export type IngestVerdict =
  /** `added` is empty for a pure repeat. */
  | { readonly kind: "accepted"; readonly added: readonly ChainedLine[] }
  /** Records between the head and this batch never came. */
  | { readonly kind: "gap"; readonly head: number }
  /** The batch tells another story than the one held, from record `q` on. */
  | { readonly kind: "fork"; readonly q: number }
  /** The batch contradicts itself. */
  | { readonly kind: "malformed"; readonly fault: "range" | "numbering" | "head-hash" };

/** Judges a batch against the chain held. Pure: nothing is stored here. */
export function ingest(held: HeldChain, batch: EvidenceReport): IngestVerdict {
  if (batch.from < 1 || batch.to - batch.from + 1 !== batch.lines.length) return { kind: "malformed", fault: "range" };
  if (batch.lines.some((line, index) => numberOf(line) !== batch.from + index)) {
    return { kind: "malformed", fault: "numbering" };
  }
  if (batch.from > held.head + 1) return { kind: "gap", head: held.head };

  const before = batch.from === 1 ? chainStart(batch.gateway, batch.epoch) : held.hashAt(batch.from - 1);
  if (before === undefined || text(before) !== batch.previousHash) return { kind: "fork", q: batch.from - 1 };

  const added: ChainedLine[] = [];
  let hash = before;
  for (const [index, line] of batch.lines.entries()) {
    const q = batch.from + index;
    hash = chainNext(hash, line);
    const known = held.hashAt(q);
    if (known === undefined) added.push({ q, line, hash });
    else if (text(known) !== text(hash)) return { kind: "fork", q };
  }
  if (text(hash) !== batch.headHash) return { kind: "malformed", fault: "head-hash" };
  return { kind: "accepted", added };
}

/** Only the number matters here: a newer agent's records are kept word for word, whatever else they say. */
const numbered = v.object({ q: v.number() });

function numberOf(line: string): number | undefined {
  const reading = readAs(numbered, Buffer.from(line));
  return reading.kind === "value" ? reading.value.q : undefined;
}

function text(digest: Uint8Array): string {
  return Buffer.from(digest).toString("base64url");
}
