import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  scrypt,
} from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import type { Signer } from "../domain/ports.ts";
import { writeDurably } from "../store/durable-file.ts";
import { type EnvelopeJson, envelopeSchema } from "../wire/envelope-shape.ts";
import { deskFailure } from "./failure.ts";
import { plainName } from "./names.ts";

/** 128 MiB and about half a second for each guess at a passphrase (scrypt's N, with r = 8 and p = 1). */
export const USUAL_COST = 2 ** 17;
/** No key is cheaper to guess. */
const LEAST_COST = 2 ** 14;
/** A damaged file must not ask for all memory: this is 1 GiB. */
const MOST_COST = 2 ** 20;

const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
const CIPHER = "chacha20-poly1305";
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A private key as it lies on disk: nothing but its secret is secret, and nothing of it can be changed unnoticed. */
export interface LockedKey {
  readonly format: "loa-key-1";
  /** The issuer it speaks for; `root` for a root key. */
  readonly issuer: string;
  /** Who knows its passphrase. */
  readonly holder: string;
  /** Raw Ed25519, base64url. */
  readonly publicKey: string;
  readonly derivation: {
    readonly name: "scrypt";
    readonly cost: number;
    readonly blockSize: typeof BLOCK_SIZE;
    readonly parallelization: typeof PARALLELIZATION;
    readonly salt: string;
  };
  readonly encryption: { readonly name: typeof CIPHER; readonly nonce: string };
  /** PKCS 8, encrypted, and behind it the tag. */
  readonly secret: string;
}

/** The chain proves what the key may do; it is public, and renewed without touching the key. Root keys have none. */
export interface KeyFile {
  readonly key: LockedKey;
  readonly chain: readonly EnvelopeJson[];
}

const base64url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/));
const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));

const keySchema: v.GenericSchema<unknown, LockedKey> = v.strictObject({
  format: v.literal("loa-key-1"),
  issuer: v.string(),
  holder: v.string(),
  publicKey: base64url,
  derivation: v.strictObject({
    name: v.literal("scrypt"),
    cost: v.pipe(v.number(), v.check(isPowerOfTwo), v.minValue(LEAST_COST), v.maxValue(MOST_COST)),
    blockSize: v.literal(BLOCK_SIZE),
    parallelization: v.literal(PARALLELIZATION),
    salt: base64url,
  }),
  encryption: v.strictObject({ name: v.literal(CIPHER), nonce: base64url }),
  secret: base64url,
});

const fileSchema = v.strictObject({ key: keySchema, chain: v.array(envelopeSchema) });

export async function lockKey(
  privateKey: KeyObject,
  owner: Pick<LockedKey, "issuer" | "holder">,
  passphrase: string,
  cost: number,
): Promise<LockedKey> {
  if (cost < LEAST_COST) throw new TypeError(`a key that costs ${cost} to guess`);
  const open: Omit<LockedKey, "secret"> = {
    format: "loa-key-1",
    ...owner,
    publicKey: createPublicKey(privateKey).export({ format: "jwk" }).x ?? "",
    derivation: {
      ...{ name: "scrypt", cost, blockSize: BLOCK_SIZE, parallelization: PARALLELIZATION },
      salt: randomBytes(SALT_BYTES).toString("base64url"),
    },
    encryption: { name: CIPHER, nonce: randomBytes(NONCE_BYTES).toString("base64url") },
  };
  const key = await derive(passphrase, open.derivation);
  const cipher = createCipheriv(CIPHER, key, Buffer.from(open.encryption.nonce, "base64url"), {
    authTagLength: TAG_BYTES,
  });
  const plain = privateKey.export({ type: "pkcs8", format: "der" });
  cipher.setAAD(openPart(open), { plaintextLength: plain.length });
  const secret = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  plain.fill(0);
  key.fill(0);
  return { ...open, secret: secret.toString("base64url") };
}

/** Undefined for a wrong passphrase, and for a file that was changed: the two look alike. */
export async function unlockKey(locked: LockedKey, passphrase: string): Promise<KeyObject | undefined> {
  const key = await derive(passphrase, locked.derivation);
  const decipher = createDecipheriv(CIPHER, key, Buffer.from(locked.encryption.nonce, "base64url"), {
    authTagLength: TAG_BYTES,
  });
  const sealed = Buffer.from(locked.secret, "base64url");
  const body = sealed.subarray(0, -TAG_BYTES);
  try {
    decipher.setAAD(openPart(locked), { plaintextLength: body.length });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(body), decipher.final()]);
    const opened = createPrivateKey({ key: plain, type: "pkcs8", format: "der" });
    plain.fill(0);
    return opened;
  } catch {
    return undefined;
  } finally {
    key.fill(0);
  }
}

/** Everything but the secret, in an order of its own: what the tag also vouches for. */
function openPart({ format, issuer, holder, publicKey, derivation, encryption }: Omit<LockedKey, "secret">): Buffer {
  const { name, cost, blockSize, parallelization, salt } = derivation;
  const derived = [name, cost, blockSize, parallelization, salt];
  return Buffer.from(JSON.stringify([format, issuer, holder, publicKey, derived, encryption.name, encryption.nonce]));
}

/** In one Unicode form: two keyboards may write the same Vietnamese letter as different code points. */
function derive(passphrase: string, { cost, salt }: LockedKey["derivation"]): Promise<Buffer> {
  const options = { N: cost, r: BLOCK_SIZE, p: PARALLELIZATION, maxmem: 256 * cost * BLOCK_SIZE };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), Buffer.from(salt, "base64url"), KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** For keys: owner only from the first byte, there whole or not at all, and on disk when this returns. */
export function writeKeyFile(path: string, file: KeyFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeDurably(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

/** Told apart by kid too: two holders' names may look alike without their accents, and one may get a new key. */
export function keyFileName(holder: string, { kid }: Pick<Signer, "kid">): string {
  return `${[plainName(holder), kid.slice(0, 8)].filter(Boolean).join(".")}.key`;
}

/** @throws AgentFailure `desk-invalid` */
export function readKeyFile(path: string): KeyFile {
  try {
    return v.parse(fileSchema, JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("desk.damaged", { path, reason }, "desk-invalid", error);
  }
}

/** The key files of a folder, by path. One may be a link to a stick that its holder has taken away: it is not here then. */
export function keyFilesIn(folder: string): ReadonlyMap<string, KeyFile> {
  const paths = keyPathsIn(folder).filter((path) => existsSync(path));
  return new Map(paths.map((path) => [path, readKeyFile(path)]));
}

export function keyPathsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".key"))
    .map((name) => join(folder, name))
    .toSorted();
}
