import { generateKeyPairSync } from "node:crypto";
import { keyId } from "../core/keys.ts";

export interface NewKey {
  /** PKCS 8, for a private file. */
  readonly pem: string;
  /** The public half: 32 bytes, base64url. */
  readonly publicKey: string;
}

export function newSigningKey(): NewKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  // SubjectPublicKeyInfo of Ed25519 ends in the 32 raw bytes (RFC 8410).
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return { pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), publicKey: raw.toString("base64url") };
}

/** @param publicKey raw, base64url, as key files and delegations bear it */
export function kidOf(publicKey: string): string {
  return keyId(Buffer.from(publicKey, "base64url"));
}
