import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { checkPublicKey, verifySignature } from "../core/keys.ts";
import type { EnrolmentBundle, EnrolmentRequest } from "../domain/enrolment.ts";
import { openEnrolmentRequest } from "../wire/envelope.ts";
import { type Desk, LEAF_DAYS } from "./desk.ts";
import { enterInRegister } from "./enrolment.ts";
import { deskFailure } from "./failure.ts";
import type { Moment } from "./moment.ts";
import { signRequest } from "./openssl.ts";
import type { SignedPlacement } from "./placing.ts";

/**
 * What a box asks for, when it is whole and its sender has the key that it names.
 * @throws AgentFailure `desk-invalid`
 */
export function readEnrolmentRequest(bytes: Uint8Array): EnrolmentRequest {
  const opened = openEnrolmentRequest(bytes);
  if (opened.kind === "refused") throw deskFailure("desk.request.bad", { reason: opened.detail });
  const { payload, signatures } = opened.sealed;
  const key = checkPublicKey(payload.publicKey);
  if (key.kind === "bad") throw deskFailure("desk.request.bad", { reason: `a key ${key.reason}` });
  const isOwn = signatures.every(
    ({ header, signingInput, signature }) =>
      header.kid === key.kid &&
      header.typ === `loa1.${payload.type}` &&
      verifySignature(key.raw, signingInput, signature),
  );
  if (!isOwn) throw deskFailure("desk.request.bad", { reason: "its signature does not hold" });
  return payload;
}

/** How a box knows the office's CA before it knows anybody: SHA-256 of the certificate, base64url. */
export function authorityPin(authorityPem: string): string {
  return createHash("sha256").update(new X509Certificate(authorityPem).raw).digest("base64url");
}

/** The placement that was made for a box, and the box that it was made for. */
export type PlacedBox = SignedPlacement & { readonly serial: string };

/**
 * Certificate, placement and root for the box that asked, which is in the register afterwards.
 * @throws AgentFailure `desk-invalid` when the box is another than the one that was placed, or its request is not as it has to be
 */
export async function answerRequest(
  desk: Pick<Desk, "folder" | "root" | "database" | "audit">,
  request: EnrolmentRequest,
  placed: PlacedBox,
  moment: Pick<Moment, "nowMs">,
): Promise<EnrolmentBundle> {
  const bundle = await bundleFor(desk, request, placed);
  enterInRegister(desk, placed, request, moment);
  return bundle;
}

/**
 * The same, and nothing is in the register yet: whoever hands it out has to see to that.
 * @throws AgentFailure `desk-invalid`
 */
export async function bundleFor(
  { folder, root }: Pick<Desk, "folder" | "root">,
  { serial, publicKey, certificateRequest }: EnrolmentRequest,
  placed: PlacedBox,
): Promise<EnrolmentBundle> {
  const { gateway, brokers } = placed.placement;
  if (serial !== placed.serial) throw deskFailure("desk.request.otherBox", { serial, expected: placed.serial });
  const { authority } = folder;
  const certificate = await signRequest(authority, certificateRequest, { commonName: gateway, days: LEAF_DAYS });
  const { asymmetricKeyDetails: details } = new X509Certificate(certificate).publicKey;
  if (details?.namedCurve !== CURVE)
    throw deskFailure("desk.request.bad", { reason: `a TLS key that is not ${CURVE}` });
  return {
    format: "loa-bundle-1",
    ...{ gateway, serial, publicKey, brokers },
    root: Buffer.from(root.envelope).toString("utf8"),
    placement: Buffer.from(placed.envelope).toString("utf8"),
    certificate,
    authority: readFileSync(authority.certificatePath, "utf8"),
  };
}

const CURVE = "prime256v1";
