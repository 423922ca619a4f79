import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readMeasurement } from "../../src/desk/audio.ts";
import { cutIntoChunks, nameFile } from "../../src/desk/chunks.ts";
import { CHUNK_BYTES } from "../../src/domain/broadcast.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
const file = (sizeBytes: number) => Buffer.from(Array.from({ length: sizeBytes }, (_, index) => (index * 31) % 251));

test.each([
  [1, [1]],
  [CHUNK_BYTES, [CHUNK_BYTES]],
  [CHUNK_BYTES + 1, [CHUNK_BYTES, 1]],
  [2 * CHUNK_BYTES, [CHUNK_BYTES, CHUNK_BYTES]],
])("%i bytes make chunks of %j", (sizeBytes, lengths) => {
  const bytes = file(sizeBytes);
  const chunks = cutIntoChunks(bytes);
  expect(chunks.map((chunk) => chunk.byteLength)).toEqual(lengths);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
});

test("a file is named by its hash, and each chunk by 16 bytes of its own", () => {
  const bytes = file(CHUNK_BYTES + 100);
  const named = nameFile(bytes);
  expect(named).toMatchObject({
    sizeBytes: CHUNK_BYTES + 100,
    chunkBytes: 32_768,
    hash: sha256(bytes).toString("base64url"),
  });
  const hashes = Buffer.from(named.chunkHashes, "base64url");
  expect(hashes).toHaveLength(32);
  expect(hashes.subarray(16).equals(sha256(bytes.subarray(CHUNK_BYTES)).subarray(0, 16))).toBe(true);
});

const summary = (lufs: string, peak: string) =>
  `[Parsed_ebur128_0 @ 0x5]\n  Integrated loudness:\n    I: ${lufs} LUFS\n  True peak:\n    Peak: ${peak} dBFS\n`;

test("length and loudness are read as ffmpeg prints them, the last word counting", () => {
  expect(readMeasurement("out_time_us=10\nout_time_us=22253938\n", summary("-19.5", "0.3"))).toEqual({
    durationMs: 22_254,
    loudnessCentiLufs: -1_950,
    truePeakCentiDb: 30,
  });
});

test("silence has no loudness and no peak", () => {
  expect(readMeasurement("out_time_us=1000000\n", summary("-70.0", "-inf"))).toEqual({
    durationMs: 1_000,
    loudnessCentiLufs: undefined,
    truePeakCentiDb: undefined,
  });
});

test("what has no length has none", () => {
  expect(readMeasurement("out_time_us=N/A\n", "").durationMs).toBe(0);
});
