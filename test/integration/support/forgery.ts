import { generateKeyPairSync } from "node:crypto";
import { FileSigner } from "../../../src/adapters/signer.ts";
import type { Authority } from "../../../src/desk/authority.ts";
import { commonMembers, DAY_SECONDS } from "../../../src/desk/moment.ts";
import type { Signer } from "../../../src/domain/ports.ts";
import type { Delegation } from "../../../src/domain/trust.ts";
import { type EnvelopeJson, readEnvelope, seal } from "../../../src/wire/envelope.ts";
import { COMMUNE, ISSUER, type OpenDesk, thisMoment } from "./desk.ts";

/** Who signs delegations, and in whose name. */
export interface Grantor {
  readonly signer: Signer;
  readonly issuer: string;
  readonly level: string;
  readonly chain: readonly EnvelopeJson[];
}

/** A delegation's words as a test changes them. */
export type DelegationChanges = Partial<Omit<Delegation, "subject">> & {
  readonly subject?: Partial<Delegation["subject"]>;
};

export function rootOf({ rootKey }: Pick<OpenDesk, "rootKey">): Grantor {
  return { signer: rootKey, issuer: "root", level: "root", chain: [] };
}

/** A root that nobody enrolled. */
export function selfMadeRoot(): Grantor {
  return { signer: newKey().signer, issuer: "root", level: "root", chain: [] };
}

export function below({ signer, chain, delegation }: Authority): Grantor {
  const { issuer, level } = delegation.subject;
  return { signer, issuer, level, chain };
}

/** A new key with a delegation by hand, which may give what no desk would sign: the commune's own unless changed. */
export function delegated(grantor: Grantor, { subject, ...changes }: DelegationChanges = {}): Authority {
  const { signer, publicKey } = newKey();
  const { issuer, level, chain } = grantor;
  const delegation: Delegation = {
    ...commonMembers(thisMoment(), { issuer, level, sequence: 1, seconds: DAY_SECONDS }),
    type: "delegation",
    subject: { publicKey, holder: ISSUER, issuer: ISSUER, level: "commune", ...subject },
    areas: [COMMUNE],
    classMax: "emergency",
    severityMax: 2,
    uses: ["broadcast", "delegate"],
    ...changes,
  };
  const link = parsed(seal(delegation, [grantor.signer], delegation.issuedAt));
  return { delegation, signer, chain: [...chain, link] };
}

/** Signs a payload's octets as they are: what `seal` would never write. */
export function signedText(text: string, type: string, { signer, chain }: Authority): string {
  const header = { alg: "Ed25519", kid: signer.kid, typ: `loa1.${type}`, signedAt: Math.floor(Date.now() / 1000) };
  const encodedHeader = Buffer.from(JSON.stringify(header)).toString("base64url");
  const payload = Buffer.from(text).toString("base64url");
  const signature = Buffer.from(signer.sign(Buffer.from(`${encodedHeader}.${payload}`))).toString("base64url");
  return JSON.stringify({ payload, signatures: [{ protected: encodedHeader, signature }], chain });
}

/** The same message with other words under the old signature. */
export function withChangedWords(envelope: Uint8Array | string, change: (text: string) => string): string {
  const parts: EnvelopeJson = JSON.parse(Buffer.from(envelope).toString());
  const text = Buffer.from(parts.payload, "base64url").toString();
  const words = change(text);
  if (words === text) throw new Error("nothing was changed");
  return JSON.stringify({ ...parts, payload: Buffer.from(words).toString("base64url") });
}

export function parsed(envelope: Uint8Array): EnvelopeJson {
  const reading = readEnvelope(envelope);
  if (reading.kind === "malformed") throw new Error(`not an envelope: ${reading.detail}`);
  return reading.value;
}

function newKey(): { readonly signer: Signer; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { signer: new FileSigner(privateKey), publicKey: publicKey.export({ format: "jwk" }).x ?? "" };
}
