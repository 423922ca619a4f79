import * as v from "valibot";
import { AUDIO_MEDIA_TYPES, CHUNK_BYTES, CHUNK_HASH_BYTES, chunkCount } from "../../domain/broadcast.ts";
import { decodeBase64url } from "../base64url.ts";
import { hash, integer, list, ulid } from "./members.ts";

const MAX_AUDIO_BYTES = 16 * 1024 * 1024;

const audioFile = v.pipe(
  v.object({
    hash,
    sizeBytes: integer(1, MAX_AUDIO_BYTES),
    chunkBytes: v.literal(CHUNK_BYTES),
    chunkHashes: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/)),
    mediaType: v.picklist(AUDIO_MEDIA_TYPES),
    durationMs: integer(1, 4_000_000),
    loudnessCentiLufs: v.optional(integer(-10_000, 1_000)),
    truePeakCentiDb: v.optional(integer(-10_000, 2_000)),
    library: v.optional(v.never()),
  }),
  v.check(
    (file) => decodeBase64url(file.chunkHashes)?.length === chunkCount(file) * CHUNK_HASH_BYTES,
    `chunkHashes must hold ${CHUNK_HASH_BYTES} bytes for each chunk`,
  ),
);

const libraryAudio = v.object({ library: ulid, hash });

export const audio = v.union([audioFile, libraryAudio]);

function isPlainHttps(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.username === "" && url.password === "" && url.hash === "";
}

export const sources = list(
  v.variant("kind", [
    v.object({ kind: v.literal("mqtt") }),
    v.object({
      kind: v.literal("https"),
      url: v.pipe(
        v.string(),
        v.maxLength(512),
        v.regex(/^https:\/\/[!-~]+$/),
        v.check(isPlainHttps, "an https address without credentials and fragment"),
      ),
    }),
    v.object({ kind: v.literal("library") }),
  ]),
  1,
  8,
);
