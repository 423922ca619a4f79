import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CHUNK_BYTES } from "../../src/domain/broadcast.ts";
import type { AudioStore } from "../../src/store/audio.ts";
import type { WholeVerdict } from "../../src/store/whole-check.ts";
import { type MadeFile, makeAudio } from "./support/store-material.ts";
import { openTestAudio, temporaryFolder } from "./support/stores.ts";

function fill(store: AudioStore, { audio, chunks }: MadeFile): void {
  store.register(audio);
  for (const [n, chunk] of chunks.entries()) store.put(audio.hash, n, chunk);
}

function wholeVerdict(store: AudioStore, hash: string): { verdict: WholeVerdict; steps: number } {
  const check = store.beginWholeCheck(hash);
  for (let steps = 1; ; steps += 1) {
    const verdict = check.step();
    if (verdict !== "more") return { verdict, steps };
  }
}

test("a chunk is judged by the hash it was signed with", () => {
  const store = openTestAudio(temporaryFolder()).audio;
  const { audio, chunks } = makeAudio(100_000);
  const [first, second, , last] = chunks;
  if (!first || !second || !last) throw new Error("too short");
  expect(store.put(audio.hash, 0, first)).toBe("unknown");
  expect(store.missing(audio.hash)).toBeUndefined();
  expect(store.register(audio)).toBe("registered");
  expect(store.missing(audio.hash)).toEqual([0, 1, 2, 3]);
  expect(store.put(audio.hash, 0, second)).toBe("mismatch");
  expect(store.put(audio.hash, 3, Buffer.concat([last, Buffer.alloc(1)]))).toBe("mismatch");
  expect(store.put(audio.hash, 0, first.subarray(1))).toBe("mismatch");
  expect(store.put(audio.hash, 4, first)).toBe("unknown");
  expect(store.put(audio.hash, -1, first)).toBe("unknown");
  expect(store.put(audio.hash, 0.5, first)).toBe("unknown");
  expect(store.put(audio.hash, 0, first)).toBe("stored");
  expect(store.put(audio.hash, 0, first)).toBe("duplicate");
  expect(store.put(audio.hash, 3, last)).toBe("stored");
  expect(store.missing(audio.hash)).toEqual([1, 2]);
});

test("what is read is a copy of its own that can be given to another thread", () => {
  const store = openTestAudio(temporaryFolder()).audio;
  const made = makeAudio(CHUNK_BYTES + 10);
  fill(store, made);
  const [, tail] = made.chunks;
  const read = store.read(made.audio.hash, 1);
  expect(read).toEqual(new Uint8Array(tail ?? []));
  if (read === undefined) throw new Error("not read");
  expect(read.buffer.byteLength).toBe(10);
  structuredClone(read, { transfer: [read.buffer] });
  expect(read.byteLength).toBe(0);
  expect(store.read(made.audio.hash, 1)?.byteLength).toBe(10);
  expect(store.read(made.audio.hash, 2)).toBeUndefined();
  expect(store.read("unknown", 0)).toBeUndefined();
});

test("gathered chunks can be read before they are written, and a crash makes them missing again", () => {
  const folder = temporaryFolder();
  const store = openTestAudio(folder).audio;
  const { audio, chunks } = makeAudio(20 * CHUNK_BYTES);
  store.register(audio);
  for (const n of [0, 1, 2]) store.put(audio.hash, n, chunks[n] ?? Buffer.alloc(0));
  expect(store.read(audio.hash, 1)).toEqual(new Uint8Array(chunks[1] ?? []));
  const onDisk = () => openTestAudio(folder).audio.missing(audio.hash)?.length;
  expect(onDisk()).toBe(20);
  for (const n of [3, 4, 5, 6, 7]) store.put(audio.hash, n, chunks[n] ?? Buffer.alloc(0));
  expect(onDisk()).toBe(12);
  store.put(audio.hash, 8, chunks[8] ?? Buffer.alloc(0));
  store.flush();
  expect(onDisk()).toBe(11);
  store.put(audio.hash, 9, chunks[9] ?? Buffer.alloc(0));
  store.close();
  store.close();
  expect(onDisk()).toBe(10);
});

test("a whole file is checked in slices, and remembered as checked", () => {
  const folder = temporaryFolder();
  const store = openTestAudio(folder).audio;
  const made = makeAudio(3_000_000);
  const { hash } = made.audio;
  fill(store, made);
  expect(store.find(hash)).toEqual({ hash, sizeBytes: 3_000_000, verified: false });
  expect(wholeVerdict(store, hash)).toEqual({ verdict: "good", steps: 12 });
  store.close();
  expect(openTestAudio(folder).audio.find(hash)?.verified).toBe(true);
});

test("a file whose chunks are as signed but whose hash is not is bad; one with a gap is incomplete", () => {
  const store = openTestAudio(temporaryFolder()).audio;
  const made = makeAudio(400_000);
  const lie = { ...made, audio: { ...made.audio, hash: makeAudio(10).audio.hash } };
  fill(store, lie);
  expect(wholeVerdict(store, lie.audio.hash).verdict).toBe("bad");
  expect(store.find(lie.audio.hash)?.verified).toBe(false);
  store.register(made.audio);
  expect(wholeVerdict(store, made.audio.hash).verdict).toBe("incomplete");
  expect(wholeVerdict(store, "unknown").verdict).toBe("incomplete");
});

test("a chunk that went bad on the disk is never given out: it is missing, fetched again and good again", () => {
  const folder = temporaryFolder();
  const made = makeAudio(500_000);
  const { hash } = made.audio;
  const first = openTestAudio(folder).audio;
  fill(first, made);
  expect(wholeVerdict(first, hash).verdict).toBe("good");
  first.close();
  const path = join(folder, "audio.db");
  const chunk = made.chunks[4] ?? Buffer.alloc(0);
  const at = readFileSync(path).indexOf(chunk.subarray(10_000, 10_064));
  const file = openSync(path, "r+");
  writeSync(file, Buffer.from([(chunk[10_000] ?? 0) ^ 1]), 0, 1, at);
  closeSync(file);

  const store = openTestAudio(folder).audio;
  expect(store.missing(hash)).toEqual([]);
  expect(wholeVerdict(store, hash).verdict).toBe("incomplete");
  expect(store.missing(hash)).toEqual([4]);
  expect(store.read(hash, 4)).toBeUndefined();
  expect(store.find(hash)?.verified).toBe(false);
  expect(store.put(hash, 4, chunk)).toBe("stored");
  expect(wholeVerdict(store, hash).verdict).toBe("good");
});

test("the same file ordered twice is stored once; other chunk hashes under its name are a conflict", () => {
  const store = openTestAudio(temporaryFolder()).audio;
  const { audio } = makeAudio(70_000);
  expect(store.register(audio)).toBe("registered");
  expect(store.register({ ...audio })).toBe("known");
  expect(store.register({ ...audio, chunkHashes: makeAudio(70_000).audio.chunkHashes })).toBe("conflict");
  expect(store.register({ ...audio, sizeBytes: 70_001 })).toBe("conflict");
  expect(store.list()).toEqual([{ hash: audio.hash, sizeBytes: 70_000, verified: false }]);
});

test("removing goes in slices, forgets the file, and its room is used again", () => {
  const store = openTestAudio(temporaryFolder()).audio;
  const big = makeAudio(5_000_000);
  const small = makeAudio(90_000);
  fill(store, small);
  fill(store, big);
  const before = store.usage();
  expect(before.usedBytes).toBeGreaterThan(5_090_000);
  expect(before.usedBytes).toBeLessThan(5_400_000);
  expect(["more", "more", "removed", "removed"]).toEqual([1, 2, 3, 4].map(() => store.remove(big.audio.hash)));
  expect(store.find(big.audio.hash)).toBeUndefined();
  expect(store.put(big.audio.hash, 0, big.chunks[0] ?? Buffer.alloc(0))).toBe("unknown");
  expect(store.usage().usedBytes).toBeLessThan(200_000);
  expect(store.read(small.audio.hash, 2)?.byteLength).toBe(90_000 - 2 * CHUNK_BYTES);
  fill(store, big);
  expect(wholeVerdict(store, big.audio.hash).verdict).toBe("good");
  expect(store.usage().fileBytes).toBeLessThan(before.fileBytes * 1.02);
});

test("a file can be removed while its chunks are still coming", () => {
  const store = openTestAudio(temporaryFolder()).audio;
  const one = makeAudio(10 * CHUNK_BYTES);
  const other = makeAudio(10 * CHUNK_BYTES);
  for (const { audio, chunks } of [one, other]) {
    store.register(audio);
    store.put(audio.hash, 0, chunks[0] ?? Buffer.alloc(0));
  }
  expect(store.remove(other.audio.hash)).toBe("removed");
  store.flush();
  expect(store.missing(other.audio.hash)).toBeUndefined();
  expect(store.missing(one.audio.hash)).toHaveLength(9);
  const third = makeAudio(10 * CHUNK_BYTES);
  expect(store.register(third.audio)).toBe("registered");
  expect(store.missing(third.audio.hash)).toHaveLength(10);
});

test("many files at once share the memory for what is missing", () => {
  const store = openTestAudio(temporaryFolder()).audio;
  const files = Array.from({ length: 40 }, () => makeAudio(3 * CHUNK_BYTES));
  for (const { audio } of files) store.register(audio);
  const [first] = files;
  if (first === undefined) throw new Error("no file");
  store.put(first.audio.hash, 1, first.chunks[1] ?? Buffer.alloc(0));
  for (const { audio } of files) store.missing(audio.hash);
  expect(store.missing(first.audio.hash)).toEqual([0, 2]);
  expect(store.put(first.audio.hash, 1, first.chunks[1] ?? Buffer.alloc(0))).toBe("duplicate");
  store.remove(first.audio.hash);
  store.register(first.audio);
  for (const n of [0, 2, 1]) {
    for (const { audio, chunks } of files)
      expect(store.put(audio.hash, n, chunks[n] ?? Buffer.alloc(0))).toBe("stored");
  }
  for (const { audio } of files) expect(wholeVerdict(store, audio.hash).verdict).toBe("good");
});
