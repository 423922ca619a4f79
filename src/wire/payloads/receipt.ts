import * as v from "valibot";
import { FAULT_CODES, ITEM_STATES, type ReceiptReport } from "../../domain/report.ts";
import { REFUSAL_CODES } from "../../domain/trust.ts";
import { MAX_DETAIL } from "../detail.ts";
import { hash, integer, issuer, prose, ulid, understood, unixMs, upMembers } from "./members.ts";

const chunkNumber = integer(0, 511);

/** Each begins after the one before has ended, so they can be counted without sorting. */
function areApart(ranges: readonly (readonly [number, number])[]): boolean {
  let last = -1;
  for (const [from, to] of ranges) {
    if (from <= last || to < from) return false;
    last = to;
  }
  return true;
}

const members = {
  ...upMembers,
  type: v.literal("receipt"),
  issuerOfItem: issuer,
  itemId: ulid,
  state: v.picklist(ITEM_STATES),
  atMs: unixMs,
  code: v.optional(v.picklist([...REFUSAL_CODES, ...FAULT_CODES])),
  detail: v.optional(prose(MAX_DETAIL)),
  hash: v.optional(hash),
  ranges: v.optional(
    v.pipe(
      v.array(v.strictTuple([chunkNumber, chunkNumber])),
      v.minLength(1),
      v.maxLength(64),
      v.check((ranges) => areApart(ranges), "ranges must ascend and not overlap"),
    ),
  ),
};

export const receiptSchema: v.GenericSchema<unknown, ReceiptReport> = v.pipe(
  v.object(members),
  understood(members),
  v.check(
    (receipt) => receipt.ranges === undefined || receipt.hash !== undefined,
    "ranges need the hash of their file",
  ),
);
