import { createHash } from "node:crypto";
import { type AudioFile, CHUNK_BYTES, CHUNK_HASH_BYTES } from "../domain/broadcast.ts";

/** A file cut as the contract cuts it: every chunk is full but the last. */
export function cutIntoChunks(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.byteLength; start += CHUNK_BYTES) {
    chunks.push(bytes.subarray(start, start + CHUNK_BYTES));
  }
  return chunks;
}

/** What names a file and lets a gateway check each chunk as it comes. */
export function nameFile(bytes: Uint8Array): Pick<AudioFile, "hash" | "sizeBytes" | "chunkBytes" | "chunkHashes"> {
  const chunkHashes = Buffer.concat(
    cutIntoChunks(bytes).map((chunk) => createHash("sha256").update(chunk).digest().subarray(0, CHUNK_HASH_BYTES)),
  );
  return {
    hash: createHash("sha256").update(bytes).digest("base64url"),
    sizeBytes: bytes.byteLength,
    chunkBytes: CHUNK_BYTES,
    chunkHashes: chunkHashes.toString("base64url"),
  };
}
