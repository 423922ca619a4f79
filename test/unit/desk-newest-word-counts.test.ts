import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type DeskDatabase, openDeskDatabase } from "../../src/desk/database.ts";
import type { StateReport } from "../../src/domain/report.ts";

const NOW_MS = Date.UTC(2026, 10, 24);
const GATEWAY = "7k3m9q2w5x8y";

function openTestDatabase(): DeskDatabase {
  const folder = mkdtempSync(join(tmpdir(), "loa-desk-"));
  const database = openDeskDatabase(join(folder, "desk.sqlite"), NOW_MS);
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  return database;
}

function state(session: number, word: StateReport["state"], issuedAt: number): StateReport {
  return { version: 1, type: "state", gateway: GATEWAY, issuedAt, session, state: word, atMs: issuedAt * 1000 };
}

test("the will of this session counts although it was signed before the word it ends", () => {
  const { reports } = openTestDatabase();
  expect(reports.put(state(5, "ready", 200), NOW_MS)).toBe(true);
  expect(reports.put(state(5, "lost", 100), NOW_MS)).toBe(true);
  expect(reports.lastState(GATEWAY)).toBe("lost");
});

test("the will of an earlier session is stale", () => {
  const { reports } = openTestDatabase();
  reports.put(state(6, "ready", 200), NOW_MS);
  expect(reports.put(state(5, "lost", 190), NOW_MS)).toBe(false);
  expect(reports.lastState(GATEWAY)).toBe("ready");
});

test("the same word twice is no news", () => {
  const { reports } = openTestDatabase();
  expect(reports.put(state(5, "ready", 200), NOW_MS)).toBe(true);
  expect(reports.put(state(5, "ready", 200), NOW_MS)).toBe(false);
});

test("sequences grow with the clock, and also when it stands still or steps back", () => {
  const { sequences } = openTestDatabase();
  expect(sequences.next("evidence-ack", NOW_MS)).toBe(NOW_MS);
  expect(sequences.next("evidence-ack", NOW_MS)).toBe(NOW_MS + 1);
  expect(sequences.next("evidence-ack", NOW_MS - 60_000)).toBe(NOW_MS + 2);
  expect(sequences.next("evidence-ack", NOW_MS + 60_000)).toBe(NOW_MS + 60_000);
  expect(sequences.next("placement", NOW_MS)).toBe(NOW_MS);
});

test("a file that is broadcast twice lives as long as the longer of the two", () => {
  const { retained } = openTestDatabase();
  const chunk = { topic: "loa/1/audio/x/0", payload: Buffer.from("sound") };
  retained.putShared({ ...chunk, expiresAt: 200 });
  retained.putShared({ ...chunk, expiresAt: 100 });
  expect(retained.find(chunk.topic)?.expiresAt).toBe(200);
});
