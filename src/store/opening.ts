import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { AgentFailure } from "../domain/failure.ts";
import type { UnixMs } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { fileFailure, isCorruption, isForeignSchema, storageFailure, unusable } from "./failures.ts";
import { latestVersion, type Migration, migrate } from "./migrations.ts";
import { isMarked, mark, putAside, type SetAside } from "./set-aside.ts";
import { SqlDatabase } from "./sqlite.ts";

const BUSY_TIMEOUT_MS = 5_000;

export interface OpeningPlan<Store> {
  readonly path: string;
  readonly pragmas: readonly string[];
  readonly migrations: readonly Migration[];
  /** Read the whole file for structural damage first. Seconds on a large file. */
  readonly quickCheck: boolean;
  /** Names what is put aside. */
  readonly nowMs: UnixMs;
  /** How many broken predecessors stay on the disk, the new one included. */
  readonly asidesKept: number;
  /** Prepares the statements: the last proof that the tables are ours. */
  readonly build: (database: SqlDatabase) => Store;
}

export interface Opening<Store> {
  readonly store: Store;
  /** What was broken and now stands aside; the caller raises alarm `storage`. */
  readonly setAside: SetAside | undefined;
}

/**
 * Opens or creates a database for writing. A broken one is put aside and a new one takes its place.
 * Throws `database-newer` (nothing touched), `disk-full`, or `database-broken` when the world is in the way.
 */
export function openDatabase<Store>(plan: OpeningPlan<Store>): Opening<Store> {
  refuseNewer(plan.path, latestVersion(plan.migrations));
  makeFolder(plan.path);
  if (isMarked(plan.path)) return rebuild(plan, "damage was met while it was in use");
  try {
    return { store: openOnce(plan), setAside: undefined };
  } catch (error) {
    if (!isCorruption(error) && !isForeignSchema(error)) throw error;
    return rebuild(plan, error instanceof Error ? error.message : String(error));
  }
}

function rebuild<Store>(plan: OpeningPlan<Store>, reason: string): Opening<Store> {
  const path = putAside(plan.path, plan.nowMs, plan.asidesKept);
  return { store: openOnce(plan), setAside: { path, reason } };
}

function openOnce<Store>(plan: OpeningPlan<Store>): Store {
  const handle = connect(plan.path, plan.path, false);
  // Damage met later can only be mended at the next start; the mark makes sure that it is, also for a file too large to check.
  const database = new SqlDatabase(handle, plan.path, () => mark(plan.path));
  try {
    for (const pragma of plan.pragmas) database.pragma(pragma);
    if (plan.quickCheck) refuseDamaged(database, plan.path);
    migrate(database, plan.migrations);
    return plan.build(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function connect(path: string, source: string | Buffer, readonly: boolean): Database.Database {
  try {
    return new Database(source, { timeout: BUSY_TIMEOUT_MS, readonly, fileMustExist: readonly });
  } catch (error) {
    throw storageFailure(error, path);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileFailure(error, path);
  }
}

function refuseDamaged(database: SqlDatabase, path: string): void {
  const finding = String(database.pragma("quick_check(1)"));
  if (finding === "ok") return;
  throw storageFailure(new Database.SqliteError(`quick_check: ${finding}`, "SQLITE_CORRUPT"), path);
}

/**
 * A connection that only looks, for `loa status` while no agent runs. It leaves no file behind: a database without a live
 * write-ahead log is read from a copy in memory, because SQLite would make -wal and -shm beside it even to read.
 * Throws `database-newer`, or `database-broken` when it is missing or can't be read.
 */
export function openReadOnly(path: string, migrations: readonly Migration[]): SqlDatabase {
  const known = latestVersion(migrations);
  if (fileBytes(path) === 0) throw unusable(path, "not there", undefined);
  refuseNewer(path, known);
  const database = new SqlDatabase(connectReadOnly(path), path, () => {});
  try {
    const found = Number(database.pragma("user_version"));
    if (found === known) return database;
    // Reading does not migrate, and queries written for today's tables would lie about yesterday's.
    throw unusable(path, `version ${found}, not ${known}`, undefined);
  } catch (error) {
    database.close();
    throw error;
  }
}

const LARGEST_COPY_BYTES = 64 * 1024 * 1024;
/** Header bytes 18 and 19 say "write-ahead log" (2); a database in memory can't have one (1). */
const FORMAT_BYTES_AT = 18;

export function connectReadOnly(path: string): Database.Database {
  if (fileBytes(`${path}-wal`) > 0 || fileBytes(path) > LARGEST_COPY_BYTES) {
    return connect(path, path, true);
  }
  const image = readFileSync(path);
  image.fill(1, FORMAT_BYTES_AT, FORMAT_BYTES_AT + 2);
  return connect(path, image, true);
}

/** Looks without SQLite where it can, so that a refused file and its folder stay byte for byte as they were. */
function refuseNewer(path: string, known: number): void {
  const found = Math.max(versionInHeader(path), versionInLog(path));
  if (found <= known) return;
  throw new AgentFailure("database-newer", say("failure.databaseNewer.message", { path, found, known }), {
    hint: say("failure.databaseNewer.hint"),
  });
}

const MAGIC = "SQLite format 3\0";
const USER_VERSION_AT = 60;

/** `PRAGMA user_version` as the file's first page has it; 0 for what isn't a database. */
function versionInHeader(path: string): number {
  if (fileBytes(path) < USER_VERSION_AT + 4) return 0;
  const header = Buffer.alloc(USER_VERSION_AT + 4);
  const file = openSync(path, "r");
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return header.toString("latin1", 0, MAGIC.length) === MAGIC ? header.readUInt32BE(USER_VERSION_AT) : 0;
}

/** A version may have been committed to the log and not yet to the file (a newer agent, killed). SQLite reads that for us. */
function versionInLog(path: string): number {
  if (fileBytes(`${path}-wal`) === 0) return 0;
  try {
    const handle = connect(path, path, true);
    try {
      return Number(handle.pragma("user_version", { simple: true }));
    } finally {
      handle.close();
    }
  } catch {
    return 0; // Not readable as a database: the opening itself finds out why.
  }
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
