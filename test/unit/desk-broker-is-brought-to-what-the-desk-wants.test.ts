import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openDeskDatabase } from "../../src/desk/database.ts";
import { Republisher } from "../../src/desk/republisher.ts";
import type { OutboundMessage, PublishOutcome } from "../../src/domain/ports.ts";
import { FakeClock } from "../fakes/clock.ts";

const NOW_MS = Date.UTC(2026, 10, 24);
const NOW = NOW_MS / 1000;

/** A link that holds every publish until the test answers it. */
function bench() {
  const folder = mkdtempSync(join(tmpdir(), "loa-desk-"));
  const database = openDeskDatabase(join(folder, "desk.sqlite"), NOW_MS);
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  const sent: OutboundMessage[] = [];
  const waiting: ((outcome: PublishOutcome) => void)[] = [];
  const told: string[] = [];
  const link = {
    publish: (message: OutboundMessage) => {
      sent.push(message);
      return new Promise<PublishOutcome>((resolve) => waiting.push(resolve));
    },
  };
  const republisher = new Republisher(link, new FakeClock(NOW_MS), database.retained, {
    refused: (topic, reasonCode) => told.push(`refused ${topic} ${reasonCode}`),
    restored: (messages, cleared) => told.push(`restored ${messages} ${cleared}`),
    cleared: (cleared) => told.push(`cleared ${cleared}`),
    fault: (error) => told.push(`fault ${error}`),
  });
  const answerAll = async (outcome: PublishOutcome = { kind: "acknowledged" }) => {
    while (waiting.length > 0) {
      for (const answer of waiting.splice(0)) answer(outcome);
      await nextTurn();
    }
  };
  const put = (topic: string, expiresAt: number) =>
    database.retained.put({ topic, payload: Buffer.from(topic), expiresAt });
  return { retained: database.retained, republisher, sent, told, answerAll, put };
}

test("what is held goes out retained, for the rest of its life; what expired is removed at the broker and here", async () => {
  const { republisher, retained, sent, told, put, answerAll } = bench();
  put("a", NOW + 60);
  put("b", NOW - 1);
  republisher.queueEverything();
  await answerAll();
  expect(sent).toEqual([
    { topic: "b", payload: new Uint8Array(), qos: 1, retain: true },
    { topic: "a", payload: Buffer.from("a"), qos: 1, retain: true, expirySeconds: 60 },
  ]);
  expect(retained.find("b")).toBeUndefined();
  expect(told).toEqual(["restored 1 1"]);
});

test("at most sixteen publishes wait for their answer", async () => {
  const { republisher, sent, put, answerAll } = bench();
  for (let n = 0; n < 40; n += 1) put(`t${n}`, NOW + 60);
  republisher.queueEverything();
  expect(sent).toHaveLength(16);
  await answerAll();
  expect(sent).toHaveLength(40);
});

test("a topic that is queued twice goes out once", async () => {
  const { republisher, sent, put, answerAll } = bench();
  for (let n = 0; n < 20; n += 1) put(`t${n}`, NOW + 60);
  republisher.queueEverything();
  republisher.queue(["t19"]);
  await answerAll();
  expect(sent).toHaveLength(20);
});

test("what could not be removed at the broker is not forgotten here", async () => {
  const { republisher, retained, put, answerAll } = bench();
  put("b", NOW - 1);
  republisher.queueEverything();
  await answerAll({ kind: "disconnected" });
  expect(retained.find("b")).toBeDefined();
});

test("a chunk that got a longer life while it was being removed goes out again", async () => {
  const { republisher, retained, sent, put, answerAll } = bench();
  put("b", NOW - 1);
  republisher.queueEverything();
  retained.putShared({ topic: "b", payload: Buffer.from("b"), expiresAt: NOW + 60 });
  await answerAll();
  expect(sent.map(({ payload }) => payload.byteLength)).toEqual([0, 1]);
  expect(retained.find("b")?.expiresAt).toBe(NOW + 60);
});

test("a refusal of the broker is told and does not hold up the rest", async () => {
  const { republisher, told, put, answerAll } = bench();
  put("a", NOW + 60);
  republisher.queueEverything();
  await answerAll({ kind: "refused", reasonCode: 0x87 });
  expect(told).toEqual(["refused a 135", "restored 0 0"]);
});

test("what expires between two rounds is removed and told, and only that", async () => {
  const { republisher, sent, told, put, answerAll } = bench();
  put("alive", NOW + 60);
  republisher.clearExpired();
  expect(sent).toEqual([]);
  put("over", NOW - 1);
  republisher.clearExpired();
  await answerAll();
  expect(sent.map(({ topic, payload }) => [topic, payload.byteLength])).toEqual([["over", 0]]);
  expect(told).toEqual(["cleared 1"]);
});

test("a clearing does not disturb a round that is under way", async () => {
  const { republisher, told, put, answerAll } = bench();
  put("alive", NOW + 60);
  put("over", NOW - 1);
  republisher.queueEverything();
  republisher.clearExpired();
  await answerAll();
  expect(told).toEqual(["restored 1 1"]);
});
