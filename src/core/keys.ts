import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KID_BYTES = 16;

/** DER of SubjectPublicKeyInfo for Ed25519 (RFC 8410) up to the 32 raw bytes. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

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

const REMEMBERED_KEYS = 256;
const REMEMBERED_SIGNATURES = 1024;

/** Both only remember what a pure function answered, so they are invisible but for the time they save. */
const keyObjects = new Map<string, KeyObject>();
const goodSignatures = new Map<string, true>();

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
  if (goodSignatures.delete(name)) {
    goodSignatures.set(name, true); // The one used longest ago goes first when there is no more room.
    return true;
  }
  if (!verifySignature(rawPublicKey, input, signature)) return false;
  remember(goodSignatures, name, true, REMEMBERED_SIGNATURES);
  return true;
}

function haveLengths(rawPublicKey: Uint8Array, signature: Uint8Array): boolean {
  return rawPublicKey.length === KEY_BYTES && signature.length === SIGNATURE_BYTES;
}

function keyObject(raw: Uint8Array): KeyObject {
  const name = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("base64");
  const known = keyObjects.get(name);
  if (known !== undefined) return known;
  const made = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
  remember(keyObjects, name, made, REMEMBERED_KEYS);
  return made;
}

function remember<Value>(memory: Map<string, Value>, name: string, value: Value, atMost: number): void {
  memory.set(name, value);
  if (memory.size <= atMost) return;
  for (const oldest of memory.keys()) {
    memory.delete(oldest);
    return;
  }
}

function withoutSign(raw: Buffer): Buffer {
  const y = Buffer.from(raw);
  y.writeUInt8(y.readUInt8(KEY_BYTES - 1) & 0x7f, KEY_BYTES - 1);
  return y;
}

function isBelowPrime(y: Buffer): boolean {
  return Buffer.compare(y.toReversed(), FIELD_PRIME.toReversed()) < 0;
}
