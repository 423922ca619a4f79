import type { DownMessage, ItemKey, Target } from "./broadcast.ts";
import type { Mandate, Validity } from "./standing.ts";
import type { UnixSeconds } from "./time.ts";

/** Ops that are specified and that this agent can't carry out yet. */
export const UNBUILT_CONTROL_OPS = ["order", "approve", "suppress"] as const;

interface Directed extends DownMessage {
  readonly type: "control";
  readonly targets: readonly Target[];
}

/** Silences what is no emergency, or one item whatever it is, from `notBefore` up to and including `until`. */
export interface HaltOrder extends Directed {
  readonly op: "halt";
  readonly item?: ItemKey | undefined;
  readonly until: UnixSeconds;
}
/** Ends the halts of what is no emergency, or the halts and holds of one item, that were issued before it. */
export interface ResumeOrder extends Directed {
  readonly op: "resume";
  readonly item?: ItemKey | undefined;
}
/** One of an item's signers stops it alone, for as long as it takes to find the second for a cancel. */
export interface HoldOrder extends Directed {
  readonly op: "hold";
  readonly item: ItemKey;
}
export interface UnbuiltControl extends Directed {
  readonly op: (typeof UNBUILT_CONTROL_OPS)[number];
}
export type ControlOrder = HaltOrder | ResumeOrder | HoldOrder | UnbuiltControl;

/** An accepted control, as it is kept: what it says, and with what right. */
export interface Control {
  readonly key: ItemKey;
  readonly op: "halt" | "resume" | "hold";
  readonly item?: ItemKey | undefined;
  readonly targets: readonly Target[];
  readonly issuedAt: UnixSeconds;
  /** When it has its effect. */
  readonly window: Validity;
  readonly mandate: Mandate;
}
