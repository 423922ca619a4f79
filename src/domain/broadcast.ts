import type { BroadcastClass, Severity } from "./precedence.ts";
import type { UnixSeconds } from "./time.ts";

export type GatewayId = string;
export type ZoneId = string;
/** What broadcasts are addressed to. Opaque: kind and containment are signed data of the placement, never read from the id. */
export type AreaId = string;
export const AREA_KINDS = ["nation", "province", "commune", "special", "test"] as const;
export type AreaKind = (typeof AREA_KINDS)[number];

/** Who said it and which one: identity everywhere is the pair, never the id alone. */
export interface ItemKey {
  readonly issuer: string;
  readonly id: string;
}

/** One text for maps and logs. `|` can be in neither half: both are pattern-checked at the wire. */
export function itemKeyText(key: ItemKey): string {
  return `${key.issuer}|${key.id}`;
}

/** Members every down message has in common. */
export interface DownMessage {
  readonly version: 1;
  readonly type: string;
  readonly id: string;
  readonly issuer: string;
  readonly level: string;
  readonly sequence: number;
  readonly issuedAt: UnixSeconds;
  readonly notBefore: UnixSeconds;
  readonly expiresAt: UnixSeconds;
}

export interface Target {
  readonly area: AreaId;
  readonly zoneTags?: readonly string[] | undefined;
  readonly exceptAreas?: readonly AreaId[] | undefined;
  readonly gateways?: readonly GatewayId[] | undefined;
}

export const AUDIO_MEDIA_TYPES = ["audio/ogg", "audio/mpeg", "audio/wav"] as const;
export type AudioMediaType = (typeof AUDIO_MEDIA_TYPES)[number];

export const CHUNK_BYTES = 32_768;
/** Bytes of SHA-256 kept per chunk in `chunkHashes`. */
export const CHUNK_HASH_BYTES = 16;

/** A file named by its hash (base64url SHA-256), with the truncated hash of each of its chunks, concatenated. */
export interface AudioFile {
  readonly hash: string;
  readonly sizeBytes: number;
  readonly chunkBytes: typeof CHUNK_BYTES;
  readonly chunkHashes: string;
  readonly mediaType: AudioMediaType;
  readonly durationMs: number;
  readonly loudnessCentiLufs?: number | undefined;
  readonly truePeakCentiDb?: number | undefined;
}

export interface LibraryAudio {
  readonly library: string;
  readonly hash: string;
}

export function isAudioFile(audio: AudioFile | LibraryAudio): audio is AudioFile {
  return !("library" in audio);
}

export function chunkCount(audio: Pick<AudioFile, "sizeBytes">): number {
  return Math.ceil(audio.sizeBytes / CHUNK_BYTES);
}

export type AudioSource =
  | { readonly kind: "mqtt" }
  | { readonly kind: "https"; readonly url: string }
  | { readonly kind: "library" };

/** When to speak. `startWithinSeconds` is the latest start after due; it limits the first start only. */
export type Plan =
  | { readonly kind: "now"; readonly startWithinSeconds?: number | undefined }
  | { readonly kind: "at"; readonly at: UnixSeconds; readonly startWithinSeconds?: number | undefined }
  | {
      readonly kind: "recurring";
      readonly timesOfDay: readonly string[];
      readonly weekdays: readonly number[];
      readonly from: string;
      readonly until: string;
      readonly timeZone: string;
      readonly skipDates: readonly string[];
      readonly startWithinSeconds?: number | undefined;
    };

export const BROADCAST_STATUSES = ["actual", "exercise", "test"] as const;
export type BroadcastStatus = (typeof BROADCAST_STATUSES)[number];

/** How people know an order, and whether they are to take it in earnest. */
export interface Named {
  readonly title: string;
  readonly status: BroadcastStatus;
}
export type OnPreempt = "restart" | "resume" | "drop";

interface Addressed extends DownMessage {
  readonly type: "broadcast";
  readonly status: BroadcastStatus;
  readonly class: BroadcastClass;
  readonly severity: Severity;
  readonly targets: readonly Target[];
}

interface Spoken extends Addressed {
  readonly title: string;
  readonly language: string;
  readonly text?: string | undefined;
  readonly audio: AudioFile | LibraryAudio;
  readonly sources: readonly AudioSource[];
  readonly plan: Plan;
  readonly repeat: number;
  readonly gapSeconds: number;
  readonly onPreempt: OnPreempt;
  readonly gate: "auto" | "manual";
  readonly gainCentiDb: number;
  readonly chime?: string | undefined;
}

/** An order to speak, as signed. */
export interface AlertOrder extends Spoken {
  readonly action: "alert";
}
/** Replaces what it refers to. */
export interface UpdateOrder extends Spoken {
  readonly action: "update";
  readonly references: readonly ItemKey[];
}
/** Stops what it refers to. */
export interface CancelOrder extends Addressed {
  readonly action: "cancel";
  readonly references: readonly ItemKey[];
}
export type BroadcastOrder = AlertOrder | UpdateOrder | CancelOrder;

/** What every order to speak is that this agent can carry out today: its audio is a file (core/capability refuses the rest). */
export interface Alert extends AlertOrder {
  readonly audio: AudioFile;
}
export interface Update extends UpdateOrder {
  readonly audio: AudioFile;
}
export type Broadcast = Alert | Update;
