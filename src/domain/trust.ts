import type { AreaId, AreaKind, BroadcastOrder, DownMessage, GatewayId, ZoneId } from "./broadcast.ts";
import type { ControlOrder } from "./control.ts";
import type { PolicyDocument } from "./policy-document.ts";
import type { BroadcastClass, Severity } from "./precedence.ts";
import type { UnixMs, UnixSeconds } from "./time.ts";

/** The protected header of one signature. `kid` is a claim until it is recomputed from the key. */
export interface SignatureHeader {
  readonly alg: "Ed25519";
  readonly kid: string;
  readonly typ: string;
  readonly signedAt: UnixSeconds;
}

export interface EnvelopeSignature {
  readonly header: SignatureHeader;
  /** The exact octets the signature covers: protected "." payload, both as received. */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/** A message as it came in: shape checked, nothing verified yet. `chain` runs from the root's child down to each signer. */
export interface Sealed<Payload> {
  readonly payload: Payload;
  readonly payloadBytes: Uint8Array;
  /** base64url SHA-256 of the payload octets: "the same bytes" means this. */
  readonly payloadHash: string;
  readonly signatures: readonly EnvelopeSignature[];
  readonly chain: readonly Sealed<Delegation>[];
}

export const KEY_USES = [
  "broadcast",
  "live",
  "control",
  "command",
  "config",
  "placement",
  "revoke",
  "beacon",
  "index",
  "library",
  "ingest",
  "time",
  "release",
  "delegate",
] as const;
export type KeyUse = (typeof KEY_USES)[number];

/** Lets one key speak for an issuer, within areas, a class and uses. Travels in chains only. */
export interface Delegation extends DownMessage {
  readonly type: "delegation";
  readonly subject: {
    /** Raw Ed25519 public key, 32 bytes, base64url. */
    readonly publicKey: string;
    readonly holder: string;
    readonly issuer: string;
    readonly level: string;
  };
  readonly areas: readonly AreaId[];
  readonly classMax: BroadcastClass;
  readonly severityMax: Severity;
  readonly uses: readonly KeyUse[];
}

export interface RootKey {
  readonly publicKey: string;
  readonly holder: string;
}

/** The keys that stand above all others, and how many of them it takes. */
export interface Root extends DownMessage {
  readonly type: "root";
  readonly rootVersion: number;
  readonly keys: readonly RootKey[];
  readonly thresholds: { readonly root: number; readonly delegation: number; readonly policy: number };
}

export interface PlacedArea {
  readonly id: AreaId;
  readonly kind: AreaKind;
  readonly within: readonly AreaId[];
}

export interface PlacedZone {
  readonly id: ZoneId;
  readonly tags: readonly string[];
  readonly gainCentiDb: number;
  readonly emergencyGainCentiDb: number;
}

/** Where a gateway stands: what it listens for, through which brokers, and how loud its zones are. */
export interface Placement extends DownMessage {
  readonly type: "placement";
  readonly gateway: GatewayId;
  readonly areas: readonly PlacedArea[];
  readonly commune: AreaId;
  readonly zones: readonly PlacedZone[];
  readonly brokers: readonly string[];
  readonly timeZone: string;
}

/** The centre has stored and verified evidence up to and including `to`. */
export interface EvidenceAck extends DownMessage {
  readonly type: "evidence-ack";
  readonly gateway: GatewayId;
  readonly epoch: string;
  readonly to: number;
  readonly headHash: string;
}

/** Why a key may not speak any more: given up in good order, or in somebody else's hands since `from`. */
export interface RevokedKey {
  readonly kid: string;
  readonly from: UnixSeconds;
  readonly reason: "retired" | "compromised";
}

/** All keys that one issuer takes out of use in one area; the newest version stands for the earlier ones. */
export interface Revoked extends DownMessage {
  readonly type: "revoked";
  readonly area: AreaId;
  readonly keys: readonly RevokedKey[];
}

/** An issuer's sign of life in an area: what of it is in force there now, so that withholding shows. */
export interface Beacon extends DownMessage {
  readonly type: "beacon";
  readonly area: AreaId;
  /** Counts the issuer's beacons in this area. */
  readonly n: number;
  readonly now: UnixSeconds;
  /** Payload hashes of its index and its revocations of this area; undefined where it has issued none. */
  readonly indexHash?: string | undefined;
  readonly revokedHash?: string | undefined;
  /** 0 where only the built-in policy is in force. */
  readonly policySequence: number;
  readonly rootVersion: number;
}

export interface IndexedItem {
  readonly id: string;
  /** Of its payload. */
  readonly hash: string;
  readonly class: BroadcastClass;
  readonly expiresAt: UnixSeconds;
}

/** All that an issuer has in force in an area: updates and cancels as well as alerts, by whatever right they stand. */
export interface Index extends DownMessage {
  readonly type: "index";
  readonly area: AreaId;
  readonly items: readonly IndexedItem[];
}

/** The answer to one time-query. */
export interface TimeAnswer extends DownMessage {
  readonly type: "time";
  readonly gateway: GatewayId;
  readonly nonce: string;
  readonly nowMs: UnixMs;
}

/** Of one issuer for one area: one writer a topic. */
export type AreaDocument = Revoked | Beacon | Index;

/** Every payload a gateway can receive on its control connection today. */
export type DownPayload =
  | BroadcastOrder
  | ControlOrder
  | Root
  | PolicyDocument
  | Placement
  | EvidenceAck
  | AreaDocument
  | TimeAnswer;

/** A down topic, parsed. Only wire/topics turns text into this and back. */
export type DownTopic =
  | { readonly kind: "root"; readonly rootVersion: number }
  | { readonly kind: "broadcast"; readonly area: AreaId; readonly emergency: boolean; readonly id: string }
  | { readonly kind: "control"; readonly area: AreaId; readonly id: string }
  | { readonly kind: "policy" }
  | { readonly kind: AreaDocument["type"]; readonly area: AreaId; readonly issuer: string }
  | { readonly kind: "placement"; readonly gateway: GatewayId }
  | { readonly kind: "evidence-ack"; readonly gateway: GatewayId }
  | { readonly kind: "time"; readonly gateway: GatewayId; readonly nonce: string };

/** Why a message has no effect. The first letters of the order of checks (PROTOCOL.md, "Refusals"). */
export const REFUSAL_CODES = [
  "schema",
  "size",
  "key-unknown",
  "key-revoked",
  "key-expired",
  "scope-area",
  "scope-class",
  "scope-use",
  "quorum",
  "signature",
  "root-old",
  "binding",
  "not-targeted",
  "replay",
  "stale",
  "not-yet",
  "expired",
  "clock",
  "hours",
  "unsupported",
  "limit",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Refusals whose reason may pass: another placement names us, another holder signs, or a key becomes valid. */
export const PASSING_REASONS = ["not-targeted", "quorum", "not-yet"] as const satisfies readonly RefusalCode[];
export type PassingReason = (typeof PASSING_REASONS)[number];
