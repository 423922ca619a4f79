import type { AreaId, GatewayId, ItemKey, Named, ZoneId } from "./broadcast.ts";
import type { BroadcastClass } from "./precedence.ts";
import type { AlarmCode, AlarmReport, DiskReading, ItemState, QueueReport, ZoneActivity } from "./report.ts";
import type { ClockState, Milliseconds, UnixMs, UnixSeconds } from "./time.ts";

/** What the agent tells `loa status` through its socket: JSON, exactly this. */
export interface StatusReport extends StoredStatus {
  readonly agentVersion: string;
  readonly atMs: UnixMs;
  /** Of the agent. */
  readonly uptimeSeconds: number;
  readonly links: { readonly control: LinkStatus; readonly media: LinkStatus };
  readonly clock: { readonly state: ClockState; readonly source: string };
  readonly zones: readonly ZoneStatus[];
  /** Halts and holds in force; undefined where there are none. */
  readonly halts?: readonly HaltStatus[] | undefined;
  readonly disk: DiskReading;
  readonly memory: { readonly residentMb: number; readonly budgetMb: number };
}

/** The part that the orders database knows, also while the agent is down. */
export interface StoredStatus {
  readonly gateway: GatewayId;
  /** Of the placement in force: by it people are told times. Undefined on a box that was never placed. */
  readonly timeZone?: string | undefined;
  /** All that wait, are fetched or play. */
  readonly waiting: QueueReport;
  /** The most urgent of them by class, and the last few that ended. */
  readonly queue: readonly QueuedStatus[];
  /** Messages the broker has not taken yet. */
  readonly outboxCount: number;
  /** `last` is 0 before the first record; `first` is the oldest one still here. */
  readonly evidence: { readonly first: number; readonly last: number; readonly acknowledged: number };
  readonly alarms: readonly AlarmStatus[];
}

/** Without `item` it silences all that is no emergency. */
export interface HaltStatus extends ItemKey {
  readonly op: "halt" | "hold";
  readonly item?: ItemKey | undefined;
  readonly zones: readonly ZoneId[];
  /** The last second of it. */
  readonly until: UnixSeconds;
}

export interface LinkStatus {
  readonly connected: boolean;
  /** When that began; undefined before the first connect. */
  readonly sinceMs?: UnixMs | undefined;
}

export interface ZoneStatus {
  readonly id: ZoneId;
  readonly device: string;
  readonly activity: ZoneActivity;
  readonly item?: (ItemKey & Named & { readonly playedMs: Milliseconds }) | undefined;
  readonly levelCentiDb?: number | undefined;
  readonly underruns: number;
  readonly lastPlay?: LastPlay | undefined;
}

export interface LastPlay extends ItemKey, Named {
  readonly endedAtMs: UnixMs;
  /** As in its evidence record: `done`, `failed` and so on. */
  readonly outcome: string;
}

export interface QueuedStatus extends ItemKey, Named {
  /** As arbitrated. */
  readonly class: BroadcastClass;
  readonly area: AreaId;
  readonly state: ItemState;
  /** Why it is in this state, where there is a reason: a refusal or fault code. */
  readonly code?: string | undefined;
  /** Next due instant; undefined when none is left. */
  readonly due?: UnixSeconds | undefined;
  readonly expiresAt: UnixSeconds;
  /** How much of its audio is here; `have` is undefined where nobody counted. */
  readonly chunks: { readonly have?: number | undefined; readonly total: number };
}

export interface AlarmStatus {
  readonly code: AlarmCode;
  readonly severity: AlarmReport["severity"];
  readonly sinceMs: UnixMs;
  readonly detail: string;
}
