import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openOrdersReadOnly } from "../../src/store/orders.ts";
import { plainChain } from "./support/store-material.ts";
import { databaseVersion, fingerprint, openTestAudio, openTestOrders, temporaryFolder } from "./support/stores.ts";

const newer = expect.objectContaining({ name: "AgentFailure", code: "database-newer" });

function raiseVersion(path: string): void {
  const database = new Database(path);
  database.pragma("user_version = 99");
  database.close();
}

test("an orders database of a newer version is refused and stays byte for byte as it was", () => {
  const folder = temporaryFolder();
  openTestOrders(folder).orders.close();
  raiseVersion(join(folder, "orders.db"));
  const before = fingerprint(folder);

  expect(() => openTestOrders(folder)).toThrow(newer);
  expect(() => openOrdersReadOnly(join(folder, "orders.db"), plainChain)).toThrow(newer);
  expect(fingerprint(folder)).toEqual(before);
});

test("an audio database of a newer version is refused and stays byte for byte as it was", () => {
  const folder = temporaryFolder();
  openTestAudio(folder).audio.close();
  raiseVersion(join(folder, "audio.db"));
  const before = fingerprint(folder);

  expect(() => openTestAudio(folder)).toThrow(newer);
  expect(fingerprint(folder)).toEqual(before);
});

test("a newer version that a killed agent had only in its log is seen too", () => {
  const folder = temporaryFolder();
  openTestOrders(folder).orders.close();
  const path = join(folder, "orders.db");
  const own = databaseVersion(path);
  const script = `
    const database = new (require("better-sqlite3"))(${JSON.stringify(path)});
    database.pragma("journal_mode = WAL");
    database.pragma("user_version = 99");
    process.kill(process.pid, "SIGKILL");`;
  spawnSync(process.execPath, ["-e", script], { cwd: import.meta.dirname });
  expect(databaseVersion(path)).toBe(own); // 99 is in the log alone
  const before = fingerprint(folder);

  expect(() => openTestOrders(folder)).toThrow(newer);
  expect(fingerprint(folder)).toMatchObject({
    "orders.db": before["orders.db"],
    "orders.db-wal": before["orders.db-wal"],
  });
});

test("a refusal says which versions met, and what to do", () => {
  const folder = temporaryFolder();
  openTestOrders(folder).orders.close();
  const own = databaseVersion(join(folder, "orders.db"));
  raiseVersion(join(folder, "orders.db"));
  expect(() => openTestOrders(folder)).toThrow(
    `orders.db was written by a newer agent (database version 99; this agent knows up to ${own})`,
  );
});

test("a database of another gateway is refused and kept", () => {
  const folder = temporaryFolder();
  openTestOrders(folder).orders.close();
  const files = readdirSync(folder);
  expect(() => openTestOrders(folder, { gateway: "000000000000" })).toThrow(
    expect.objectContaining({ code: "enrolment-invalid" }),
  );
  expect(readdirSync(folder)).toEqual(files);
  openTestOrders(folder);
});

test("looking at a database leaves no file and no change behind", () => {
  const folder = temporaryFolder();
  const { orders } = openTestOrders(folder);
  orders.meta.nextSession(0);
  orders.close();
  const before = fingerprint(folder);

  const seen = openOrdersReadOnly(join(folder, "orders.db"), plainChain);
  expect(seen.meta.session()).toBe(1);
  expect(seen.evidence.position()).toMatchObject({ first: 1, last: 0 });
  expect(() => seen.meta.nextSession(0)).toThrow(expect.objectContaining({ code: "database-broken" }));
  seen.close();
  expect(fingerprint(folder)).toEqual(before);
});

test("looking works beside a log that a killed agent left, and beside a running agent", () => {
  const folder = temporaryFolder();
  const { orders } = openTestOrders(folder);
  orders.meta.nextSession(0);
  const seen = openOrdersReadOnly(join(folder, "orders.db"), plainChain);
  expect(seen.meta.session()).toBe(1);
  orders.meta.nextSession(0);
  expect(seen.meta.session()).toBe(2);
  seen.close();
});

test("looking at nothing says so and makes nothing", () => {
  const folder = temporaryFolder();
  expect(() => openOrdersReadOnly(join(folder, "orders.db"), plainChain)).toThrow(/not there/);
  writeFileSync(join(folder, "orders.db"), "this is a text and no database, and it is long enough to hold a header");
  expect(() => openOrdersReadOnly(join(folder, "orders.db"), plainChain)).toThrow(
    expect.objectContaining({ code: "database-broken" }),
  );
  expect(readdirSync(folder)).toEqual(["orders.db"]);
});
