import type { GatewayId, ItemKey, ZoneId } from "./broadcast.ts";
import type { ClockState, Milliseconds, MonotonicMs, UnixMs, UnixSeconds } from "./time.ts";
import type { RefusalCode } from "./trust.ts";

/** What one box does with an item. Also the states of a receipt. */
export const ITEM_STATES = [
  "accepted",
  "pending",
  "refused",
  "fetching",
  "ready",
  "queued",
  "playing",
  "done",
  "preempted",
  "cancelled",
  "withdrawn",
  "expired",
  "failed",
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/**
 * Why an accepted item was not heard, or not to its end. `interrupted`: the agent was stopped in good order while it played;
 * `halted`: a control message silenced it; `key-revoked`: a key it hung on was taken back after it was accepted.
 */
export const FAULT_CODES = [
  "hash",
  "decode",
  "output",
  "disk",
  "chunks-missing",
  "crash",
  "interrupted",
  "clock",
  "expired",
  "halted",
  "key-revoked",
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

/** Members of every message a gateway publishes. */
interface UpMessage {
  readonly version: 1;
  readonly gateway: GatewayId;
  readonly issuedAt: UnixSeconds;
}

export type LinkState = "init" | "ready" | "alert" | "disconnected" | "lost";

export interface StateReport extends UpMessage {
  readonly type: "state";
  readonly session: number;
  readonly state: LinkState;
  readonly atMs: UnixMs;
}

export interface BirthReport extends UpMessage {
  readonly type: "birth";
  readonly session: number;
  readonly boot: string;
  readonly epoch: string;
  readonly previousEpoch?: string | undefined;
  readonly agent: string;
  readonly node: string;
  readonly os: string;
  readonly hardware: string;
  readonly profile: string;
  readonly clockSource: string;
  readonly zones: readonly { readonly id: ZoneId; readonly tags: readonly string[] }[];
  readonly codecs: readonly string[];
  readonly sensors: readonly string[];
  readonly rootVersion: number;
  readonly policySequence: number;
  readonly placementSequence: number;
  readonly configVersion: number;
  readonly refusedSettings: readonly string[];
  readonly disk: DiskReading;
  readonly evidence: { readonly first: number; readonly last: number; readonly acknowledged: number };
}

export interface DiskReading {
  readonly usedPercent: number;
  readonly freeMb: number;
}

export type ZoneActivity = "idle" | "starting" | "playing" | "stopping" | "faulted";

export interface ZoneReport {
  readonly id: ZoneId;
  readonly state: ZoneActivity;
  readonly item?: ItemKey | undefined;
  readonly levelCentiDb?: number | undefined;
  readonly underruns: number;
  readonly lastProvenAt?: UnixSeconds | undefined;
  /** A control message keeps it silent but for emergencies. */
  readonly halted?: boolean | undefined;
}

export interface QueueReport {
  readonly emergency: number;
  readonly priority: number;
  readonly routine: number;
}

export interface HeartbeatReport extends UpMessage {
  readonly type: "heartbeat";
  readonly session: number;
  readonly counter: number;
  readonly atMs: UnixMs;
  readonly clock: { readonly state: ClockState; readonly errorMs?: Milliseconds | undefined };
  readonly uptimeSeconds: number;
  readonly zones: readonly ZoneReport[];
  readonly queue: QueueReport;
  readonly disk: DiskReading;
  readonly temperatureCentiC?: number | undefined;
  readonly loadCenti: number;
  readonly memoryMb: number;
  readonly network: { readonly kind: string; readonly signalDbm?: number | undefined };
  readonly evidence: { readonly last: number; readonly acknowledged: number };
  readonly alarms: readonly string[];
  readonly localStop: boolean;
}

/** Inclusive ranges of chunk numbers. */
export type ChunkRanges = readonly (readonly [first: number, last: number])[];

export interface ReceiptReport extends UpMessage {
  readonly type: "receipt";
  readonly issuerOfItem: string;
  readonly itemId: string;
  readonly state: ItemState;
  readonly atMs: UnixMs;
  readonly code?: RefusalCode | FaultCode | undefined;
  readonly detail?: string | undefined;
  /** The audio file whose chunks are missing. */
  readonly hash?: string | undefined;
  readonly ranges?: ChunkRanges | undefined;
}

export interface EvidenceReport extends UpMessage {
  readonly type: "evidence";
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  readonly previousHash: string;
  readonly headHash: string;
  readonly lines: readonly string[];
}

export interface CheckpointReport extends UpMessage {
  readonly type: "checkpoint";
  readonly epoch: string;
  readonly q: number;
  readonly hash: string;
}

export const ALARM_CODES = [
  "power",
  "temperature",
  "disk",
  "storage",
  "clock",
  "auth",
  "certificate",
  "duplicate-id",
  "network",
  "output-missing",
  "output-stalled",
  "unknown-card",
  "mixer",
  "silence",
  "unexpected-audio",
  "chain-fork",
  "signature-flood",
  "replay",
  "policy",
  "play-failed",
  "evidence-full",
  "evidence-gap",
  "local-stop",
] as const;
export type AlarmCode = (typeof ALARM_CODES)[number];

export interface AlarmReport extends UpMessage {
  readonly type: "alarm";
  readonly epoch: string;
  /** Counts what this gateway has told of alarms in the epoch. It only grows, whatever the clock says. */
  readonly n: number;
  readonly code: AlarmCode;
  readonly state: "raised" | "cleared";
  readonly severity: "critical" | "major" | "minor";
  readonly atMs: UnixMs;
  readonly count: number;
  readonly detail: string;
}

/** Asks any authority with the use `time` what time it is. */
export interface TimeQuery extends UpMessage {
  readonly type: "time-query";
  /** 16 bytes of chance, base64url: an answer is to this question and to no earlier one. */
  readonly nonce: string;
}

export type UpPayload =
  | StateReport
  | BirthReport
  | HeartbeatReport
  | ReceiptReport
  | EvidenceReport
  | CheckpointReport
  | AlarmReport
  | TimeQuery;

export const EVIDENCE_KINDS = [
  "received",
  "refused",
  "played",
  "preempted",
  "cancelled",
  "expired",
  "failed",
  "local",
  "boot",
  "clock",
  "config",
  "command",
  "alarm",
  "counted",
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** How sure we are that it sounded: 0 decoded, 1 frames consumed by the device, 2 current sensed, 3 heard by a microphone. */
export type ProofStrength = 0 | 1 | 2 | 3;

/** One fact, before it has its place (`q`, `boot`, `monotonicMs`, `clock`) in the chain. */
export interface EvidenceFact {
  readonly kind: EvidenceKind;
  readonly issuer?: string | undefined;
  readonly itemId?: string | undefined;
  readonly area?: string | undefined;
  readonly zone?: ZoneId | undefined;
  readonly occurrence?: UnixSeconds | undefined;
  readonly play?: number | undefined;
  readonly startedAtMs?: UnixMs | undefined;
  readonly endedAtMs?: UnixMs | undefined;
  readonly offsetMs?: Milliseconds | undefined;
  readonly framesPlayed?: number | undefined;
  readonly framesExact?: boolean | undefined;
  readonly underruns?: number | undefined;
  readonly outcome?: string | undefined;
  readonly code?: string | undefined;
  readonly gainCentiDb?: number | undefined;
  readonly strength?: ProofStrength | undefined;
  readonly payloadHash?: string | undefined;
  readonly count?: number | undefined;
}

export interface EvidenceLine extends EvidenceFact {
  readonly q: number;
  readonly clock: ClockState;
  readonly boot: string;
  readonly monotonicMs: MonotonicMs;
}
