import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { epochs, KEY, makeAudio, STAMP } from "./support/store-material.ts";
import { databaseVersion, openTestAudio, openTestOrders, temporaryFolder } from "./support/stores.ts";

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

test("a first start begins an epoch, and the next starts go on with it", () => {
  const folder = temporaryFolder();
  const newEpoch = epochs();
  const first = openTestOrders(folder, { newEpoch });
  expect(first).toMatchObject({ isNewEpoch: true, previousEpoch: undefined, setAside: undefined });
  first.orders.close();
  const second = openTestOrders(folder, { newEpoch });
  expect(second).toMatchObject({ isNewEpoch: false, epoch: first.epoch, previousEpoch: undefined });
  expect(readFileSync(join(folder, "epoch"), "utf8").trim()).toBe(first.epoch);
});

test("a lost database is told from a first start, also after the next restart", () => {
  const folder = temporaryFolder();
  const newEpoch = epochs();
  const first = openTestOrders(folder, { newEpoch });
  first.orders.close();
  rmSync(join(folder, "orders.db"));
  const second = openTestOrders(folder, { newEpoch });
  expect(second).toMatchObject({ isNewEpoch: true, previousEpoch: first.epoch });
  expect(second.epoch).not.toBe(first.epoch);
  second.orders.close();
  expect(openTestOrders(folder, { newEpoch })).toMatchObject({ isNewEpoch: false, previousEpoch: first.epoch });
});

test("a crash between the database and the epoch file is no loss", () => {
  const folder = temporaryFolder();
  const first = openTestOrders(folder);
  first.orders.close();
  rmSync(join(folder, "epoch"));
  expect(openTestOrders(folder)).toMatchObject({ isNewEpoch: false, epoch: first.epoch });
  expect(readFileSync(join(folder, "epoch"), "utf8").trim()).toBe(first.epoch);
});

test("a file that is no database is put aside with its companions and replaced", () => {
  const folder = temporaryFolder();
  const newEpoch = epochs();
  const { orders, epoch } = openTestOrders(folder, { newEpoch });
  orders.close();
  const path = join(folder, "orders.db");
  writeFileSync(path, "x".repeat(9_000));
  writeFileSync(`${path}-wal`, "y");

  const opened = openTestOrders(folder, { newEpoch });
  expect(opened).toMatchObject({ isNewEpoch: true, previousEpoch: epoch });
  const aside = `${path}.broken-20260730T101500000Z`;
  expect(opened.setAside).toMatchObject({ path: aside, reason: expect.stringContaining("not a database") });
  expect(readFileSync(aside, "utf8")).toBe("x".repeat(9_000));
  expect(existsSync(`${path}.suspect`)).toBe(false);
  opened.orders.meta.nextSession(0);
});

test("damage inside the tables is found at opening", () => {
  const folder = temporaryFolder();
  const { orders } = openTestOrders(folder);
  for (let n = 0; n < 500; n += 1) orders.evidence.append({ kind: "boot", code: `line ${n}` }, STAMP);
  orders.close();
  const path = join(folder, "orders.db");
  const pages = readFileSync(path).length / 4096;
  for (let page = 15; page < pages; page += 1) overwrite(path, page * 4096, Buffer.alloc(100, 0xee));

  const opened = openTestOrders(folder);
  expect(opened.setAside?.reason).toMatch(/quick_check|malformed/);
  expect(opened.orders.evidence.position().last).toBe(0);
});

test("a database with strange tables is put aside too", () => {
  const folder = temporaryFolder();
  const path = join(folder, "orders.db");
  openTestOrders(folder).orders.close();
  const version = databaseVersion(path);
  rmSync(path);
  const strange = new Database(path);
  strange.exec(`CREATE TABLE meta (strange TEXT); PRAGMA user_version = ${version}`);
  strange.close();
  expect(openTestOrders(folder).setAside?.reason).toMatch(/no such column/);
});

test("a box that breaks its database at each start keeps three broken ones", () => {
  const folder = temporaryFolder();
  for (let n = 0; n < 6; n += 1) {
    openTestOrders(folder).orders.close();
    writeFileSync(join(folder, "orders.db"), `broken for the ${n}. time, longer than any header of a database is`);
  }
  openTestOrders(folder).orders.close();
  const asides = readdirSync(folder).filter((name) => name.includes("broken"));
  expect(asides).toHaveLength(3);
  expect(asides.map((name) => readFileSync(join(folder, name), "utf8")[15]).sort()).toEqual(["3", "4", "5"]);
});

test("damage met in the audio database while in use is mended at the next opening, without reading all of it", () => {
  const folder = temporaryFolder();
  const path = join(folder, "audio.db");
  const made = makeAudio(2_000_000);
  const first = openTestAudio(folder).audio;
  first.register(made.audio);
  for (const [n, chunk] of made.chunks.entries()) first.put(made.audio.hash, n, chunk);
  first.close();
  const pages = readFileSync(path).length / 4096;
  for (let page = 4; page < pages; page += 1) overwrite(path, page * 4096, Buffer.alloc(64, 0xee));

  const second = openTestAudio(folder);
  expect(second.setAside).toBeUndefined();
  expect(() => {
    for (const n of made.chunks.keys()) second.audio.read(made.audio.hash, n);
    second.audio.remove(made.audio.hash);
  }).toThrow(expect.objectContaining({ code: "database-broken" }));
  second.audio.close();

  const third = openTestAudio(folder);
  expect(third.setAside?.reason).toContain("in use");
  expect(third.audio.list()).toEqual([]);
  expect(third.audio.register(made.audio)).toBe("registered");
});

test("a check of the whole audio database finds the damage at once", () => {
  const folder = temporaryFolder();
  const path = join(folder, "audio.db");
  const made = makeAudio(500_000);
  const { audio } = openTestAudio(folder);
  audio.register(made.audio);
  for (const [n, chunk] of made.chunks.entries()) audio.put(made.audio.hash, n, chunk);
  audio.close();
  const pages = readFileSync(path).length / 4096;
  for (let page = 4; page < pages; page += 1) overwrite(path, page * 4096, Buffer.alloc(64, 0xee));
  expect(openTestAudio(folder, true).setAside).toBeDefined();
});

test("a folder that can't be used is the world's fault: nothing is put aside", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  expect(() => openTestOrders(folder, { path: join(folder, "file", "orders.db") })).toThrow(
    expect.objectContaining({ code: "database-broken" }),
  );
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("an order that was kept is still there after a clean stop", () => {
  const folder = temporaryFolder();
  const first = openTestOrders(folder).orders;
  first.seen.add(KEY, "hash", 2_000_000_000);
  first.close();
  first.close();
  expect(openTestOrders(folder).orders.seen.payloadHash(KEY)).toBe("hash");
});
