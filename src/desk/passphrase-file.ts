import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { isAgentFailure } from "../domain/failure.ts";
import { deskFailure } from "./failure.ts";

/** Half a second a guess, and this many characters, is what keeps a stolen file shut. */
export const LEAST_CHARACTERS = 12;

const OTHERS = 0o077;

/**
 * The passphrase that a file holds, without its line end. For services and scripts; systemd hands such files out as credentials.
 * @throws AgentFailure `desk-invalid` when it can't be read, others can read it, or nothing is in it
 */
export function readPassphrase(path: string): string {
  let text: string;
  try {
    const file = openSync(path, "r");
    try {
      if ((fstatSync(file).mode & OTHERS) !== 0) throw deskFailure("desk.passphrase.shared", { path });
      text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isAgentFailure(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("desk.passphrase.file", { path, reason }, "desk-invalid", error);
  }
  if (text === "" || text.includes("\n")) {
    throw deskFailure("desk.passphrase.file", { path, reason: "" });
  }
  return text;
}

/** @throws AgentFailure `desk-invalid` when it is too easy to guess to guard a new key */
export function longEnough(passphrase: string): string {
  const { length } = [...passphrase.normalize("NFC")];
  if (length >= LEAST_CHARACTERS) return passphrase;
  throw deskFailure("desk.passphrase.short", { least: LEAST_CHARACTERS });
}
