import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { keyId } from "../../src/core/keys.ts";
import type { ActiveItem } from "../../src/core/plan.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import type { TrustContext } from "../../src/core/trust-context.ts";
import {
  type Alert,
  type AudioFile,
  type Broadcast,
  CHUNK_BYTES,
  type DownMessage,
} from "../../src/domain/broadcast.ts";
import type { PolicyDocument } from "../../src/domain/policy-document.ts";
import type { Signer } from "../../src/domain/ports.ts";
import type { Standing } from "../../src/domain/standing.ts";
import type { UnixSeconds } from "../../src/domain/time.ts";
import type { Delegation, DownTopic, EvidenceAck, Placement, Revoked, Root, Sealed } from "../../src/domain/trust.ts";

// Valid values of the domain, signed with real keys made in the test. Each builder takes what the test is about; the rest is an
// ordinary morning in an ordinary commune.

/** 2026-11-24 05:30 in Hanoi. */
export const NOW: UnixSeconds = 1_795_473_000;
export const GATEWAY = "0ab1cd2ef3gh";
const YEAR = 365 * 24 * 3_600;

export interface TestKey extends Signer {
  readonly holder: string;
  readonly raw: Uint8Array;
  /** base64url, as messages carry it. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function aKey(holder = "Trần Thị Bình"): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return {
    holder,
    raw,
    publicKey: raw.toString("base64url"),
    privateKey,
    kid: keyId(raw),
    sign: (input) => sign(null, input, privateKey),
  };
}

let counter = 0;

/** A new ULID of the right pattern, in order of making. */
export function anId(): string {
  counter += 1;
  return `01KARW${String(counter).padStart(20, "0")}`;
}

export interface SealOptions {
  readonly signedAt?: UnixSeconds;
  readonly chain?: readonly Sealed<Delegation>[];
  /** For a lie about the type. */
  readonly typ?: string;
}

/** What wire/envelope makes of an envelope, without the detour over its text. */
export function seal<Payload extends DownMessage>(
  payload: Payload,
  signers: readonly Signer[],
  { signedAt = payload.issuedAt, chain = [], typ = `loa1.${payload.type}` }: SealOptions = {},
): Sealed<Payload> {
  const payloadBytes = Buffer.from(JSON.stringify(payload));
  return {
    payload,
    payloadBytes,
    payloadHash: createHash("sha256").update(payloadBytes).digest("base64url"),
    signatures: signers.map((signer) => {
      const header = { alg: "Ed25519", kid: signer.kid, typ, signedAt } as const;
      const text = Buffer.from(JSON.stringify(header)).toString("base64url");
      const signingInput = Buffer.from(`${text}.${payloadBytes.toString("base64url")}`);
      return { header, signingInput, signature: signer.sign(signingInput) };
    }),
    chain,
  };
}

function common(): Omit<DownMessage, "type"> {
  return {
    version: 1,
    id: anId(),
    issuer: "phuong-1",
    level: "commune",
    sequence: 1,
    issuedAt: NOW - 60,
    notBefore: NOW - 60,
    expiresAt: NOW + 3_600,
  };
}

const AS_ROOT = { issuer: "root", level: "root", issuedAt: NOW - 3_600, notBefore: NOW - 3_600, expiresAt: NOW + YEAR };

export function aRoot(keys: readonly TestKey[], change: Partial<Root> = {}): Root {
  return {
    ...common(),
    ...AS_ROOT,
    type: "root",
    rootVersion: 1,
    keys: keys.map(({ publicKey, holder }) => ({ publicKey, holder })),
    thresholds: { root: keys.length, delegation: 1, policy: keys.length },
    ...change,
  };
}

export function aPolicy(change: Partial<PolicyDocument> = {}): PolicyDocument {
  return { ...common(), ...AS_ROOT, type: "policy", levels: BUILT_IN_POLICY.levels, ...change };
}

/** By root keys, for the commune's own issuer, with every right. */
export function aDelegation(to: TestKey, change: Partial<Delegation> = {}): Delegation {
  return {
    ...common(),
    ...AS_ROOT,
    type: "delegation",
    subject: { publicKey: to.publicKey, holder: to.holder, issuer: "phuong-1", level: "commune" },
    areas: ["commune-1"],
    classMax: "emergency",
    severityMax: 1,
    uses: ["broadcast", "placement", "ingest", "delegate"],
    ...change,
  };
}

/** Two zones in a commune, in a province, in the nation. */
export function aPlacement(change: Partial<Placement> = {}): Placement {
  return {
    ...common(),
    type: "placement",
    gateway: GATEWAY,
    areas: [
      { id: "commune-1", kind: "commune", within: ["province-1"] },
      { id: "province-1", kind: "province", within: ["nation-1"] },
      { id: "nation-1", kind: "nation", within: [] },
    ],
    commune: "commune-1",
    zones: [
      { id: "z1", tags: ["market"], gainCentiDb: -600, emergencyGainCentiDb: 0 },
      { id: "z2", tags: ["school", "test"], gainCentiDb: -1_200, emergencyGainCentiDb: -300 },
    ],
    brokers: ["mqtts://broker.example.org:8883"],
    timeZone: "Asia/Ho_Chi_Minh",
    expiresAt: NOW + YEAR,
    ...change,
  };
}

export function anAudioFile(change: Partial<AudioFile> = {}): AudioFile {
  return {
    hash: createHash("sha256").update("bản tin").digest("base64url"),
    sizeBytes: 80_000,
    chunkBytes: CHUNK_BYTES,
    chunkHashes: Buffer.alloc(3 * 16, 7).toString("base64url"),
    mediaType: "audio/ogg",
    durationMs: 20_000,
    ...change,
  };
}

/** The commune's bulletin, now, in all its zones. */
export function aBroadcast(change: Partial<Alert> = {}): Alert {
  return {
    ...common(),
    type: "broadcast",
    action: "alert",
    status: "actual",
    class: "routine",
    severity: 0,
    targets: [{ area: "commune-1" }],
    title: "Bản tin sáng",
    language: "vi",
    audio: anAudioFile(),
    sources: [{ kind: "mqtt" }],
    plan: { kind: "now" },
    repeat: 1,
    gapSeconds: 0,
    onPreempt: change.class === undefined || change.class === "routine" ? "resume" : "restart",
    gate: "auto",
    gainCentiDb: 0,
    ...change,
  };
}

export function anEvidenceAck(change: Partial<EvidenceAck> = {}): EvidenceAck {
  const headHash = Buffer.alloc(32, 3).toString("base64url");
  return { ...common(), type: "evidence-ack", gateway: GATEWAY, epoch: anId(), to: 10, headHash, ...change };
}

export function aRevoked(change: Partial<Revoked> = {}): Revoked {
  return { ...common(), type: "revoked", area: "commune-1", keys: [], ...change };
}

/** The topic on which a message belongs. */
export function topicOf(payload: Broadcast | Placement | EvidenceAck | Root): DownTopic {
  switch (payload.type) {
    case "broadcast": {
      const area = payload.targets[0]?.area ?? "commune-1";
      return { kind: "broadcast", area, emergency: payload.class === "emergency", id: payload.id };
    }
    case "root":
      return { kind: "root", rootVersion: payload.rootVersion };
    default:
      return { kind: payload.type, gateway: payload.gateway };
  }
}

/** A root with one holder, the commune's issuer right below it, and a gateway that has seen nothing yet. */
export interface TrustWorld {
  readonly rootKey: TestKey;
  readonly issuerKey: TestKey;
  readonly root: Root;
  readonly chain: readonly [Sealed<Delegation>];
  readonly context: TrustContext;
}

export function aTrustWorld(change: Partial<TrustContext> = {}, delegation: Partial<Delegation> = {}): TrustWorld {
  const rootKey = aKey("Lê Văn Gốc");
  const issuerKey = aKey();
  const root = aRoot([rootKey]);
  const sealedRoot = seal(root, [rootKey]);
  return {
    rootKey,
    issuerKey,
    root,
    chain: [seal(aDelegation(issuerKey, delegation), [rootKey])],
    context: {
      gateway: GATEWAY,
      root: { root, payloadHash: sealedRoot.payloadHash },
      placement: aPlacement(),
      policy: BUILT_IN_POLICY,
      revoked: [],
      clock: { state: "sync", nowMs: NOW * 1000 },
      seen: () => undefined,
      original: () => undefined,
      lastAccepted: () => undefined,
      kept: () => ({ references: 0, controls: 0 }),
      active: () => ({ emergencies: 0, others: 0 }),
      ...change,
    },
  };
}

/** Accepted, fetched, never played; its standing as verifying would have found it. */
export function anActiveItem(order: Broadcast, change: Partial<Omit<ActiveItem, "order">> = {}): ActiveItem {
  const standing: Standing = {
    signers: [{ kid: "AAAAAAAAAAAAAAAAAAAAAA", holder: "Trần Thị Bình", signedAt: order.issuedAt, keys: [] }],
    authorityRank: 2,
    class: order.class,
    severity: order.severity,
    window: { notBefore: order.notBefore, expiresAt: order.expiresAt },
    grants: [["commune-1"]],
  };
  return { order, standing, audioReady: true, plays: [], ...change };
}
