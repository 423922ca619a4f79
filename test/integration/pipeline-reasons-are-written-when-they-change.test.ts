import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import { DecisionLog } from "../../src/pipeline/decision-log.ts";
import { AT_MS, KEY } from "./support/store-material.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

const OTHER = { ...KEY, id: "01J8Z0M3E8Q4T6V9X2B5N7R1ZZ" };

type Waiting = Plan["waiting"][number];

function waits(item: Waiting["item"], reason: Waiting["reason"], atMs: number) {
  return { decisions: [], waiting: [{ item, reason }], atMs };
}

function opened() {
  const folder = temporaryFolder();
  const { orders } = openTestOrders(folder);
  const written = () => orders.decisions.recent(10).map(({ item, reason, atMs }) => [item.id, reason, atMs]);
  return { folder, log: new DecisionLog(orders), written };
}

test("what several looks decided is written in their order, each reason once, dated as decided", () => {
  const { log, written } = opened();
  log.note(waits(KEY, "audio", AT_MS));
  log.note(waits(OTHER, "early", AT_MS + 1));
  log.note(waits(KEY, "audio", AT_MS + 2));
  log.note(waits(KEY, "gap", AT_MS + 3));
  expect(written()).toEqual([]);
  log.writeAll();
  expect(written().toReversed()).toEqual([
    [KEY.id, "waits-audio", AT_MS],
    [OTHER.id, "waits-early", AT_MS + 1],
    [KEY.id, "waits-gap", AT_MS + 3],
  ]);
  log.writeAll();
  expect(written()).toHaveLength(3);
});

test("of an item whose turn was over all is news", () => {
  const { log, written } = opened();
  log.note(waits(KEY, "audio", AT_MS));
  log.writeAll();
  log.forget(KEY);
  log.note(waits(KEY, "audio", AT_MS + 1));
  log.writeAll();
  expect(written()).toHaveLength(2);
});

test("of items that no look has any more, as their order was cancelled, nothing is remembered", () => {
  const { log } = opened();
  for (let n = 0; n < 1_000; n += 1) {
    log.note(waits(KEY, "audio", AT_MS));
    log.note(waits({ ...KEY, id: `01${String(n).padStart(24, "0")}` }, "early", AT_MS));
    log.writeAll();
  }
  expect(log.remembered).toBeLessThan(100);
});

test("what the disk refused is not tried again, and keeps nothing from being written", () => {
  const { folder, log, written } = opened();
  const other = new DatabaseSync(join(folder, "orders.db"));
  onTestFinished(() => other.close());
  other.exec("CREATE TRIGGER refuse BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'no room'); END");
  log.note(waits(KEY, "audio", AT_MS));
  expect(() => log.writeAll()).toThrow("no room");
  other.exec("DROP TRIGGER refuse");
  expect(log.isWritten).toBe(true);
  log.note(waits(KEY, "audio", AT_MS + 1));
  log.note(waits(OTHER, "audio", AT_MS + 1));
  log.writeAll();
  expect(written()).toEqual([[OTHER.id, "waits-audio", AT_MS + 1]]);
});

test("a look at a time", () => {
  const { log, written } = opened();
  log.note(waits(KEY, "audio", AT_MS));
  log.note(waits(KEY, "gap", AT_MS + 1));
  log.writeOne();
  expect([written().length, log.isWritten]).toEqual([1, false]);
  log.writeOne();
  expect([written().length, log.isWritten]).toEqual([2, true]);
  log.writeOne();
  expect(written()).toHaveLength(2);
});
