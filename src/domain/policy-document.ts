import type { AreaId, AreaKind, DownMessage } from "./broadcast.ts";
import type { AuthorityLevel, BroadcastClass } from "./precedence.ts";
import type { Milliseconds } from "./time.ts";

/** From `from` up to, not including, `until`: minutes of the day where the gateway stands, `HH:MM`; `24:00` is its end. */
export interface HoursOfDay {
  readonly from: string;
  readonly until: string;
}

/** When orders to an area may begin. One that names an area goes before one that names a kind. */
export type AllowedHours = { readonly hours: readonly HoursOfDay[] } & (
  | { readonly area: AreaId; readonly kind?: undefined }
  | { readonly kind: AreaKind; readonly area?: undefined }
);

/** The authorities' rules, as signed. What is left out stays as built in; every number is clamped before it counts (core/policy). */
export interface PolicyDocument extends DownMessage {
  readonly type: "policy";
  readonly levels: readonly AuthorityLevel[];
  readonly lifeSeconds?: { readonly [Kind in BroadcastClass | "recurring"]?: number | undefined } | undefined;
  readonly repeats?: { readonly [Class in BroadcastClass]?: number | undefined } | undefined;
  readonly emergencyPlayMs?: Milliseconds | undefined;
  readonly activeItems?: number | undefined;
  readonly rememberedReferences?: number | undefined;
  readonly controlLifeSeconds?: number | undefined;
  readonly activeControls?: number | undefined;
  readonly holdSeconds?: number | undefined;
  readonly quorum?:
    | {
        readonly holders?: number | undefined;
        readonly signedWithinSeconds?: number | undefined;
        readonly aloneInKind?: AreaKind | undefined;
        readonly ownLevel?: string | undefined;
      }
    | undefined;
  readonly allowedHours?: readonly AllowedHours[] | undefined;
  readonly gates?:
    | { readonly [Class in Exclude<BroadcastClass, "emergency">]?: "auto" | "manual" | undefined }
    | undefined;
  readonly clock?:
    | {
        readonly holdSeconds?: number | undefined;
        readonly untimedEmergencyLifeSeconds?: number | undefined;
        readonly beaconToleranceSeconds?: number | undefined;
      }
    | undefined;
}
