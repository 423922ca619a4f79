import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrdersStore } from "../../src/store/orders.ts";
import { GATEWAY, plainChain, STAMP } from "../integration/support/store-material.ts";
import { openTestOrders, temporaryFolder } from "../integration/support/stores.ts";

type Step =
  | { readonly kind: "append"; readonly count: number; readonly code: string }
  | { readonly kind: "rolled-back" }
  | { readonly kind: "batch"; readonly place: number; readonly maxBytes: number }
  | { readonly kind: "acknowledge"; readonly place: number; readonly truthful: boolean }
  | { readonly kind: "reopen" };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      count: fc.integer({ min: 1, max: 5 }),
      code: fc.string({ unit: "grapheme", maxLength: 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "rolled-back" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      place: fc.nat(1_000),
      maxBytes: fc.integer({ min: 1, max: 2_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("acknowledge" as const),
      place: fc.nat(1_000),
      truthful: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
);

/** What the centre would know if it had received everything: all lines and the hash after each, from q 0. */
interface Truth {
  readonly lines: string[];
  readonly hashes: string[];
  acknowledged: number;
}

test("whatever comes in whatever order, the chain verifies and no un-acknowledged line is lost", () => {
  fc.assert(
    fc.property(fc.array(aStep, { minLength: 1, maxLength: 30 }), (steps) => {
      const folder = temporaryFolder();
      const opened = openTestOrders(folder);
      let { orders } = opened;
      const truth: Truth = {
        lines: [],
        hashes: [base64url(plainChain.chainStart(GATEWAY, opened.epoch))],
        acknowledged: 0,
      };
      for (const step of steps) {
        if (step.kind === "reopen") {
          orders.close();
          ({ orders } = openTestOrders(folder));
        } else perform(step, orders, truth);
        checkAgainst(truth, orders);
      }
      orders.close();
    }),
    { numRuns: 60 },
  );
});

function perform(step: Exclude<Step, { kind: "reopen" }>, orders: OrdersStore, truth: Truth): void {
  switch (step.kind) {
    case "append":
      for (let n = 0; n < step.count; n += 1) append(step.code, orders, truth);
      break;
    case "rolled-back":
      expect(() =>
        orders.transaction(() => {
          orders.evidence.append({ kind: "boot" }, STAMP);
          throw new Error("undone");
        }),
      ).toThrow("undone");
      break;
    case "batch":
      batch(placed(step.place, truth), step.maxBytes, orders, truth);
      break;
    case "acknowledge":
      acknowledge(placed(step.place, truth), step.truthful, orders, truth);
      break;
    default:
      step satisfies never;
  }
}

/** From 0 to two past the end, so that most places exist and some don't. */
function placed(place: number, truth: Truth): number {
  return place % (truth.lines.length + 3);
}

function append(code: string, { evidence }: OrdersStore, truth: Truth): void {
  const head = evidence.append({ kind: "played", code }, STAMP);
  const line = evidence.batch(head.q, 1)?.lines[0] ?? "";
  const before = Buffer.from(truth.hashes.at(-1) ?? "", "base64url");
  truth.lines.push(line);
  truth.hashes.push(base64url(plainChain.chainNext(before, line)));
  expect(head).toEqual({ q: truth.lines.length, hash: truth.hashes.at(-1) });
  expect(JSON.parse(line)).toMatchObject({ q: head.q, code });
}

function batch(fromQ: number, maxBytes: number, { evidence }: OrdersStore, truth: Truth): void {
  const got = evidence.batch(fromQ, maxBytes);
  const from = Math.max(fromQ, truth.acknowledged + 1);
  if (from > truth.lines.length) {
    expect(got).toBeUndefined();
    return;
  }
  const to = got?.to ?? 0;
  expect(got).toEqual({
    from,
    to,
    lines: truth.lines.slice(from - 1, to),
    previousHash: truth.hashes[from - 1],
    headHash: truth.hashes[to],
  });
  const bytes = Buffer.byteLength(got?.lines.join("") ?? "");
  expect(bytes <= maxBytes || to === from).toBe(true);
  const next = truth.lines[to];
  if (next !== undefined) expect(bytes + Buffer.byteLength(next)).toBeGreaterThan(maxBytes);
}

function acknowledge(to: number, truthful: boolean, { evidence }: OrdersStore, truth: Truth): void {
  const ours = truth.hashes[to];
  const outcome = evidence.acknowledge(to, truthful && ours !== undefined ? ours : "A".repeat(43));
  const isNews = to > truth.acknowledged;
  const isRight = truthful && ours !== undefined;
  expect(outcome).toBe(!isNews ? "ignored" : isRight ? "pruned" : "fork");
  if (isNews && isRight) truth.acknowledged = to;
}

function checkAgainst(truth: Truth, { evidence }: OrdersStore): void {
  const waiting = truth.lines.slice(truth.acknowledged);
  expect(evidence.batch(1, 1e9)?.lines ?? []).toEqual(waiting);
  expect(evidence.unacknowledgedBytes()).toBe(Buffer.byteLength(waiting.join("")));
  expect(evidence.position()).toEqual({
    first: truth.acknowledged + 1,
    last: truth.lines.length,
    acknowledged: truth.acknowledged,
    headHash: truth.hashes.at(-1),
  });
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
