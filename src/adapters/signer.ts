import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { AgentFailure, isAgentFailure } from "../domain/failure.ts";
import type { Signer } from "../domain/ports.ts";
import { say } from "../texts/say.ts";

const KID_BYTES = 16;
const OTHERS = 0o077;

/** An Ed25519 key from a file. It stays inside: only signatures come out. */
export class FileSigner implements Signer {
  readonly kid: string;
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
    const publicKey = createPublicKey(key).export({ format: "jwk" }).x ?? "";
    const digest = createHash("sha256").update(Buffer.from(publicKey, "base64url")).digest();
    this.kid = digest.subarray(0, KID_BYTES).toString("base64url");
  }

  sign(input: Uint8Array): Uint8Array {
    return sign(null, input, this.#key);
  }
}

/** PKCS 8 PEM, mode 0600. Throws `enrolment-invalid` when others can read it or it holds no Ed25519 key. */
export function loadSigner(pemPath: string): Signer {
  return new FileSigner(ed25519From(readPrivateFile(pemPath), pemPath));
}

function readPrivateFile(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      refuseShared(path, fstatSync(file).mode & 0o777);
      return readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isAgentFailure(error)) throw error;
    throw unusable(path, error instanceof Error ? error.message : String(error), error);
  }
}

function refuseShared(path: string, mode: number): void {
  if ((mode & OTHERS) === 0) return;
  const octal = mode.toString(8).padStart(4, "0");
  throw new AgentFailure("enrolment-invalid", say("failure.keyFileOpen.message", { path, mode: octal }), {
    hint: say("failure.keyFileOpen.hint", { path }),
  });
}

function ed25519From(pem: string, path: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    // OpenSSL's own words help nobody here, and a parser's error must never quote a key.
    throw unusable(path, say("failure.keyFile.notPem"), error);
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw unusable(path, say("failure.keyFile.notEd25519", { type: key.asymmetricKeyType ?? "?" }));
  }
  return key;
}

function unusable(path: string, reason: string, cause?: unknown): AgentFailure {
  return new AgentFailure("enrolment-invalid", say("failure.keyFile.message", { path, reason }), {
    hint: say("failure.keyFile.hint"),
    cause,
  });
}
