import type { AudioMediaType, ItemKey, ZoneId } from "./broadcast.ts";
import type { FaultCode } from "./report.ts";
import type { Milliseconds, MonotonicMs, UnixMs, UnixSeconds } from "./time.ts";

/** One item that wants one zone at one due instant: what plan proposes and arbitrate chooses among. */
export interface Claim {
  readonly item: ItemKey;
  readonly zoneId: ZoneId;
  readonly occurrence: UnixSeconds;
}

export function sameClaim(a: Claim | undefined, b: Claim | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.zoneId === b.zoneId && a.occurrence === b.occurrence && a.item.issuer === b.item.issuer && a.item.id === b.item.id
  );
}

/**
 * How one sounding ended. `played`: it reached its end; `preempted`: something more urgent cut it; `cancelled`: its order or its
 * target is gone; `expired`: its time was over; `failed`: with a code, `crash` for one found open at start-up.
 */
export type PlayOutcome = "played" | "preempted" | "cancelled" | "expired" | "failed";

/** One sounding of one occurrence in one zone, as remembered. Without `end` it is on air. */
export interface Play {
  readonly zoneId: ZoneId;
  readonly occurrence: UnixSeconds;
  /** Counts from 1 per item, zone and occurrence. */
  readonly play: number;
  readonly startedAtMs: UnixMs;
  /** Where in the item it began. */
  readonly offsetMs: Milliseconds;
  readonly end?: PlayEnd | undefined;
}

export interface PlayEnd {
  readonly outcome: PlayOutcome;
  readonly code?: FaultCode | undefined;
  readonly atMs: UnixMs;
  /** Where in the item it ended, as far as is known for sure. */
  readonly offsetMs: Milliseconds;
}

/** What reconcile asks of a zone's player. */
export type PlayoutCommand =
  | { readonly kind: "start"; readonly zoneId: ZoneId; readonly claim: Claim }
  | { readonly kind: "replace"; readonly zoneId: ZoneId; readonly claim: Claim; readonly preempted: Claim }
  | { readonly kind: "stop"; readonly zoneId: ZoneId };

/** The sink of a zone as the firmware profile describes it. */
export interface ZoneSink {
  readonly zoneId: ZoneId;
  /** ALSA PCM name, by card id: `plughw:CARD=Device,DEV=0`, never by number. */
  readonly device: string;
  readonly rateHz: number;
  readonly channels: number;
  readonly bufferMs: Milliseconds;
  readonly periodMs: Milliseconds;
  /** Silence played first, while the amplifier wakes. */
  readonly leadInMs: Milliseconds;
}

/** The card's id in an ALSA PCM name: `plughw:CARD=loaz1,DEV=0` → `loaz1`; undefined for a name out of asound.conf. */
export function cardOf(device: string): string | undefined {
  return /[:,]CARD=([^,]+)/.exec(device)?.[1];
}

/** Names one sounding between the player and the output. Made by the player, unique in a process's life. */
export type PlayHandle = number;

export interface OutputStart {
  readonly kind: "start";
  readonly zoneId: ZoneId;
  readonly play: PlayHandle;
  readonly mediaType: AudioMediaType;
  readonly sizeBytes: number;
  readonly gainCentiDb: number;
  /** Where in the item to begin. */
  readonly offsetMs: Milliseconds;
  /** Longest the item may sound whatever its file says: a hard stop. */
  readonly maximumMs: Milliseconds;
  /**
   * The attention tone goes first, with a gain of its own, and again for 12 s at most while nothing of the item is decoded yet: an
   * urgent start need not wait for its file. `hungry` is answered when the file is there.
   */
  readonly attentionTone?: { readonly gainCentiDb: number } | undefined;
  /** Starts of one decision that are heard together: those of one `id`, `size` in number, sent one after the other. */
  readonly group?: { readonly id: number; readonly size: number } | undefined;
}

/** Orders to the sound output. `start` while another play runs on the zone cuts that one at once; a fade is let finish by all but a tone. */
export type OutputCommand =
  | OutputStart
  /** The next bytes of the file, in order, answering `hungry`. The buffer is transferred: the sender must not touch it again. */
  | {
      readonly kind: "feed";
      readonly play: PlayHandle;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly last: boolean;
    }
  /** The file cannot be read on; end the play as failed. */
  | { readonly kind: "abort"; readonly play: PlayHandle; readonly code: FaultCode }
  /**
   * Ends what sounds on the zone. With `fadeMs` what is not yet handed to the device fades out in that time, and a start that comes
   * meanwhile cuts the fade; without it silence falls at once.
   */
  | { readonly kind: "stop"; readonly zoneId: ZoneId; readonly fadeMs?: Milliseconds | undefined }
  /** The gain that the attention tone of a zone has from here on: made ready now, it costs an emergency no time. */
  | { readonly kind: "prepare-tone"; readonly zoneId: ZoneId; readonly gainCentiDb: number }
  /** Waits for the card of a zone that sounds nothing, until it takes sound: `card-back` answers, once. */
  | { readonly kind: "await-card"; readonly zoneId: ZoneId };

export type PlayEnding = "drained" | "stopped" | "failed";

/**
 * What the sound output tells, by a clock that never steps: what time it is it does not know. Every `start` command is answered by
 * exactly one `ended`, whatever happens.
 */
export type OutputEvent = PlayEvent | { readonly kind: "card-back"; readonly zoneId: ZoneId };

export type PlayEvent =
  /** Wants this many further bytes of the file. */
  | { readonly kind: "hungry"; readonly play: PlayHandle; readonly bytes: number }
  /** The first frame that is meant to be heard went to the device: the attention tone's, or the item's where there is none. */
  | { readonly kind: "started"; readonly play: PlayHandle; readonly monotonicMs: MonotonicMs }
  | {
      readonly kind: "progress";
      readonly play: PlayHandle;
      /** Frames of the item that the device has taken, at the sink's rate. */
      readonly frames: number;
      readonly levelCentiDb: number;
      readonly underruns: number;
    }
  | {
      readonly kind: "ended";
      readonly play: PlayHandle;
      readonly ending: PlayEnding;
      readonly code?: FaultCode | undefined;
      /** For people: what the tool said, trimmed. */
      readonly detail?: string | undefined;
      /** Why the output failed, where a cure is known. */
      readonly outputFault?: "missing" | "busy" | "stalled" | undefined;
      readonly monotonicMs: MonotonicMs;
      /** Of the item alone. */
      readonly framesPlayed: number;
      /** Only after a clean drain whose wall time agrees with the frames. */
      readonly framesExact: boolean;
      readonly underruns: number;
    };
