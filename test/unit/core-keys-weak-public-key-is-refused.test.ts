import { describe, expect, test } from "vitest";
import { checkPublicKey, keyId, verifyLinkSignature, verifySignature } from "../../src/core/keys.ts";
import { aKey } from "../fakes/builders.ts";

const P = 2n ** 255n - 19n;
const D = mod(-121_665n * power(121_666n, P - 2n));

function mod(a: bigint): bigint {
  return ((a % P) + P) % P;
}
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}
function encode(y: bigint, sign = 0n): string {
  const bytes = Buffer.from((y | (sign << 255n)).toString(16).padStart(64, "0"), "hex");
  return bytes.reverse().toString("base64url");
}

/**
 * y of the points of order 8: such a point doubles to one of order 4, whose y is 0, so x² = −y². Put into the curve −x² + y² =
 * 1 + d·x²·y², that is d·z² + 2·z − 1 = 0 for z = y².
 */
function orderEight(): bigint[] {
  const root = squareRoot(mod(1n + D)) ?? 0n;
  return [root, mod(-root)]
    .map((r) => squareRoot(mod((r - 1n) * power(D, P - 2n))))
    .flatMap((y) => (y === undefined ? [] : [y, mod(-y)]));
}
function squareRoot(a: bigint): bigint | undefined {
  const candidate = power(a, (P + 3n) / 8n);
  for (const r of [candidate, mod(candidate * power(2n, (P - 1n) / 4n))]) if (mod(r * r) === a) return r;
  return undefined;
}

describe("public keys", () => {
  test("a good key is taken and named by its hash", () => {
    const key = aKey();
    expect(checkPublicKey(key.publicKey)).toEqual({ kind: "good", raw: Buffer.from(key.raw), kid: key.kid });
    expect(key.kid).toHaveLength(22);
    expect(keyId(key.raw)).toBe(key.kid);
  });

  test("every point of small order is refused, with either sign", () => {
    const eight = orderEight();
    expect(eight).toHaveLength(2);
    for (const y of [0n, 1n, P - 1n, ...eight]) {
      for (const sign of [0n, 1n]) {
        expect(checkPublicKey(encode(y, sign))).toEqual({ kind: "bad", reason: "of small order" });
      }
    }
  });

  test("y at or above the prime is refused: two texts must never be one key", () => {
    for (let y = P; y < 2n ** 255n; y += 1n) {
      for (const sign of [0n, 1n]) {
        expect(checkPublicKey(encode(y, sign))).toEqual({ kind: "bad", reason: "not canonical" });
      }
    }
  });

  test.each([
    ["31 bytes", Buffer.alloc(31, 9).toString("base64url"), "31 bytes instead of 32"],
    ["33 bytes", Buffer.alloc(33, 9).toString("base64url"), "33 bytes instead of 32"],
    ["nothing", "", "0 bytes instead of 32"],
    ["padding", `${Buffer.alloc(32, 9).toString("base64url")}=`, "not strict base64url"],
    ["the other alphabet", "+".repeat(43), "not strict base64url"],
    ["unused bits set", `${"A".repeat(42)}B`, "not strict base64url"],
  ])("%s is refused", (_name, text, reason) => {
    expect(checkPublicKey(text)).toEqual({ kind: "bad", reason });
  });
});

describe("signatures", () => {
  test.each([verifySignature, verifyLinkSignature])("%o holds for its bytes and key alone, asked twice", (verify) => {
    const key = aKey();
    const input = Buffer.from("một bản tin");
    const signature = key.sign(input);
    for (let round = 0; round < 2; round += 1) {
      expect(verify(key.raw, input, signature)).toBe(true);
      expect(verify(aKey().raw, input, signature)).toBe(false);
      expect(verify(key.raw, Buffer.from("một bản tim"), signature)).toBe(false);
      expect(verify(key.raw, input, signature.subarray(1))).toBe(false);
      expect(verify(key.raw.subarray(1), input, signature)).toBe(false);
    }
  });

  test("a key that is no point of the curve verifies nothing and throws nothing", () => {
    const raw = Buffer.alloc(32);
    raw[0] = 2;
    expect(verifySignature(raw, Buffer.from("x"), Buffer.alloc(64))).toBe(false);
  });

  // The memory of good signatures was once asked before the lengths were.
  test("a good link signature does not vouch for another split of the same bytes", () => {
    const key = aKey();
    const input = Buffer.from("abc");
    const signature = Buffer.from(key.sign(input));
    expect(verifyLinkSignature(key.raw, input, signature)).toBe(true);
    const shifted = Buffer.concat([signature, input]);
    expect(verifyLinkSignature(key.raw, shifted.subarray(65), shifted.subarray(0, 65))).toBe(false);
  });
});
