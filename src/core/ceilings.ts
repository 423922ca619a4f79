import { type BroadcastOrder, isAudioFile } from "../domain/broadcast.ts";
import type { ControlOrder } from "../domain/control.ts";
import type { Policy } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";

/** Items that are accepted and not over yet. */
export interface ActiveCount {
  readonly emergencies: number;
  readonly others: number;
}

/** What one issuer has us keep beside his orders. */
export interface KeptCount {
  /** Orders not here yet that he cancelled or replaced. */
  readonly references: number;
  /** Halts, holds and resumes that have not expired. */
  readonly controls: number;
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

/** Only what has to be remembered is limited: what is here can always be cancelled. */
export function rememberedObjection(references: number, { rememberedReferences }: Policy): Objection | undefined {
  if (references <= rememberedReferences) return undefined;
  return objection("limit", `${references} orders of one issuer's that are not here, at most ${rememberedReferences}`);
}

export function controlCeilingObjection(
  control: ControlOrder,
  policy: Policy,
  { controls }: KeptCount,
): Objection | undefined {
  const life = control.expiresAt - control.notBefore;
  if (life > policy.controlLifeSeconds) {
    return objection("limit", `lives ${life} s, at most ${policy.controlLifeSeconds} s`);
  }
  if (controls < policy.activeControls) return undefined;
  return objection("limit", `${controls} halts, holds and resumes of one issuer, at most ${policy.activeControls}`);
}

function longestLifeSeconds(order: BroadcastOrder, policy: Policy): number {
  const recurring = order.action !== "cancel" && order.plan.kind === "recurring";
  return recurring ? policy.recurringLifeSeconds : policy.lifeSeconds[order.class];
}
