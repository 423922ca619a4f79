import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT_NAME } from "../core/scope.ts";
import type { Signer } from "../domain/ports.ts";
import type { Root, RootKey } from "../domain/trust.ts";
import { openRoot, payloadHashOf, seal } from "../wire/envelope.ts";
import type { KeyCabinet } from "./authority.ts";
import { deskFailure } from "./failure.ts";
import { writePublic } from "./files.ts";
import type { DeskFolder } from "./folder.ts";
import { keyFileName, writeKeyFile } from "./key-file.ts";
import { DAY_SECONDS, documentMembers, type Moment } from "./moment.ts";

/** Roots and the private CA outlive every box; a leaf is renewed within its life. */
export const ROOT_DAYS = 3650;

/** An envelope has room for four signatures, and version 1 is signed by every holder. */
export const MAXIMUM_HOLDERS = 4;

export interface RootRequest {
  /** One key each, 1 to 4, no name twice. */
  readonly holders: readonly string[];
  /** How many of them it takes for a delegation, a policy, the next root. */
  readonly threshold: number;
}

/** Makes the root keys and version 1 of the root, signed by all of them. */
export async function createRoot(
  { folder, keys: keyring, audit }: KeyCabinet,
  { holders, threshold }: RootRequest,
  moment: Moment,
): Promise<Root> {
  const signers: Signer[] = [];
  const keys: RootKey[] = [];
  for (const holder of holders) {
    const { locked, signer } = await keyring.make({ issuer: ROOT_NAME, holder });
    writeKeyFile(join(folder.rootKeys, keyFileName(holder, signer)), { key: locked, chain: [] });
    keys.push({ publicKey: locked.publicKey, holder });
    signers.push(signer);
  }
  const root: Root = {
    ...documentMembers(moment, {
      ...{ issuer: ROOT_NAME, level: ROOT_NAME },
      ...{ sequence: 1, seconds: ROOT_DAYS * DAY_SECONDS },
    }),
    type: "root",
    rootVersion: 1,
    keys,
    thresholds: { root: threshold, delegation: threshold, policy: threshold },
  };
  const envelope = seal(root, signers, root.issuedAt);
  writePublic(folder.root, envelope);
  audit.record({ act: "root", subject: "1", holders, hash: payloadHashOf(envelope) }, moment.nowMs);
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
