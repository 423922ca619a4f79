import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { loadSigner } from "../adapters/signer.ts";
import { buildFolder, writePrivate, writePublic } from "../desk/files.ts";
import { newSigningKey } from "../desk/keys.ts";
import { requestCertificate } from "../desk/openssl.ts";
import type { EnrolmentRequest } from "../domain/enrolment.ts";
import { toUnixSeconds, type UnixMs } from "../domain/time.ts";
import { openEnrolmentRequest, seal } from "../wire/envelope.ts";

/** The keys that this box made for the enrolment it waits for, and the request that speaks of them. */
export interface OwnKeys {
  readonly folder: string;
  readonly gatewayKeyPath: string;
  readonly tlsKeyPath: string;
  readonly request: Uint8Array;
  readonly publicKey: string;
}

/** Beside the enrolment folder, on the same disk: the keys never travel, not even to be installed. */
function folderBeside(enrolment: string): string {
  return `${path.resolve(enrolment)}.keys`;
}

/** What `makeOwnKeys` left; undefined when nothing was asked for yet. */
export function readOwnKeys(enrolment: string): OwnKeys | undefined {
  const folder = folderBeside(enrolment);
  if (!existsSync(folder)) return undefined;
  const gatewayKeyPath = path.join(folder, "gateway-key.pem");
  loadSigner(gatewayKeyPath); // tells with advice when others could have read it
  const request = readFileSync(path.join(folder, "request.json"));
  const publicKey = createPublicKey(readFileSync(gatewayKeyPath)).export({ format: "jwk" }).x ?? "";
  return { folder, gatewayKeyPath, tlsKeyPath: path.join(folder, "tls-key.pem"), request, publicKey };
}

/** Asked twice, a box gives the same request: the first may be on its way to the office. On another board the keys are new. */
export async function makeOwnKeys(enrolment: string, serial: string, nowMs: UnixMs): Promise<OwnKeys> {
  const made = readOwnKeys(enrolment);
  if (made !== undefined && serialOf(made.request) === serial) return made;
  const target = folderBeside(enrolment);
  const write = async (folder: string): Promise<void> => {
    const key = newSigningKey();
    const request: EnrolmentRequest = {
      version: 1,
      type: "enrolment-request",
      issuedAt: toUnixSeconds(nowMs),
      serial,
      publicKey: key.publicKey,
      certificateRequest: await requestCertificate(path.join(folder, "tls-key.pem"), serial),
    };
    const gatewayKeyPath = path.join(folder, "gateway-key.pem");
    writePrivate(gatewayKeyPath, key.pem);
    writePublic(path.join(folder, "request.json"), seal(request, [loadSigner(gatewayKeyPath)], request.issuedAt));
  };
  await buildFolder(target, write, () => rmSync(target, { recursive: true, force: true }));
  return await makeOwnKeys(enrolment, serial, nowMs);
}

function serialOf(request: Uint8Array): string | undefined {
  const opened = openEnrolmentRequest(request);
  return opened.kind === "opened" ? opened.sealed.payload.serial : undefined;
}
