import { randomBytes } from "node:crypto";
import type { Chance } from "../domain/ports.ts";
import type { UnixMs } from "../domain/time.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/** The kernel's randomness: two boxes flashed from one image start with nothing in common. */
export class SystemChance implements Chance {
  fraction(): number {
    return randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
  }

  nonce(): string {
    return randomBytes(16).toString("base64url");
  }

  /** 48 bits of time, 80 of chance. */
  ulid(atMs: UnixMs): string {
    let time = "";
    for (let rest = Math.floor(atMs), digit = 0; digit < TIME_DIGITS; digit += 1, rest = Math.floor(rest / 32)) {
      time = CROCKFORD.charAt(rest % 32) + time;
    }
    const random = Array.from(randomBytes(RANDOM_DIGITS), (byte) => CROCKFORD.charAt(byte % 32)).join("");
    return time + random;
  }
}
