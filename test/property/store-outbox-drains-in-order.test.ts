import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outbox } from "../../src/store/outbox.ts";
import { openTestOrders, temporaryFolder } from "../integration/support/stores.ts";

interface Waiting {
  readonly priority: number;
  readonly number: number;
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
  notBeforeMs: number;
}

const aStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      priority: fc.integer({ min: 0, max: 15 }),
      topic: fc.constantFrom("state", "birth", "alarm/disk", "receipt/a"),
      retain: fc.boolean(),
      notBeforeMs: fc.constantFrom(0, 0, 0, 50, 100),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sent" as const), pick: fc.nat(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("postpone" as const),
      pick: fc.nat(10),
      byMs: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
);

test("the outbox gives every message until it was sent, by priority, then by age, once its time has come", () => {
  fc.assert(
    fc.property(fc.array(aStep, { minLength: 1, maxLength: 40 }), (steps) => {
      const folder = temporaryFolder();
      let { orders } = openTestOrders(folder);
      let waiting: Waiting[] = [];
      for (const [nowMs, step] of steps.entries()) {
        const { outbox } = orders;
        const due = inOrder(waiting, nowMs);
        if (step.kind === "add") {
          const { topic, retain, notBeforeMs, priority } = step;
          outbox.add({ topic, retain, qos: 1, payload: Buffer.from(String(nowMs)) }, priority, notBeforeMs);
          waiting = waiting.filter((other) => !(retain && other.retain && other.topic === topic));
          waiting.push({ priority, number: nowMs, topic, retain, notBeforeMs, text: String(nowMs) });
        } else if (step.kind === "reopen") {
          orders.close();
          ({ orders } = openTestOrders(folder));
        } else {
          const chosen = due[step.pick];
          const id = outbox.due(nowMs, 100)[step.pick]?.id;
          if (chosen === undefined || id === undefined) continue;
          if (step.kind === "sent") {
            outbox.sent(id);
            waiting.splice(waiting.indexOf(chosen), 1);
          } else {
            outbox.postpone(id, nowMs + step.byMs);
            chosen.notBeforeMs = nowMs + step.byMs;
          }
        }
        checkAgainst(waiting, orders.outbox, nowMs);
      }
      orders.close();
    }),
    { numRuns: 60 },
  );
});

function inOrder(waiting: readonly Waiting[], nowMs: number): Waiting[] {
  return waiting
    .filter(({ notBeforeMs }) => notBeforeMs <= nowMs)
    .sort((a, b) => a.priority - b.priority || a.number - b.number);
}

function checkAgainst(waiting: readonly Waiting[], outbox: Outbox, nowMs: number): void {
  const due = outbox.due(nowMs, 100);
  expect(due.map(({ message }) => String(message.payload))).toEqual(inOrder(waiting, nowMs).map(({ text }) => text));
  const underWay = new Set(due.slice(0, 2).map(({ id }) => id));
  expect(outbox.due(nowMs, 2, underWay).map(({ id }) => id)).toEqual(due.slice(2, 4).map(({ id }) => id));
  expect(outbox.size().count).toBe(waiting.length);
  const later = waiting.map(({ notBeforeMs }) => notBeforeMs).filter((atMs) => atMs > nowMs);
  expect(outbox.nextDueMs(nowMs)).toBe(later.length === 0 ? undefined : Math.min(...later));
}
