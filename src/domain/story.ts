import type { AreaId, GatewayId, ItemKey, Named, ZoneId } from "./broadcast.ts";
import type { PlayOutcome } from "./playout.ts";
import type { BroadcastClass } from "./precedence.ts";
import type { FaultCode, ItemState } from "./report.ts";
import type { ClockState, Milliseconds, UnixMs, UnixSeconds } from "./time.ts";

/** What `loa queue` shows: JSON through the agent's socket, exactly this. */
export interface QueueOutlook {
  readonly gateway: GatewayId;
  /** Of the placement in force: by it people are told times. Undefined from an agent that does not tell it yet. */
  readonly timeZone?: string | undefined;
  readonly atMs: UnixMs;
  readonly clock: ClockState;
  readonly zones: readonly ZoneOutlook[];
  /** What waits for the same reason in every zone. */
  readonly everywhere: readonly OutlookEntry[];
}

export interface ZoneOutlook {
  readonly zoneId: ZoneId;
  /** In the order in which they will speak, as far as is known now; what is on air comes first. */
  readonly entries: readonly OutlookEntry[];
  /** Further ones that are not listed. */
  readonly more: number;
}

export interface OutlookEntry extends ItemKey, Named {
  readonly class: BroadcastClass;
  readonly onAir: boolean;
  /** A reason code of arbitration, or `waits-` and one of plan's. */
  readonly reason: string;
  /** When its turn comes if nothing comes between; undefined when nobody can know. On air: when it ends. */
  readonly atMs?: UnixMs | undefined;
}

/** What `loa why` shows of whatever it was asked about. */
export type Story = ItemStory | ZoneStory | RefusedStory | { readonly kind: "unknown" } | AmbiguousStory;

interface Placed {
  /** Of the placement in force: by it people are told times. Undefined on a box that was never placed. */
  readonly timeZone?: string | undefined;
}

export interface ItemStory extends ItemKey, Named, Placed {
  readonly kind: "item";
  readonly class: BroadcastClass;
  readonly area: AreaId;
  readonly state: ItemState;
  readonly expiresAt: UnixSeconds;
  /** From acceptance on, oldest first. */
  readonly steps: readonly StoryStep[];
}

export interface ZoneStory extends Placed {
  readonly kind: "zone";
  readonly zoneId: ZoneId;
  /** The last ones, oldest first. */
  readonly steps: readonly (StoryStep & ItemKey & Named)[];
}

export interface RefusedStory {
  readonly kind: "refused";
  readonly refusals: readonly (ItemKey & { readonly code: string })[];
}

/** Part of an id that several items share. */
export interface AmbiguousStory {
  readonly kind: "ambiguous";
  readonly items: readonly (ItemKey & Named)[];
}

export type StoryStep =
  | { readonly kind: "accepted"; readonly atMs: UnixMs }
  /** An empty zone: the reason is the same in all of them. */
  | { readonly kind: "decided"; readonly atMs: UnixMs; readonly zoneId: ZoneId; readonly reason: string }
  | {
      readonly kind: "began";
      readonly atMs: UnixMs;
      readonly zoneId: ZoneId;
      readonly play: number;
      readonly offsetMs: Milliseconds;
    }
  | {
      readonly kind: "ended";
      readonly atMs: UnixMs;
      readonly zoneId: ZoneId;
      readonly play: number;
      readonly outcome: PlayOutcome;
      readonly code?: FaultCode | undefined;
      readonly offsetMs: Milliseconds;
    }
  /** Where the item stands in the end, or has come to. */
  | { readonly kind: "state"; readonly atMs: UnixMs; readonly state: ItemState; readonly code?: string | undefined };
