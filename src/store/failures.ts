import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { AgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";

/** Turns what SQLite throws into what the rest of the agent understands. Anything else is handed back as it is. */
export function storageFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code.startsWith("SQLITE_FULL") || (mayMeanFullDisk(error.code) && hasNoRoom(path))) {
    return diskFull(path, error);
  }
  return unusable(path, `${error.message} (${error.code})`, error);
}

export function unusable(path: string, reason: string, cause: unknown): AgentFailure {
  return new AgentFailure("database-broken", say("failure.databaseUnusable.message", { path, reason }), {
    hint: say("failure.databaseUnusable.hint"),
    cause,
  });
}

function diskFull(path: string, cause: unknown): AgentFailure {
  return new AgentFailure("disk-full", say("failure.diskFull.message", { path }), {
    hint: say("failure.diskFull.hint"),
    cause,
  });
}

/** The file's own content is wrong, as opposed to a world that does not let us read or write it. */
export function isCorruption(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_READ|IOERR_SHORT_READ|IOERR_CORRUPTFS)/.test(sqliteCode(error));
}

/** At opening, SQL that does not fit the tables means the same as corruption: this is no database of ours. */
export function isForeignSchema(error: unknown): boolean {
  return /^SQLITE_(ERROR|CONSTRAINT|MISMATCH)/.test(sqliteCode(error));
}

function sqliteCode(error: unknown): string {
  const origin = error instanceof AgentFailure ? error.cause : error;
  return origin instanceof Database.SqliteError ? origin.code : "";
}

/** SQLite says FULL only for a failed write; a journal, -wal or -shm that can't be made or synced shows as these. */
function mayMeanFullDisk(code: string): boolean {
  return code.startsWith("SQLITE_IOERR") || code.startsWith("SQLITE_CANTOPEN");
}

function hasNoRoom(path: string): boolean {
  try {
    const { bavail, ffree, files } = statfsSync(dirname(path));
    return bavail === 0 || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}

/** For writes beside SQLite (`node:fs`): the same words for the same fault. */
export function fileFailure(error: unknown, path: string): AgentFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return code === "ENOSPC" || code === "EDQUOT" ? diskFull(path, error) : unusable(path, code, error);
}
