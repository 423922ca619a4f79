import type { Chance } from "../../src/domain/ports.ts";
import type { UnixMs } from "../../src/domain/time.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Chance that comes out the same each time: a small generator (mulberry32) from a seed. */
export class FakeChance implements Chance {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  nonce(): string {
    return Buffer.from(Array.from({ length: 16 }, () => Math.floor(this.fraction() * 256))).toString("base64url");
  }

  ulid(atMs: UnixMs): string {
    const digits = (count: number, next: () => number): string =>
      Array.from({ length: count }, () => CROCKFORD.charAt(next())).join("");
    let rest = atMs;
    const time = digits(10, () => {
      const digit = rest % 32;
      rest = Math.floor(rest / 32);
      return digit;
    });
    return [...time].reverse().join("") + digits(16, () => Math.floor(this.fraction() * 32));
  }
}
