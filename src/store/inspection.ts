import { statSync } from "node:fs";
import type { DatabaseFacts } from "../domain/diagnosis.ts";
import { connectReadOnly } from "./opening.ts";

const LARGEST_CHECKED_BYTES = 64 * 1024 * 1024;
const MEBIBYTE = 1_048_576;

/** Looks at a database without writing to it, also beside the agent that uses it. What is wrong with it is the answer, never a throw. */
export function inspectDatabase(path: string): DatabaseFacts {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes === 0) return { kind: "absent" };
  try {
    const database = connectReadOnly(path);
    try {
      const checked = bytes <= LARGEST_CHECKED_BYTES;
      const fault = checked ? database.pragma("quick_check(1)", { simple: true }) : "ok";
      if (fault !== "ok") return { kind: "broken", reason: String(fault) };
      const version = Number(database.pragma("user_version", { simple: true }));
      return { kind: "opened", version, megabytes: Math.ceil(bytes / MEBIBYTE), checked };
    } finally {
      database.close();
    }
  } catch (error) {
    return { kind: "broken", reason: error instanceof Error ? error.message : String(error) };
  }
}
