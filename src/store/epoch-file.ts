import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fileFailure } from "./failures.ts";

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/**
 * The last epoch's id, kept outside the database: with it, a lost database is told from a first start. Undefined when
 * there is none or it can't be read as one.
 */
export function readEpochFile(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return ULID.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Old or new, never half: written beside, synced, renamed, and the folder synced. */
export function writeEpochFile(path: string, epoch: string): void {
  const draft = `${path}.new`;
  try {
    withDescriptor(draft, "w", (file) => {
      writeSync(file, `${epoch}\n`);
      fsyncSync(file);
    });
    renameSync(draft, path);
    withDescriptor(dirname(path), "r", fsyncSync);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

function withDescriptor(path: string, flags: string, act: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, 0o600);
  try {
    act(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
