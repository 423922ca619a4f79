import type { ItemKey } from "./broadcast.ts";
import type { Mandate, Validity } from "./standing.ts";

/** An order that an update or a cancel takes off the air, here already or not, and with what right. */
export interface Withdrawal {
  readonly reference: ItemKey;
  readonly by: ItemKey;
  readonly action: "update" | "cancel";
  /** Of the message that says so. */
  readonly payloadHash: string;
  readonly mandate: Mandate;
  /** When it may have its effect. */
  readonly window: Validity;
}
