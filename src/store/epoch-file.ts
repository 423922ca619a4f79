import { readFileSync } from "node:fs";
import { writeDurably } from "./durable-file.ts";

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

export function writeEpochFile(path: string, epoch: string): void {
  writeDurably(path, `${epoch}\n`);
}
