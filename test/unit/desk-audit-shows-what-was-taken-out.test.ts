import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Audit } from "../../src/desk/audit.ts";
import { openDeskDatabase } from "../../src/desk/database.ts";

const NOW_MS = Date.UTC(2026, 10, 24);

function trail() {
  const folder = mkdtempSync(join(tmpdir(), "loa-audit-"));
  const database = openDeskDatabase(join(folder, "desk.sqlite"), NOW_MS);
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, "audit.jsonl");
  const audit = new Audit(path, database.auditHead);
  const record = (...subjects: readonly string[]) => {
    for (const subject of subjects) audit.record({ act: "broadcast", subject, holders: ["Lan"], hash: "h" }, NOW_MS);
  };
  const lines = () => readFileSync(path, "utf8").split("\n");
  const rewrite = (change: (lines: string[]) => string[]) => writeFileSync(path, change(lines()).join("\n"));
  return { path, head: database.auditHead, audit, record, rewrite };
}

test("acts are numbered, each names the one before, and only their owner can read them", () => {
  const { path, audit, record } = trail();
  record("a", "b");
  const { entries, fault } = audit.read();
  expect(fault).toBeUndefined();
  expect(entries).toMatchObject([
    { n: 1, at: NOW_MS / 1000, act: "broadcast", subject: "a", holders: ["Lan"], hash: "h" },
    { n: 2, subject: "b" },
  ]);
  expect(new Set(entries.map(({ previous }) => previous)).size).toBe(2);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each<[string, (lines: string[]) => string[], object]>([
  ["a line taken out", ([one = "", , ...rest]) => [one, ...rest], { n: 2, kind: "missing" }],
  ["the first line taken out", ([, ...rest]) => rest, { n: 1, kind: "missing" }],
  ["a word changed", (all) => all.map((line) => line.replace('"b"', '"x"')), { n: 2, kind: "changed" }],
  ["the last word changed", (all) => all.map((line) => line.replace('"c"', '"x"')), { n: 3, kind: "changed" }],
  ["the end cut off", (all) => [...all.slice(0, 2), ""], { n: 3, kind: "cut" }],
  ["everything cut off", () => [""], { n: 1, kind: "cut" }],
  ["a line made unreadable", ([, ...rest]) => ["{", ...rest], { n: 1, kind: "unreadable" }],
  ["a line made up at the end", (all) => [...all.slice(0, 3), all[2] ?? "", ""], { n: 4, kind: "missing" }],
])("%s shows", (_what, change, fault) => {
  const { audit, record, rewrite } = trail();
  record("a", "b", "c");
  rewrite(change);
  expect(audit.read().fault).toEqual(fault);
});

test("after a power cut half a line goes, and a whole one that the head does not know yet stays", () => {
  const { path, head, audit, record } = trail();
  record("a", "b");
  appendFileSync(path, '{"n":3,"at":1');
  record("c");
  expect(audit.read().fault).toBeUndefined();

  const cut = {
    read: () => head.read(),
    advance: (append: Parameters<typeof head.advance>[0]) => void append(head.read()),
  };
  new Audit(path, cut).record({ act: "cosign", subject: "d", holders: [] }, NOW_MS);
  expect(head.read()?.n).toBe(3);
  expect(audit.read()).not.toHaveProperty("fault");
  record("e");
  expect(audit.read().entries.map(({ subject }) => subject)).toEqual(["a", "b", "c", "d", "e"]);
});
