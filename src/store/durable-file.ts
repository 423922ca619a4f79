import { closeSync, fsyncSync, openSync, readdirSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileFailure } from "./failures.ts";

/**
 * Old or new, never half, and on disk when this returns: written beside, synced, renamed, and the folder synced.
 * @throws AgentFailure `disk-full`, or `database-broken` when the world is in the way
 */
export function writeDurably(path: string, data: string | Uint8Array, mode = 0o600): void {
  const draft = `${path}.new`;
  try {
    withDescriptor(draft, "w", mode, (file) => {
      const bytes = Buffer.from(data);
      for (let from = 0; from < bytes.byteLength; ) from += writeSync(file, bytes, from);
      fsyncSync(file);
    });
    renameSync(draft, path);
    syncNames(dirname(path));
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** What stands in a folder, and what no longer does, by name. */
export function syncNames(folder: string): void {
  withDescriptor(folder, "r", 0, fsyncSync);
}

/** All below a folder, files and names: moved into its place without that, it may be there and empty when the power comes back. */
export function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) withDescriptor(path, "r", 0, fsyncSync);
  }
  syncNames(folder);
}

function withDescriptor(path: string, flags: string, mode: number, act: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, mode);
  try {
    act(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
