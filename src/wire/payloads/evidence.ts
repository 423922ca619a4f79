import { Buffer } from "node:buffer";
import * as v from "valibot";
import { EVIDENCE_KINDS, type EvidenceLine, type EvidenceReport } from "../../domain/report.ts";
import { centiDb, clockState } from "./heartbeat.ts";
import {
  areaId,
  count,
  hash,
  issuer,
  list,
  name,
  positive,
  text,
  ulid,
  understood,
  unixMs,
  unixSeconds,
  upMembers,
  zoneId,
} from "./members.ts";

/** Of all lines in one batch. */
export const MAX_LINES_BYTES = 48 * 1024;
const MAX_LINE_BYTES = 4 * 1024;

const line = v.pipe(
  v.string(),
  v.minLength(2),
  v.maxBytes(MAX_LINE_BYTES),
  v.check((value) => !value.includes("\n"), "a line end"),
);

const members = {
  ...upMembers,
  type: v.literal("evidence"),
  epoch: ulid,
  from: positive,
  to: positive,
  previousHash: hash,
  headHash: hash,
  // The shortest possible line has more than 48 bytes, so this bounds the work before the sum is known.
  lines: list(line, 1, 1_024),
};

export const evidenceSchema: v.GenericSchema<unknown, EvidenceReport> = v.pipe(
  v.object(members),
  understood(members),
  v.check(({ from, to, lines }) => lines.length === to - from + 1, "one line for each record"),
  v.check(
    ({ lines }) => lines.reduce((sum, each) => sum + Buffer.byteLength(each), 0) <= MAX_LINES_BYTES,
    `more than ${MAX_LINES_BYTES} bytes of lines`,
  ),
);

const word = text(/^[a-z0-9-]{1,64}$/);

/** One record, as it stands in a line. */
export const evidenceLineSchema: v.GenericSchema<unknown, EvidenceLine> = v.object({
  q: positive,
  kind: v.picklist(EVIDENCE_KINDS),
  clock: clockState,
  boot: name,
  monotonicMs: count,
  issuer: v.optional(issuer),
  itemId: v.optional(ulid),
  area: v.optional(areaId),
  zone: v.optional(zoneId),
  occurrence: v.optional(unixSeconds),
  play: v.optional(positive),
  startedAtMs: v.optional(unixMs),
  endedAtMs: v.optional(unixMs),
  offsetMs: v.optional(count),
  framesPlayed: v.optional(count),
  framesExact: v.optional(v.boolean()),
  underruns: v.optional(count),
  outcome: v.optional(word),
  code: v.optional(word),
  gainCentiDb: v.optional(centiDb),
  strength: v.optional(v.picklist([0, 1, 2, 3])),
  payloadHash: v.optional(hash),
  count: v.optional(count),
});
