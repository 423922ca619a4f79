import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { writePrivate } from "./files.ts";
import type { KeyOwner, Passphrases } from "./keyring.ts";
import { SERVICE } from "./names.ts";
import { readPassphrase } from "./passphrase-file.ts";

/**
 * For the keys of `desk serve` a passphrase by chance in a file, because nobody is there to type one. Once an office has moved the
 * file (README, "In the office"), they are asked for like all others.
 */
export function withServicePassphrase(others: Passphrases, path: string): Passphrases {
  return {
    async *forOpening(owner: KeyOwner) {
      if (owner.holder === SERVICE && existsSync(path)) yield readPassphrase(path);
      yield* others.forOpening(owner);
    },
    async forNewKey(owner: KeyOwner) {
      if (owner.holder !== SERVICE) return await others.forNewKey(owner);
      return existsSync(path) ? readPassphrase(path) : await others.forNewKey(owner);
    },
  };
}

export function makeServicePassphrase(path: string): void {
  writePrivate(path, `${randomBytes(32).toString("base64url")}\n`);
}
