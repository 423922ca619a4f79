import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { GenericSchema } from "valibot";
import type { EnrolmentRequest } from "../domain/enrolment.ts";
import { Memory } from "../domain/memory.ts";
import type { Signer } from "../domain/ports.ts";
import type { UpPayload } from "../domain/report.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type {
  Delegation,
  DownPayload,
  DownTopic,
  EnvelopeSignature,
  Placement,
  RefusalCode,
  Root,
  Sealed,
} from "../domain/trust.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { type EnvelopeJson, envelopeSchema, headerSchema } from "./envelope-shape.ts";
import { downSchemas, type SchemasByType, upSchemas } from "./payloads/by-type.ts";
import { delegationSchema } from "./payloads/delegation.ts";
import { enrolmentRequestSchema } from "./payloads/enrolment-request.ts";
import { areDistinct } from "./payloads/members.ts";
import { placementSchema } from "./payloads/placement.ts";
import { rootSchema } from "./payloads/root.ts";
import { type Reading, readAs } from "./read-as.ts";

export type { EnvelopeJson } from "./envelope-shape.ts";

export type Refused = {
  readonly kind: "refused";
  readonly code: RefusalCode;
  /** For logs; never quotes what came in beyond a short name. */
  readonly detail: string;
  /** Who the first signature says it is by: fit for counting, not for trust. */
  readonly claimedKid?: string | undefined;
};

export type Opened<Payload> = { readonly kind: "opened"; readonly sealed: Sealed<Payload> } | Refused;

const MAX_BROADCAST_BYTES = 64 * 1024;
const MAX_MESSAGE_BYTES = 128 * 1024;
const TYP_PREFIX = "loa1.";

/** Some 400 KB together, whoever's links they are. */
const openedLinks = new Memory<Opened<Delegation>>(64);
const REMEMBERED_LINK_CHARACTERS = 2_000;

const delegationOnly: SchemasByType<Delegation> = new Map([["delegation", delegationSchema]]);
const enrolmentRequestOnly: SchemasByType<EnrolmentRequest> = new Map([["enrolment-request", enrolmentRequestSchema]]);
const rootOnly: SchemasByType<Root> = new Map([["root", rootSchema]]);
const placementOnly: SchemasByType<Placement> = new Map([["placement", placementSchema]]);

/** A message from the control connection: size, JSON, schema, and that its type is the topic's. Nothing is verified yet. */
export function openDown(bytes: Uint8Array, topic: DownTopic): Opened<DownPayload> {
  const opened = open(bytes, downSchemas, topic.kind === "broadcast" ? MAX_BROADCAST_BYTES : MAX_MESSAGE_BYTES);
  if (opened.kind === "refused") return opened;
  const { payload } = opened.sealed;
  if (payload.type !== topic.kind) {
    return refuse("binding", `a ${payload.type} on a topic for ${topic.kind}`, kidOf(opened.sealed));
  }
  // Root keys sign these two themselves.
  return payload.type === "root" || payload.type === "policy" ? withoutChain(opened) : opened;
}

/** A message of a gateway, as the desk receives it: one signature, no chain. */
export function openUp(bytes: Uint8Array): Opened<UpPayload> {
  const opened = withoutChain(open(bytes, upSchemas, MAX_MESSAGE_BYTES));
  if (opened.kind === "refused" || opened.sealed.signatures.length === 1) return opened;
  return refuse("schema", "signatures: expected 1", kidOf(opened.sealed));
}

export function openDelegation(bytes: Uint8Array): Opened<Delegation> {
  return withoutChain(open(bytes, delegationOnly, MAX_MESSAGE_BYTES));
}

export function openRoot(bytes: Uint8Array): Opened<Root> {
  return withoutChain(open(bytes, rootOnly, MAX_MESSAGE_BYTES));
}

export function openPlacement(bytes: Uint8Array): Opened<Placement> {
  return open(bytes, placementOnly, MAX_MESSAGE_BYTES);
}

/** What a box that is not enrolled yet asks for: one signature, no chain. */
export function openEnrolmentRequest(bytes: Uint8Array): Opened<EnrolmentRequest> {
  const opened = withoutChain(open(bytes, enrolmentRequestOnly, MAX_MESSAGE_BYTES));
  if (opened.kind === "refused" || opened.sealed.signatures.length === 1) return opened;
  return refuse("schema", "signatures: expected 1", kidOf(opened.sealed));
}

/** An envelope's outer shape, for who puts delegations into chains. */
export function readEnvelope(bytes: Uint8Array): Reading<EnvelopeJson> {
  return readAs(envelopeSchema, bytes);
}

/**
 * Signs a payload. Text is brought to form NFC, as every reader demands it.
 * Throws a TypeError for numbers that are no safe integers: no reader would take them, so it is our own fault.
 */
export function seal<Payload extends { readonly type: string }>(
  payload: Payload,
  signers: readonly Signer[],
  signedAt: UnixSeconds,
  chain: readonly EnvelopeJson[] = [],
): Uint8Array {
  const encodedPayload = encodeBase64url(Buffer.from(JSON.stringify(payload, fitForTheWire)));
  const signatures = signers.map((signer) => signatureOf(encodedPayload, payload.type, signer, signedAt));
  return encode({ payload: encodedPayload, signatures, chain });
}

/** base64url SHA-256 of the payload octets of what `seal` made. */
export function payloadHashOf(envelope: Uint8Array): string {
  const { payload }: EnvelopeJson = JSON.parse(Buffer.from(envelope).toString());
  return createHash("sha256").update(Buffer.from(payload, "base64url")).digest("base64url");
}

/** Puts more signatures under the same octets. A link that is in the chain already is not put there twice. */
export function cosign(
  envelope: EnvelopeJson,
  type: string,
  signers: readonly Signer[],
  signedAt: UnixSeconds,
  chain: readonly EnvelopeJson[] = [],
): Uint8Array {
  const { payload, signatures, chain: above } = envelope;
  const links = chain.filter((link) => above.every((known) => known.payload !== link.payload));
  return encode({
    payload,
    signatures: [...signatures, ...signers.map((signer) => signatureOf(payload, type, signer, signedAt))],
    chain: [...above, ...links],
  });
}

function signatureOf(encodedPayload: string, type: string, signer: Signer, signedAt: UnixSeconds) {
  const header = { alg: "Ed25519", kid: signer.kid, typ: TYP_PREFIX + type, signedAt };
  const encodedHeader = encodeBase64url(Buffer.from(JSON.stringify(header)));
  const signature = signer.sign(signingInput(encodedHeader, encodedPayload));
  return { protected: encodedHeader, signature: encodeBase64url(signature) };
}

function encode(envelope: EnvelopeJson): Uint8Array {
  return Buffer.from(JSON.stringify(envelope));
}

function fitForTheWire(name: string, value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed().normalize("NFC");
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new TypeError(`${name}: ${value} is no integer`);
  return value;
}

function open<Payload extends { readonly type: string }>(
  bytes: Uint8Array,
  schemas: SchemasByType<Payload>,
  maxBytes: number,
): Opened<Payload> {
  if (bytes.length > maxBytes) return refuse("size", `${bytes.length} bytes, at most ${maxBytes}`);
  const envelope = readEnvelope(bytes);
  return envelope.kind === "value" ? unseal(envelope.value, schemas) : refuse("schema", envelope.detail);
}

function unseal<Payload extends { readonly type: string }>(
  envelope: EnvelopeJson,
  schemas: SchemasByType<Payload>,
): Opened<Payload> {
  const signatures: EnvelopeSignature[] = [];
  for (const [index, signature] of envelope.signatures.entries()) {
    const header = readEncoded(headerSchema, signature.protected);
    if (header.kind === "malformed") {
      return refuse("schema", `signatures.${index}.protected: ${header.detail}`, signatures[0]?.header.kid);
    }
    signatures.push({
      header: header.value,
      signingInput: signingInput(signature.protected, envelope.payload),
      signature: Buffer.from(signature.signature, "base64url"),
    });
  }
  const [first] = signatures;
  if (first === undefined) return refuse("schema", "signatures: none");
  const { kid, typ } = first.header;
  if (!areDistinct(signatures.map(({ header }) => header.kid))) return refuse("schema", "one kid twice", kid);
  if (signatures.some(({ header }) => header.typ !== typ)) return refuse("schema", "signatures differ in typ", kid);

  const schema = schemas.get(typ.slice(TYP_PREFIX.length));
  if (schema === undefined) return refuse("schema", `typ: ${typ} has no place here`, kid);
  const payloadBytes = decodeBase64url(envelope.payload);
  if (payloadBytes === undefined) return refuse("schema", "payload: loose base64url", kid);
  const payload = readAs(schema, payloadBytes);
  if (payload.kind === "malformed") return refuse("schema", `payload: ${payload.detail}`, kid);

  const chain: Sealed<Delegation>[] = [];
  for (const [index, link] of envelope.chain.entries()) {
    const opened = unsealLink(link);
    if (opened.kind === "refused") return refuse(opened.code, `chain.${index}: ${opened.detail}`, kid);
    chain.push(opened.sealed);
  }
  if (!areDistinct(chain.map((link) => link.payloadHash))) return refuse("schema", "chain: one link twice", kid);

  const payloadHash = createHash("sha256").update(payloadBytes).digest("base64url");
  return { kind: "opened", sealed: { payload: payload.value, payloadBytes, payloadHash, signatures, chain } };
}

/** Links come again with every message, and reading the three of a commune takes longer than all else before the signatures. */
function unsealLink(link: EnvelopeJson): Opened<Delegation> {
  const name = JSON.stringify(link);
  const known = openedLinks.get(name);
  if (known !== undefined) return known;
  const opened = unseal(link, delegationOnly);
  if (opened.kind === "refused" || name.length > REMEMBERED_LINK_CHARACTERS) return opened;
  const kept: Opened<Delegation> = { kind: "opened", sealed: unpooled(opened.sealed) };
  openedLinks.set(name, kept);
  return kept;
}

/** Short buffers are views of 64 KB that they share: kept, each could keep all of it. */
function unpooled(sealed: Sealed<Delegation>): Sealed<Delegation> {
  const signatures = sealed.signatures.map(({ header, signingInput, signature }) => ({
    header,
    signingInput: new Uint8Array(signingInput),
    signature: new Uint8Array(signature),
  }));
  return { ...sealed, signatures, payloadBytes: new Uint8Array(sealed.payloadBytes) };
}

function readEncoded<T>(schema: GenericSchema<unknown, T>, encoded: string): Reading<T> {
  const bytes = decodeBase64url(encoded);
  return bytes === undefined ? { kind: "malformed", detail: "loose base64url" } : readAs(schema, bytes);
}

/** What a signature covers (RFC 7515 §5.1). All of it is ASCII. */
function signingInput(encodedHeader: string, encodedPayload: string): Uint8Array {
  return Buffer.from(`${encodedHeader}.${encodedPayload}`, "latin1");
}

function withoutChain<Payload>(opened: Opened<Payload>): Opened<Payload> {
  if (opened.kind === "refused" || opened.sealed.chain.length === 0) return opened;
  return refuse("schema", "chain: expected to be empty", kidOf(opened.sealed));
}

function kidOf(sealed: Sealed<unknown>): string | undefined {
  return sealed.signatures[0]?.header.kid;
}

function refuse(code: RefusalCode, detail: string, claimedKid?: string): Refused {
  return { kind: "refused", code, detail, claimedKid };
}
