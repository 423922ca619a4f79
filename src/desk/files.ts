import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncNames, syncTree } from "../store/durable-file.ts";

/** For keys: owner only from the first byte, and never over an existing one. */
export function writePrivate(path: string, text: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
}

/** JSON and other text without secrets. */
export function writePublic(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o644, flag: "wx" });
}

export function isMissingOrEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    throw error;
  }
}

/**
 * A folder that is there whole or not at all, whatever becomes of the power: made beside its place, synced, then moved in.
 * @param makeWay called when all is written, to put away what stands in its place
 */
export async function buildFolder(
  folder: string,
  build: (unfinished: string) => Promise<void>,
  makeWay: () => void = () => {},
): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await build(unfinished);
    syncTree(unfinished);
    makeWay();
    renameSync(unfinished, folder);
    syncNames(dirname(folder));
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}
