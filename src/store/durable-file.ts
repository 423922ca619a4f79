import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
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
    withDescriptor(dirname(path), "r", mode, fsyncSync);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

function withDescriptor(path: string, flags: string, mode: number, act: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, mode);
  try {
    act(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
