import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { Migration } from "../../src/store/migrations.ts";
import { openDatabase } from "../../src/store/opening.ts";
import { temporaryFolder } from "./support/stores.ts";

const ONE: Migration = { version: 1, sql: "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7);" };
const TWO: Migration = {
  version: 2,
  sql: "ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 3; UPDATE t SET a = 8;",
};
const THREE: Migration = { version: 3, sql: "UPDATE t SET a = a + 1;" };

function open(path: string, migrations: readonly Migration[]) {
  return openDatabase({
    path,
    migrations,
    pragmas: ["journal_mode = WAL"],
    quickCheck: true,
    nowMs: 0,
    asidesKept: 1,
    build: (database) => database,
  });
}

test("each step runs once, in order, and what was there stays", () => {
  const path = join(temporaryFolder(), "any.db");
  open(path, [ONE]).store.close();
  open(path, [ONE, TWO]).store.close();
  const { store } = open(path, [ONE, TWO, THREE]);
  expect(store.prepare("SELECT a, b FROM t").all()).toEqual([{ a: 9, b: 3 }]);
  expect(store.pragma("user_version")).toBe(3);
  store.close();
  const again = open(path, [ONE, TWO, THREE]).store;
  expect(again.prepare("SELECT a FROM t").all()).toEqual([{ a: 9 }]);
  again.close();
});

test("a step that fails leaves everything as it was for the agent before: no step done, nothing put aside", () => {
  const path = join(temporaryFolder(), "any.db");
  open(path, [ONE]).store.close();
  const wrong = { version: 3, sql: "INSERT INTO t (a) VALUES (1); SELECT * FROM readings;" };
  expect(() => open(path, [ONE, TWO, wrong])).toThrow(expect.objectContaining({ code: "internal" }));
  expect(readdirSync(dirname(path))).toEqual(["any.db"]);
  const { store, setAside } = open(path, [ONE]);
  expect(setAside).toBeUndefined();
  expect(store.prepare("SELECT * FROM t").all()).toEqual([{ a: 7 }]);
  store.close();
});
