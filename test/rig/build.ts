import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

export const cardPlugin = join(import.meta.dirname, ".build/libasound_module_pcm_loavirtual.so");
export const microphonePlugin = join(import.meta.dirname, ".build/libasound_module_pcm_loamicrophone.so");
const slowExecLibrary = join(import.meta.dirname, ".build/slow-exec.so");
const slowFsyncLibrary = join(import.meta.dirname, ".build/slow-fsync.so");

/** Compiles what is older than its source. Needs cc and ALSA's headers (Debian: libasound2-dev). */
export async function buildRig(): Promise<void> {
  await promisify(execFile)("sh", [join(import.meta.dirname, "build.sh")]);
}

/** Environment of a process which waits `delayMs` longer for each child that it starts. */
export async function slowExecEnvironment(delayMs: number): Promise<{ LD_PRELOAD: string; SLOW_EXEC_MS: string }> {
  await buildRig();
  return { LD_PRELOAD: slowExecLibrary, SLOW_EXEC_MS: String(delayMs) };
}

/** Environment of a process whose every fsync and fdatasync takes `delayMs` longer. */
export async function slowFsyncEnvironment(delayMs: number): Promise<{ LD_PRELOAD: string; SLOW_FSYNC_MS: string }> {
  await buildRig();
  return { LD_PRELOAD: slowFsyncLibrary, SLOW_FSYNC_MS: String(delayMs) };
}
