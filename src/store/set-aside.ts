import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { UnixMs } from "../domain/time.ts";
import { fileFailure } from "./failures.ts";

export interface SetAside {
  /** Where the broken database is now. */
  readonly path: string;
  /** For people: what was found. */
  readonly reason: string;
}

/** A file of this name beside a database says: it is damaged, don't open it again. */
function markPath(path: string): string {
  return `${path}.suspect`;
}

export function isMarked(path: string): boolean {
  return existsSync(markPath(path));
}

export function mark(path: string): void {
  try {
    writeFileSync(markPath(path), "");
  } catch {
    // The disk that did the damage may refuse this too; the check at the next opening is the second chance.
  }
}

const COMPANIONS = ["-wal", "-shm", "-journal"] as const;

/**
 * Renames a database and its companion files so that they can still be opened together, and removes older ones beyond
 * `kept`: a dying card that breaks a database at each start must not fill the disk with them.
 */
export function putAside(path: string, nowMs: UnixMs, kept: number): string {
  mark(path); // A power cut between two renames must not leave a log without its database, or the reverse, to be opened.
  try {
    const target = freeName(`${path}.broken-${new Date(nowMs).toISOString().replaceAll(/[-:.]/g, "")}`);
    for (const suffix of ["", ...COMPANIONS]) {
      if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
    }
    rmSync(markPath(path), { force: true });
    removeOldest(path, kept);
    return target;
  } catch (error) {
    throw fileFailure(error, path);
  }
}

function freeName(name: string): string {
  let candidate = name;
  for (let n = 2; existsSync(candidate); n += 1) candidate = `${name}-${n}`;
  return candidate;
}

function removeOldest(path: string, kept: number): void {
  const folder = dirname(path);
  const asides = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.broken-`))
    .filter((name) => !COMPANIONS.some((companion) => name.endsWith(companion)))
    .map((name) => ({ path: join(folder, name), changedMs: statSync(join(folder, name)).ctimeMs }))
    .sort((a, b) => b.changedMs - a.changedMs);
  for (const aside of asides.slice(kept)) {
    for (const suffix of ["", ...COMPANIONS]) rmSync(aside.path + suffix, { force: true });
  }
}
