import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { DeviceTrial } from "../domain/diagnosis.ts";
import type { Milliseconds } from "../domain/time.ts";

const TRIAL_WITHIN_MS: Milliseconds = 5_000;

/** Ids of the cards the kernel knows; undefined where it has no sound at all. */
export function listCards(file = "/proc/asound/cards"): readonly string[] | undefined {
  try {
    return [...readFileSync(file, "utf8").matchAll(/^\s*\d+ \[(\S+)\s*\]/gm)].map(([, id = ""]) => id);
  } catch {
    return undefined;
  }
}

/** Opens a device as a play does, hands it nothing, and lets it go. Not while an agent runs: it would be in its way. */
export function tryDevice(
  aplay: string,
  sink: { readonly device: string; readonly rateHz: number; readonly channels: number },
): Promise<DeviceTrial> {
  const { device, rateHz, channels } = sink;
  const args = [
    "-q",
    "-N", // as a play does: what is in use is told, not waited for
    "-D",
    device,
    "-t",
    "raw",
    "-f",
    "S16_LE",
    "-r",
    String(rateHz),
    "-c",
    String(channels),
    "/dev/null",
  ];
  return new Promise((resolve) => {
    const options = { timeout: TRIAL_WITHIN_MS, killSignal: "SIGKILL", env: { ...process.env, LC_ALL: "C" } } as const;
    execFile(aplay, args, options, (error, _stdout, stderr) => {
      if (error === null) return resolve({ kind: "opened" });
      if (/Device or resource busy/.test(stderr)) return resolve({ kind: "busy" });
      const said =
        stderr
          .trim()
          .split("\n")
          .findLast((line) => line.includes("aplay:")) ?? stderr.trim();
      resolve({ kind: "failed", reason: said === "" ? error.message : said.replace(/^aplay: \w+:\d+: /, "") });
    });
  });
}
