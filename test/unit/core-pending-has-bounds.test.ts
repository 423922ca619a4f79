import { expect, test } from "vitest";
import { addsTo, MOST_PENDING, MOST_PENDING_BYTES, mayPass, overflowOf } from "../../src/core/pending.ts";
import { quorumObjection } from "../../src/core/quorum.ts";
import { objection, refusedSigned } from "../../src/core/refusal.ts";
import type { BroadcastClass } from "../../src/domain/precedence.ts";
import { REFUSAL_CODES } from "../../src/domain/trust.ts";

function kept(count: number, bytes = 1_000, ownClass: (index: number) => BroadcastClass = () => "routine") {
  return Array.from({ length: count }, (_, index) => ({ index, bytes, class: ownClass(index) }));
}

test("only what another placement, another holder or time may mend waits", () => {
  expect(REFUSAL_CODES.filter(mayPass)).toEqual(["quorum", "not-targeted", "not-yet"]);
});

test("what fits stays; beyond the count the oldest goes", () => {
  expect(overflowOf(kept(MOST_PENDING))).toEqual([]);
  expect(overflowOf(kept(MOST_PENDING + 2)).map(({ index }) => index)).toEqual([0, 1]);
});

test("beyond the bytes as many go as it takes", () => {
  const large = MOST_PENDING_BYTES / 64;
  expect(overflowOf(kept(64, large))).toEqual([]);
  expect(overflowOf(kept(66, large)).map(({ index }) => index)).toEqual([0, 1]);
});

test("an emergency goes only when nothing else is left", () => {
  const mixed = kept(MOST_PENDING + 1, 1_000, (index) => (index === MOST_PENDING ? "priority" : "emergency"));
  expect(overflowOf(mixed).map(({ index }) => index)).toEqual([MOST_PENDING]);
  expect(overflowOf(kept(MOST_PENDING + 1, 1_000, () => "emergency")).map(({ index }) => index)).toEqual([0]);
});

test("what waits for a holder takes only signatures that bring one, or will", () => {
  const short = (holders: number, passesAt?: number) => ({ ...refusedSigned(quorumObjection(holders, 2)), passesAt });
  expect(addsTo(short(1), short(1))).toBe(false);
  expect(addsTo(short(1), short(0))).toBe(false);
  expect(addsTo(short(0), short(1))).toBe(true);
  expect(addsTo(short(1), short(1, 1_800_000_000))).toBe(true);
  const elsewhere = refusedSigned(objection("not-targeted", ""));
  // How many it will take is judged when it is meant for us.
  expect(addsTo(elsewhere, elsewhere)).toBe(true);
  expect(addsTo({ kind: "duplicate" }, short(1))).toBe(true);
});
