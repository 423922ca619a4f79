import { expect, test } from "vitest";
import type { EvidenceBatch, EvidenceLog } from "../../src/store/evidence.ts";
import { GATEWAY, plainChain, STAMP } from "./support/store-material.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

function open(folder = temporaryFolder()): { evidence: EvidenceLog; start: string; close: () => void } {
  const { orders, epoch } = openTestOrders(folder);
  const start = Buffer.from(plainChain.chainStart(GATEWAY, epoch)).toString("base64url");
  return { evidence: orders.evidence, start, close: () => orders.close() };
}

function fold(batch: EvidenceBatch): string {
  let hash: Uint8Array = Buffer.from(batch.previousHash, "base64url");
  for (const line of batch.lines) hash = plainChain.chainNext(hash, line);
  return Buffer.from(hash).toString("base64url");
}

test("lines form a chain from the epoch's start, counted from 1", () => {
  const { evidence, start } = open();
  expect(evidence.batch(1, 1000)).toBeUndefined();
  expect(evidence.position()).toEqual({ first: 1, last: 0, acknowledged: 0, headHash: start });
  const heads = ["a", "b", "c"].map((code) => evidence.append({ kind: "boot", code }, STAMP));
  expect(heads.map(({ q }) => q)).toEqual([1, 2, 3]);
  const batch = evidence.batch(1, 48 * 1024);
  expect(batch).toMatchObject({ from: 1, to: 3, previousHash: start, headHash: heads[2]?.hash });
  expect(batch && fold(batch)).toBe(heads[2]?.hash);
  expect(JSON.parse(batch?.lines[1] ?? "")).toEqual({ kind: "boot", code: "b", ...STAMP, q: 2 });
  expect(evidence.position()).toMatchObject({ last: 3, headHash: heads[2]?.hash });
});

test("a batch ends before it outgrows its bytes, counts UTF-8, and holds at least one line", () => {
  const { evidence } = open();
  for (let n = 0; n < 10; n += 1) evidence.append({ kind: "boot", code: "phát thanh khẩn cấp" }, STAMP);
  const lineBytes = Buffer.byteLength(evidence.batch(1, 1)?.lines[0] ?? "");
  expect(evidence.batch(1, 1)).toMatchObject({ from: 1, to: 1 });
  expect(evidence.batch(3, lineBytes * 3)).toMatchObject({ from: 3, to: 5 });
  expect(evidence.batch(3, lineBytes * 3 - 1)).toMatchObject({ from: 3, to: 4 });
  expect(evidence.batch(11, 1000)).toBeUndefined();
  expect(evidence.batch(12, 1000)).toBeUndefined();
  expect(evidence.unacknowledgedBytes()).toBe(lineBytes * 10 + 1);
});

test("a batch costs what is in it, not what waits behind it", () => {
  const { orders } = openTestOrders(temporaryFolder());
  const { evidence } = orders;
  const LINES = 20_000;
  orders.transaction(() => {
    for (let n = 0; n < LINES; n += 1) evidence.append({ kind: "played", zone: "z1" }, STAMP);
  });
  const fastestMs = (fromQ: number): number => {
    const tries = Array.from({ length: 7 }, () => {
      const beganMs = performance.now();
      expect(evidence.batch(fromQ, 8_192)?.lines.length).toBeGreaterThan(50);
      return performance.now() - beganMs;
    });
    return Math.min(...tries);
  };
  expect(fastestMs(1)).toBeLessThan(5 * fastestMs(LINES - 100));
});

test("only an acknowledgement with our own hash prunes; the chain goes on from there", () => {
  const folder = temporaryFolder();
  const { evidence, close } = open(folder);
  const heads = Array.from({ length: 6 }, () => evidence.append({ kind: "played" }, STAMP));
  const hashAt = (q: number) => heads[q - 1]?.hash ?? "";
  const bytes = evidence.unacknowledgedBytes();

  expect(evidence.acknowledge(4, hashAt(3))).toBe("fork");
  expect(evidence.acknowledge(7, hashAt(6))).toBe("fork");
  expect(evidence.position()).toMatchObject({ first: 1, acknowledged: 0 });
  expect(evidence.acknowledge(0, "")).toBe("ignored");

  expect(evidence.acknowledge(4, hashAt(4))).toBe("pruned");
  expect(evidence.acknowledge(4, hashAt(4))).toBe("ignored");
  expect(evidence.acknowledge(2, "anything")).toBe("ignored");
  expect(evidence.position()).toMatchObject({ first: 5, last: 6, acknowledged: 4 });
  expect(evidence.unacknowledgedBytes()).toBe(bytes / 3);
  const rest = evidence.batch(1, 10_000);
  expect(rest).toMatchObject({ from: 5, to: 6, previousHash: hashAt(4) });
  expect(rest?.lines.map((line) => JSON.parse(line).q)).toEqual([5, 6]);

  expect(evidence.acknowledge(6, hashAt(6))).toBe("pruned");
  expect(evidence.position()).toEqual({ first: 7, last: 6, acknowledged: 6, headHash: hashAt(6) });
  expect(evidence.unacknowledgedBytes()).toBe(0);
  close();

  const again = open(folder).evidence;
  expect(again.append({ kind: "boot" }, STAMP).q).toBe(7);
  expect(again.batch(7, 10_000)).toMatchObject({ from: 7, to: 7, previousHash: hashAt(6) });
});
