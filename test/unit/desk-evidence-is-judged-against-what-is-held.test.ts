import { expect, test } from "vitest";
import { chainNext, chainStart, foldLines } from "../../src/core/evidence.ts";
import { type HeldChain, ingest } from "../../src/desk/evidence-ingest.ts";
import type { EvidenceReport } from "../../src/domain/report.ts";

const GATEWAY = "7k3m9q2w5x8y";
const EPOCH = "01J8Z0M3E8Q4T6V9X2B5N7R1CD";

const line = (q: number, words = "played") => JSON.stringify({ q, kind: words });
const story = [1, 2, 3, 4, 5].map((q) => line(q));

/** The chain after the first `count` of these lines, as a desk holds it. */
function held(count: number, lines: readonly string[] = story): HeldChain {
  const hashes: Uint8Array[] = [chainStart(GATEWAY, EPOCH)];
  for (const each of lines.slice(0, count)) hashes.push(chainNext(hashes.at(-1) ?? new Uint8Array(), each));
  return { head: count, hashAt: (q) => (q >= 1 && q <= count ? hashes[q] : undefined) };
}

function batch(from: number, to: number, lines: readonly string[] = story): EvidenceReport {
  const start = chainStart(GATEWAY, EPOCH);
  return {
    version: 1,
    type: "evidence",
    gateway: GATEWAY,
    issuedAt: 1_790_000_000,
    epoch: EPOCH,
    from,
    to,
    previousHash: base64url(foldLines(start, lines.slice(0, from - 1))),
    headHash: base64url(foldLines(start, lines.slice(0, to))),
    lines: lines.slice(from - 1, to),
  };
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
const added = (verdict: ReturnType<typeof ingest>) =>
  verdict.kind === "accepted" ? verdict.added.map(({ q }) => q) : verdict;

test("the first batch of an epoch begins the chain", () => {
  expect(added(ingest(held(0), batch(1, 3)))).toEqual([1, 2, 3]);
});

test("the next batch continues it, with the hash after each record", () => {
  const verdict = ingest(held(3), batch(4, 5));
  expect(added(verdict)).toEqual([4, 5]);
  const last = verdict.kind === "accepted" ? verdict.added.at(-1)?.hash : undefined;
  expect(base64url(last ?? new Uint8Array())).toBe(batch(4, 5).headHash);
});

test("a repeat adds nothing", () => {
  expect(added(ingest(held(5), batch(1, 5)))).toEqual([]);
  expect(added(ingest(held(5), batch(2, 3)))).toEqual([]);
});

test("of an overlapping batch only the new part is added", () => {
  expect(added(ingest(held(3), batch(2, 5)))).toEqual([4, 5]);
});

test("records that never came are a gap", () => {
  expect(ingest(held(2), batch(4, 5))).toEqual({ kind: "gap", head: 2 });
  expect(ingest(held(0), batch(2, 2))).toEqual({ kind: "gap", head: 0 });
});

test("a record that was changed afterwards is a fork, at the record", () => {
  const rewritten = story.with(2, line(3, "failed"));
  expect(ingest(held(5), batch(1, 5, rewritten))).toEqual({ kind: "fork", q: 3 });
});

test("a batch that stands on another past is a fork", () => {
  const rewritten = story.with(0, line(1, "failed"));
  expect(ingest(held(3), batch(4, 5, rewritten))).toEqual({ kind: "fork", q: 3 });
});

test("the chain of another epoch or gateway does not begin here", () => {
  expect(ingest(held(0), { ...batch(1, 1), epoch: "01J8Z0M3E8Q4T6V9X2B5N7R1CE" })).toMatchObject({ kind: "fork" });
  expect(ingest(held(0), { ...batch(1, 1), gateway: "0123456789ab" })).toMatchObject({ kind: "fork" });
});

test.each([
  ["more lines than records", { to: 4 }, "range"],
  ["a record 0", { from: 0, to: 2 }, "range"],
  ["records out of order", { lines: [line(1), line(3), line(2)] }, "numbering"],
  ["a line that is no JSON", { lines: [line(1), "nonsense", line(3)] }, "numbering"],
  ["a line with two numbers", { lines: [line(1), line(2), '{"q":9,"q":3,"kind":"played"}'] }, "numbering"],
  ["a head that is not the lines'", { headHash: batch(1, 2).headHash }, "head-hash"],
] as const)("a batch with %s is malformed", (_what, change, fault) => {
  expect(ingest(held(0), { ...batch(1, 3), ...change })).toEqual({ kind: "malformed", fault });
});
