import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type DeskDatabase, openDeskDatabase } from "../../src/desk/database.ts";
import type { AlarmReport, BirthReport, StateReport } from "../../src/domain/report.ts";
import { BIRTH } from "../fixtures/wire-messages.ts";

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

const [EPOCH, NEXT_EPOCH] = ["01M85DMB00000000000000000E", "01M85DMB00000000000000000F"] as const;

function alarm(word: AlarmReport["state"], n: number, issuedAt: number, epoch: string = EPOCH): AlarmReport {
  const said = { code: "output-missing", state: word, severity: "critical", atMs: issuedAt * 1000, count: 1 } as const;
  return { version: 1, type: "alarm", gateway: GATEWAY, issuedAt, epoch, n, ...said, detail: "no card" };
}

test("an alarm raised while the clock stands behind is newer than the one before it, and its end than its beginning", () => {
  const { reports } = openTestDatabase();
  expect(reports.put(alarm("raised", 10, 1_000), NOW_MS)).toBe(true);
  expect(reports.put(alarm("cleared", 12, 1_000), NOW_MS)).toBe(true);
  expect(reports.put(alarm("raised", 15, 700), NOW_MS)).toBe(true);
  // The broker brings again what it brought before.
  expect(reports.put(alarm("cleared", 12, 1_000), NOW_MS)).toBe(false);
  expect(reports.put(alarm("raised", 10, 1_000), NOW_MS)).toBe(false);
  expect(reports.put(alarm("cleared", 16, 690), NOW_MS)).toBe(true);
  expect(reports.put(alarm("raised", 15, 700), NOW_MS)).toBe(false);
});

test("a box that lost its database counts from 1 again, and what it said before that is no news", () => {
  const { reports } = openTestDatabase();
  reports.put(alarm("raised", 70, 1_000), NOW_MS);
  expect(reports.put(alarm("raised", 2, 1_100, NEXT_EPOCH), NOW_MS)).toBe(true);
  expect(reports.put(alarm("cleared", 71, 1_050), NOW_MS)).toBe(false);
  expect(reports.put(alarm("cleared", 3, 1_090, NEXT_EPOCH), NOW_MS)).toBe(true);
});

test("the first birth of a box that lost its database is news, although its sessions begin anew", () => {
  const { reports } = openTestDatabase();
  const birth = (session: number, epoch: string, issuedAt: number) =>
    reports.put({ ...(BIRTH as BirthReport), gateway: GATEWAY, session, epoch, issuedAt }, NOW_MS);
  expect(birth(57, EPOCH, 1_000)).toBe(true);
  expect(birth(1, NEXT_EPOCH, 1_100)).toBe(true);
  expect(birth(57, EPOCH, 1_000)).toBe(false);
  expect(birth(2, NEXT_EPOCH, 1_050)).toBe(true);
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
