import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { Memory } from "../domain/memory.ts";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KID_BYTES = 16;

/** 2^255 − 19, little-endian. */
const FIELD_PRIME = Buffer.from(`ed${"ff".repeat(30)}7f`, "hex");

/**
 * y of the eight points whose order divides 8, little-endian, sign bit clear: orders 4, 1, 2, 8, 8. A signature under such a key
 * can hold for messages nobody signed.
 */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  `ec${"ff".repeat(30)}7f`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

const keyObjects = new Memory<KeyObject>(256);
const goodSignatures = new Memory<true>(1024);

/** The name of a key: base64url of the first 16 bytes of SHA-256 over its 32 raw bytes. */
export function keyId(rawPublicKey: Uint8Array): string {
  return createHash("sha256").update(rawPublicKey).digest().subarray(0, KID_BYTES).toString("base64url");
}

export type PublicKeyCheck =
  | { readonly kind: "good"; readonly raw: Uint8Array; readonly kid: string }
  | { readonly kind: "bad"; readonly reason: string };

/** Judges a public key as it stands in a message: 32 bytes in strict base64url, canonical (y < p), not of small order. */
export function checkPublicKey(text: string): PublicKeyCheck {
  const raw = Buffer.from(text, "base64url");
  if (raw.toString("base64url") !== text) return { kind: "bad", reason: "not strict base64url" };
  if (raw.length !== KEY_BYTES) return { kind: "bad", reason: `${raw.length} bytes instead of ${KEY_BYTES}` };
  const y = withoutSign(raw);
  if (!isBelowPrime(y)) return { kind: "bad", reason: "not canonical" };
  if (SMALL_ORDER_Y.has(y.toString("hex"))) return { kind: "bad", reason: "of small order" };
  return { kind: "good", raw, kid: keyId(raw) };
}

/** Ed25519 (RFC 8032). False for every malformed input; never throws. The key must have passed `checkPublicKey`. */
export function verifySignature(rawPublicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): boolean {
  return haveLengths(rawPublicKey, signature) && verify(null, input, keyObject(rawPublicKey), signature);
}

/**
 * The same answer, remembered when it is yes: chain links come again with every message. The name it is remembered by covers key,
 * signature and input (the first two of fixed length, or another split of the same octets would borrow the answer), and only who
 * holds a key can fill the memory.
 */
export function verifyLinkSignature(rawPublicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): boolean {
  if (!haveLengths(rawPublicKey, signature)) return false;
  const name = createHash("sha256").update(rawPublicKey).update(signature).update(input).digest("base64");
  if (goodSignatures.get(name)) return true;
  if (!verifySignature(rawPublicKey, input, signature)) return false;
  goodSignatures.set(name, true);
  return true;
}

function haveLengths(rawPublicKey: Uint8Array, signature: Uint8Array): boolean {
  return rawPublicKey.length === KEY_BYTES && signature.length === SIGNATURE_BYTES;
}

function keyObject(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("base64url");
  const known = keyObjects.get(x);
  if (known !== undefined) return known;
  const made = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }); // RFC 8037; DER takes half as long again
  keyObjects.set(x, made);
  return made;
}

function withoutSign(raw: Buffer): Buffer {
  const y = Buffer.from(raw);
  y.writeUInt8(y.readUInt8(KEY_BYTES - 1) & 0x7f, KEY_BYTES - 1);
  return y;
}

function isBelowPrime(y: Buffer): boolean {
  return Buffer.compare(y.toReversed(), FIELD_PRIME.toReversed()) < 0;
}
