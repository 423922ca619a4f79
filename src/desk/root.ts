import { readFileSync } from "node:fs";
import { loadSigner } from "../adapters/signer.ts";
import { ROOT_NAME } from "../core/scope.ts";
import type { Root } from "../domain/trust.ts";
import { openRoot, seal } from "../wire/envelope.ts";
import { deskFailure } from "./failure.ts";
import { writePrivate, writePublic } from "./files.ts";
import type { DeskFolder } from "./folder.ts";
import { newSigningKey } from "./keys.ts";
import { commonMembers, DAY_SECONDS, type Moment } from "./moment.ts";

/** Roots and the private CA outlive every box; a leaf is renewed within its life. */
export const ROOT_DAYS = 3650;

/** An envelope has room for four signatures, and version 1 is signed by every holder. */
export const MAXIMUM_HOLDERS = 4;

/** Makes the root keys and version 1 of the root, signed by all of them. One signature is enough for what it signs later. */
export function createRoot(folder: DeskFolder, holders: number, moment: Moment): Root {
  const keys = Array.from({ length: holders }, (_, index) => {
    const key = newSigningKey();
    writePrivate(folder.rootKey(index + 1), key.pem);
    return { publicKey: key.publicKey, holder: `holder-${index + 1}` };
  });
  const common = commonMembers(moment, {
    issuer: ROOT_NAME,
    level: ROOT_NAME,
    sequence: 1,
    seconds: ROOT_DAYS * DAY_SECONDS,
  });
  const root: Root = {
    ...common,
    type: "root",
    rootVersion: 1,
    keys,
    thresholds: { root: 1, delegation: 1, policy: 1 },
  };
  const signers = keys.map((_, index) => loadSigner(folder.rootKey(index + 1)));
  writePublic(folder.root, seal(root, signers, root.issuedAt));
  return root;
}

export interface RootFile {
  readonly root: Root;
  readonly payloadHash: string;
  readonly envelope: Uint8Array;
}

/** @throws AgentFailure `desk-invalid` */
export function readRoot(folder: DeskFolder): RootFile {
  let envelope: Uint8Array;
  try {
    envelope = readFileSync(folder.root);
  } catch (cause) {
    throw deskFailure("desk.folder", { path: folder.path }, "desk-invalid", cause);
  }
  const opened = openRoot(envelope);
  if (opened.kind === "refused") throw deskFailure("desk.damaged", { path: folder.root, reason: opened.detail });
  return { root: opened.sealed.payload, payloadHash: opened.sealed.payloadHash, envelope };
}
