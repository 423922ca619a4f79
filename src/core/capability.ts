import { type AlertOrder, type Broadcast, isAudioFile, type UpdateOrder } from "../domain/broadcast.ts";
import type { Policy } from "./policy.ts";
import type { Urgency } from "./quorum.ts";
import { type Objection, objection } from "./refusal.ts";

export type Capability =
  | { readonly kind: "able"; readonly broadcast: Broadcast }
  | { readonly kind: "unable"; readonly objection: Objection };

/**
 * Whether this agent can carry out a good and allowed order (PROTOCOL.md, section 12). What needs a rule that isn't there yet is
 * refused by name: an order that is half understood must not sound.
 */
export function judgeCapability(order: AlertOrder | UpdateOrder): Capability {
  const unable = (feature: string): Capability => ({ kind: "unable", objection: objection("unsupported", feature) });
  if (order.plan.kind === "recurring") return unable("plan recurring");
  if (order.gate === "manual") return unable("gate manual");
  if (order.chime !== undefined) return unable("chime");
  const { audio } = order;
  if (!isAudioFile(audio)) return unable("library audio");
  if (!order.sources.some(({ kind }) => kind === "mqtt")) return unable("sources without mqtt");
  return { kind: "able", broadcast: { ...order, audio } };
}

/** Where the policy wants the commune to approve first: nothing here can ask it yet. */
export function gateObjection(urgency: Urgency, { gates }: Pick<Policy, "gates">): Objection | undefined {
  if (urgency.class === "emergency" || gates[urgency.class] === "auto") return undefined;
  return objection("unsupported", `the policy's gate manual for ${urgency.class}`);
}
