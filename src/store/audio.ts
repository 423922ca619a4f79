import { createHash } from "node:crypto";
import { type AudioFile, CHUNK_BYTES, CHUNK_HASH_BYTES, chunkCount } from "../domain/broadcast.ts";
import type { UnixMs } from "../domain/time.ts";
import type { Migration } from "./migrations.ts";
import { openDatabase } from "./opening.ts";
import type { SetAside } from "./set-aside.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";
import { WholeCheck } from "./whole-check.ts";

// A chunk's key is its file's id and its number in one integer: one tree, no second index to write, and files lie together.
const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE files (
        id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, sizeBytes INTEGER NOT NULL, chunkHashes BLOB NOT NULL,
        verified INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE chunks (chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    `,
  },
];
const CHUNKS_PER_FILE = 65_536;

const PRAGMAS = [
  "page_size = 4096",
  "journal_mode = TRUNCATE", // A write-ahead log would write every page twice (PROTOCOL.md, "Disk").
  "synchronous = NORMAL",
  "temp_store = MEMORY",
  "cache_size = -1024", // KiB; holds one batch, so that nothing spills early.
];
const ASIDES_KEPT = 1;

/** Fewer and larger commits: 8 chunks a commit cost 1.09 bytes written per byte kept, single ones far more. */
const BATCH_BYTES = 256 * 1024;
/** Chunks deleted at once: each of their pages is read for it, which on a flash card takes its time. */
const REMOVED_AT_ONCE = 64;
const FILES_REMEMBERED = 16;
/** SQLite's own limit. */
const MOST_PAGES = 4_294_967_294;

export type PutOutcome = "stored" | "duplicate" | "mismatch" | "unknown";
/** `conflict`: known already, with another size or other chunk hashes; one of the two orders tells an untruth. */
export type RegisterOutcome = "registered" | "known" | "conflict";

export interface StoredFile {
  readonly hash: string;
  readonly sizeBytes: number;
  /** The whole file's hash was checked, and no chunk has been lost since. */
  readonly verified: boolean;
}

interface OpenFile {
  readonly id: number;
  readonly sizeBytes: number;
  readonly chunkHashes: Uint8Array;
  readonly missing: Set<number>;
  buffered: number;
}

type FileRow = { id: number; hash: string; sizeBytes: number; chunkHashes: Uint8Array; verified: number };

/** How an order names a file. */
type FileNaming = Pick<AudioFile, "hash" | "sizeBytes" | "chunkHashes">;

/**
 * Audio files as verified chunks. A chunk is checked when it comes and again each time it is read. Chunks are gathered in
 * memory and written in batches; those lost with a crash are fetched again. Throws AgentFailure `disk-full` or
 * `database-broken`; after `disk-full` the batch counts as missing and the store goes on.
 */
export class AudioStore {
  readonly #database: SqlDatabase;
  readonly #find: Statement<[string], FileRow>;
  readonly #list: Statement<[], FileRow>;
  readonly #insertFile: Statement<[string, number, Uint8Array]>;
  readonly #deleteFile: Statement<[number]>;
  readonly #setVerified: Statement<[number, string]>;
  readonly #present: Statement<[number, number], { chunk: number }>;
  readonly #insertChunk: Statement<[number, Uint8Array]>;
  readonly #readChunk: Statement<[number], { bytes: Uint8Array }>;
  readonly #deleteChunk: Statement<[number]>;
  readonly #deleteChunks: Statement<[number, number, number]>;
  readonly #files = new Map<string, OpenFile>();
  readonly #buffer = new Map<number, Uint8Array<ArrayBuffer>>();
  #bufferedBytes = 0;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#find = database.prepare("SELECT * FROM files WHERE hash = ?");
    this.#list = database.prepare("SELECT * FROM files ORDER BY id");
    this.#insertFile = database.prepare(
      "INSERT INTO files (hash, sizeBytes, chunkHashes, verified) VALUES (?, ?, ?, 0)",
    );
    this.#deleteFile = database.prepare("DELETE FROM files WHERE id = ?");
    this.#setVerified = database.prepare("UPDATE files SET verified = ? WHERE hash = ?");
    this.#present = database.prepare("SELECT chunk FROM chunks WHERE chunk >= ? AND chunk < ?");
    this.#insertChunk = database.prepare("INSERT OR REPLACE INTO chunks (chunk, bytes) VALUES (?, ?)");
    this.#readChunk = database.prepare("SELECT bytes FROM chunks WHERE chunk = ?");
    this.#deleteChunk = database.prepare("DELETE FROM chunks WHERE chunk = ?");
    this.#deleteChunks = database.prepare(
      "DELETE FROM chunks WHERE chunk IN (SELECT chunk FROM chunks WHERE chunk >= ? AND chunk < ? LIMIT ?)",
    );
  }

  /** A file of this hash is known by other sizes or chunk hashes. Writes nothing. */
  contradicts({ hash, sizeBytes, chunkHashes }: FileNaming): boolean {
    const known = this.#find.get(hash);
    if (known === undefined) return false;
    return known.sizeBytes !== sizeBytes || !Buffer.from(chunkHashes, "base64url").equals(known.chunkHashes);
  }

  /** Makes a file known, so that its chunks can be judged. */
  register(audio: FileNaming): RegisterOutcome {
    if (this.contradicts(audio)) return "conflict";
    if (this.#find.get(audio.hash) !== undefined) return "known";
    this.#insertFile.run(audio.hash, audio.sizeBytes, Buffer.from(audio.chunkHashes, "base64url"));
    return "registered";
  }

  /** Checks a chunk and takes it. Writes when a batch is full or the file complete, so it may throw for earlier chunks too. */
  put(hash: string, n: number, bytes: Uint8Array): PutOutcome {
    const file = this.#file(hash);
    if (file === undefined || !Number.isInteger(n) || n < 0 || n >= chunkCount(file)) return "unknown";
    if (!file.missing.has(n)) return "duplicate";
    if (!isChunk(file, n, bytes)) return "mismatch";
    this.#buffer.set(chunkKey(file, n), new Uint8Array(bytes));
    this.#bufferedBytes += bytes.byteLength;
    file.buffered += 1;
    file.missing.delete(n);
    if (this.#bufferedBytes >= BATCH_BYTES || file.missing.size === 0) this.flush();
    return "stored";
  }

  /** Writes what is gathered. */
  flush(): void {
    if (this.#buffer.size === 0) return;
    try {
      this.#database.transaction(() => {
        for (const [key, bytes] of this.#buffer) this.#insertChunk.run(key, bytes);
      });
      for (const file of this.#files.values()) file.buffered = 0;
    } catch (error) {
      this.#files.clear(); // What is missing is read from the disk again: the batch is not there.
      throw error;
    } finally {
      this.#buffer.clear();
      this.#bufferedBytes = 0;
    }
  }

  /** Numbers of the chunks not here yet, ascending; undefined for a file nobody registered. */
  missing(hash: string): number[] | undefined {
    const file = this.#file(hash);
    return file && [...file.missing].sort((a, b) => a - b);
  }

  /**
   * A chunk in memory of its own, to be transferred to another thread, checked just now. Undefined when it isn't here, or
   * when the disk gave back something else: then it is deleted and missing from now on.
   */
  read(hash: string, n: number): Uint8Array<ArrayBuffer> | undefined {
    const file = this.#file(hash);
    if (file === undefined || file.missing.has(n)) return undefined;
    const key = chunkKey(file, n);
    const bytes = this.#buffer.get(key) ?? this.#readChunk.get(key)?.bytes;
    if (bytes === undefined) return undefined;
    if (isChunk(file, n, bytes)) return new Uint8Array(bytes);
    this.#database.transaction(() => {
      this.#deleteChunk.run(key);
      this.#setVerified.run(0, hash);
    });
    file.missing.add(n);
    return undefined;
  }

  /** Begins the check of the whole file's hash, to be driven step by step: a large file takes longer than a loop may stand. */
  beginWholeCheck(hash: string): WholeCheck {
    const { sizeBytes } = this.#file(hash) ?? { sizeBytes: 0 };
    return new WholeCheck(hash, chunkCount({ sizeBytes }), {
      read: (n) => this.read(hash, n),
      passed: () => this.#setVerified.run(1, hash),
    });
  }

  find(hash: string): StoredFile | undefined {
    const row = this.#find.get(hash);
    return row && storedFile(row);
  }

  /** Everything registered, oldest first: what an eviction chooses from. */
  list(): StoredFile[] {
    return this.#list.all().map(storedFile);
  }

  /** Removes up to 2 MiB of a file, and the file itself with its last chunk. Call again, on another turn, while `more`. */
  remove(hash: string): "more" | "removed" {
    const file = this.#file(hash);
    if (file === undefined) return "removed";
    this.#forgetBuffered(file);
    this.#files.delete(hash);
    return this.#database.transaction(() => {
      const first = chunkKey(file, 0);
      this.#setVerified.run(0, hash);
      if (this.#deleteChunks.run(first, first + CHUNKS_PER_FILE, REMOVED_AT_ONCE) === REMOVED_AT_ONCE) return "more";
      this.#deleteFile.run(file.id);
      return "removed";
    });
  }

  /** `usedBytes` counts against the budget. The file itself never shrinks: freed pages are used again. */
  usage(): { readonly usedBytes: number; readonly fileBytes: number } {
    const pageBytes = Number(this.#database.pragma("page_size"));
    const pages = Number(this.#database.pragma("page_count"));
    const free = Number(this.#database.pragma("freelist_count"));
    return { usedBytes: (pages - free) * pageBytes, fileBytes: pages * pageBytes };
  }

  /** From now on the file grows by this many bytes at most, where others need the room more; pages it has are used again. Undefined: no limit. */
  limitGrowth(bytes: number | undefined): void {
    const pageBytes = Number(this.#database.pragma("page_size"));
    const pages = Number(this.#database.pragma("page_count"));
    const most = bytes === undefined ? MOST_PAGES : pages + Math.floor(bytes / pageBytes);
    this.#database.pragma(`max_page_count = ${most}`);
  }

  /** It can be written, and no damage has been met. */
  isSound(): boolean {
    return this.#database.isSound();
  }

  /** Writes what is gathered if it can, and closes. Safe to call twice. */
  close(): void {
    try {
      this.flush();
    } catch {
      // What could not be written is fetched again at the next start.
    }
    this.#database.close();
  }

  /** Not flushed first: on a full disk, removing is the cure and must not depend on writing. */
  #forgetBuffered(file: OpenFile): void {
    for (const [key, bytes] of this.#buffer) {
      if (Math.floor(key / CHUNKS_PER_FILE) !== file.id) continue;
      this.#buffer.delete(key);
      this.#bufferedBytes -= bytes.byteLength;
    }
  }

  #file(hash: string): OpenFile | undefined {
    const remembered = this.#files.get(hash);
    if (remembered !== undefined) return remembered;
    const row = this.#find.get(hash);
    if (row === undefined) return undefined;
    const missing = new Set(Array.from({ length: chunkCount(row) }, (_, n) => n));
    const first = row.id * CHUNKS_PER_FILE;
    for (const { chunk } of this.#present.all(first, first + CHUNKS_PER_FILE)) missing.delete(chunk - first);
    const file = { id: row.id, sizeBytes: row.sizeBytes, chunkHashes: row.chunkHashes, missing, buffered: 0 };
    this.#forgetOne();
    this.#files.set(hash, file);
    return file;
  }

  /** A file with chunks in the buffer knows more than the disk and stays. */
  #forgetOne(): void {
    if (this.#files.size < FILES_REMEMBERED) return;
    for (const [hash, file] of this.#files) {
      if (file.buffered > 0) continue;
      this.#files.delete(hash);
      return;
    }
  }
}

function chunkKey(file: Pick<OpenFile, "id">, n: number): number {
  return file.id * CHUNKS_PER_FILE + n;
}

function isChunk(file: OpenFile, n: number, bytes: Uint8Array): boolean {
  const start = n * CHUNK_HASH_BYTES;
  const expectedBytes = Math.min(CHUNK_BYTES, file.sizeBytes - n * CHUNK_BYTES);
  if (bytes.byteLength !== expectedBytes) return false;
  const digest = createHash("sha256").update(bytes).digest().subarray(0, CHUNK_HASH_BYTES);
  return digest.equals(file.chunkHashes.subarray(start, start + CHUNK_HASH_BYTES));
}

function storedFile({ hash, sizeBytes, verified }: FileRow): StoredFile {
  return { hash, sizeBytes, verified: verified === 1 };
}

export interface AudioOptions {
  readonly path: string;
  readonly nowMs: UnixMs;
  /**
   * Look through the whole file first. Off by default: it reads up to 2 GiB from a flash card, every chunk is checked again
   * when it is read, and damage met while in use puts the file aside at the next opening anyway.
   */
  readonly quickCheck?: boolean | undefined;
}

export interface OpenedAudio {
  readonly audio: AudioStore;
  /** A broken database that was found and put aside: raise alarm `storage`. */
  readonly setAside: SetAside | undefined;
}

/** Opens or creates the audio database. Throws like `openOrders`; a broken file is put aside and replaced. */
export function openAudio({ path, nowMs, quickCheck = false }: AudioOptions): OpenedAudio {
  const { store, setAside } = openDatabase({
    path,
    pragmas: PRAGMAS,
    migrations: MIGRATIONS,
    quickCheck,
    nowMs,
    asidesKept: ASIDES_KEPT,
    build: (database) => new AudioStore(database),
  });
  return { audio: store, setAside };
}
