import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DiskReserve } from "../../src/store/reserve.ts";
import { acceptOne, type MadeFile, makeAudio } from "./support/store-material.ts";
import { openTestAudio, openTestOrders, temporaryFolder } from "./support/stores.ts";

const diskFull = expect.objectContaining({ name: "AgentFailure", code: "disk-full" });

const MEBIBYTE = 1_048_576;

/** A disk of its own in memory. Setting it up needs root. */
function smallDisk(size: string): string {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
  return folder;
}

function untilFull(act: (n: number) => void): number {
  for (let n = 0; n < 10_000; n += 1) {
    try {
      act(n);
    } catch (error) {
      expect(error).toEqual(diskFull);
      return n;
    }
  }
  throw new Error("the disk never filled");
}

test("a full disk refuses a transaction whole, and the store goes on when there is room again", () => {
  const folder = smallDisk("2m");
  const { orders } = openTestOrders(folder);
  const ballast = join(folder, "ballast");
  writeFileSync(ballast, Buffer.alloc(512 * 1024));
  const accepted = untilFull((n) => acceptOne(orders, n));
  expect(accepted).toBeGreaterThan(3);
  expect(() => acceptOne(orders, 9_999)).toThrow(diskFull);
  expect(orders.evidence.position().last).toBe(accepted);
  expect(orders.broadcasts.active()).toHaveLength(accepted);
  expect(orders.evidence.batch(1, 1e6)?.lines).toHaveLength(accepted);

  rmSync(ballast);
  acceptOne(orders, accepted);
  orders.close();
  const again = openTestOrders(folder);
  expect(again.setAside).toBeUndefined();
  expect(again.orders.outbox.size().count).toBe(accepted + 1);
});

test("chunks that found no room are missing, and removing a file makes room", () => {
  const folder = smallDisk("4m");
  const { audio } = openTestAudio(folder);
  const old = makeAudio(1_500_000);
  const large = makeAudio(6_000_000);
  audio.register(old.audio);
  for (const [n, chunk] of old.chunks.entries()) audio.put(old.audio.hash, n, chunk);
  audio.register(large.audio);
  const put = (n: number) => audio.put(large.audio.hash, n, large.chunks[n] ?? Buffer.alloc(0));
  untilFull(put);
  expect(() => {
    for (const n of audio.missing(large.audio.hash) ?? []) put(n);
  }).toThrow(diskFull);

  const before = audio.missing(large.audio.hash) ?? [];
  expect(before.length).toBeGreaterThan(0);
  for (const n of large.chunks.keys()) {
    expect(audio.read(large.audio.hash, n)).toEqual(
      before.includes(n) ? undefined : new Uint8Array(large.chunks[n] ?? []),
    );
  }
  while (audio.remove(old.audio.hash) === "more");
  for (const n of before.slice(0, 40)) expect(put(n)).toBe("stored");
  audio.flush();
  audio.close();
  const again = openTestAudio(folder, true);
  expect(again.setAside).toBeUndefined();
  expect(again.audio.missing(large.audio.hash)).toEqual(before.slice(40));
});

test("what is kept for a full disk is given up in parts, only where there is no room, and taken again", () => {
  const folder = smallDisk("8m");
  const reserve = new DiskReserve(folder);
  reserve.refill();
  expect([reserve.missingBytes, reserve.giveUpPart()]).toEqual([0, false]);
  const ballast = join(folder, "ballast");
  for (const missing of [1, 2, 3, 4]) {
    expect(() => writeFileSync(ballast, Buffer.alloc(8 * MEBIBYTE), { flag: "a" })).toThrow("ENOSPC");
    expect([reserve.giveUpPart(), reserve.giveUpPart(), reserve.missingBytes / MEBIBYTE]).toEqual([
      true,
      false,
      missing,
    ]);
  }
  expect(() => writeFileSync(ballast, Buffer.alloc(8 * MEBIBYTE), { flag: "a" })).toThrow("ENOSPC");
  expect(reserve.giveUpPart()).toBe(false);
  expect(() => reserve.refill()).toThrow(diskFull);
  expect(reserve.missingBytes).toBe(4 * MEBIBYTE);
  rmSync(ballast);
  reserve.refill();
  expect(reserve.missingBytes).toBe(0);
});

test("on a full disk one part of what was kept removes stored audio, and its room takes other audio without the file growing", () => {
  const folder = smallDisk("16m");
  const reserve = new DiskReserve(folder);
  reserve.refill();
  const { audio } = openTestAudio(folder);
  const [old, fresh, more] = [makeAudio(5_000_000), makeAudio(4_900_000), makeAudio(2_000_000)];
  const store = ({ audio: file, chunks }: MadeFile) => {
    audio.register(file);
    for (const [n, chunk] of chunks.entries()) audio.put(file.hash, n, chunk);
  };
  store(old);
  expect(() => writeFileSync(join(folder, "ballast"), Buffer.alloc(16 * MEBIBYTE))).toThrow("ENOSPC");
  expect(() => audio.remove(old.audio.hash)).toThrow(diskFull);
  expect(reserve.giveUpPart()).toBe(true);
  audio.limitGrowth(0);
  while (audio.remove(old.audio.hash) === "more");
  const { fileBytes } = audio.usage();
  store(fresh);
  expect(audio.missing(fresh.audio.hash)).toEqual([]);
  expect(() => store(more)).toThrow(diskFull);
  expect(audio.usage().fileBytes).toBe(fileBytes);
});

test("a disk that is full at the start says so, and opens later", () => {
  const folder = smallDisk("1m");
  const ballast = join(folder, "ballast");
  expect(() => writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))).toThrow("ENOSPC");
  expect(() => openTestOrders(folder)).toThrow(diskFull);
  expect(() => openTestAudio(folder)).toThrow(diskFull);
  rmSync(ballast);
  expect(openTestOrders(folder).setAside).toBeUndefined();
  expect(openTestAudio(folder).setAside).toBeUndefined();
});
