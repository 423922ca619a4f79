import { Buffer } from "node:buffer";
import type { EvidenceLine } from "../domain/report.ts";
import { evidenceLineSchema } from "./payloads/evidence.ts";
import { type Reading, readAs } from "./read-as.ts";

/** One record out of a batch. */
export function readEvidenceLine(line: string): Reading<EvidenceLine> {
  return readAs(evidenceLineSchema, Buffer.from(line));
}
