import { type BroadcastOrder, isAudioFile } from "../domain/broadcast.ts";
import type { Policy } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";

/** Items that are accepted and not over yet. */
export interface ActiveCount {
  readonly emergencies: number;
  readonly others: number;
}

/** What the policy has against a broadcast that its signers had every right to send. */
export function ceilingObjection(order: BroadcastOrder, policy: Policy, active: ActiveCount): Objection | undefined {
  const life = order.expiresAt - order.notBefore;
  const longest = longestLifeSeconds(order, policy);
  if (life > longest) return objection("limit", `lives ${life} s, at most ${longest} s`);
  if (order.action === "cancel") return undefined;

  if (order.repeat > policy.repeats[order.class]) {
    return objection("limit", `${order.repeat} repeats, at most ${policy.repeats[order.class]}`);
  }
  if (order.class === "emergency" && isAudioFile(order.audio) && order.audio.durationMs > policy.emergencyPlayMs) {
    return objection("limit", `an emergency of ${order.audio.durationMs} ms, at most ${policy.emergencyPlayMs} ms`);
  }
  const beside = order.class === "emergency" ? active.emergencies : active.others;
  if (beside >= policy.activeItems)
    return objection("limit", `${beside} items are active, at most ${policy.activeItems}`);
  return undefined;
}

function longestLifeSeconds(order: BroadcastOrder, policy: Policy): number {
  const recurring = order.action !== "cancel" && order.plan.kind === "recurring";
  return recurring ? policy.recurringLifeSeconds : policy.lifeSeconds[order.class];
}
