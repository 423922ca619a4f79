import { groundOf } from "../core/areas.ts";
import type { Original } from "../core/mandate.ts";
import type { Policy } from "../core/policy.ts";
import type { Objection } from "../core/refusal.ts";
import { targetsHere } from "../core/targets.ts";
import type { TrustContext } from "../core/trust-context.ts";
import { type Verdict, verifyDown } from "../core/verify.ts";
import type { Broadcast, BroadcastOrder } from "../domain/broadcast.ts";
import type { Standing } from "../domain/standing.ts";
import type { UnixMs } from "../domain/time.ts";
import type { DownPayload, DownTopic, Placement, Sealed } from "../domain/trust.ts";
import type { RootFile } from "./root.ts";

/** What gateways judge by. */
export interface Rules {
  readonly root: RootFile;
  readonly policy: Policy;
}

/** What a gateway will make of an order. */
export type Preview =
  | {
      readonly kind: "taken";
      readonly placement: Placement;
      readonly broadcast: Broadcast;
      readonly standing: Standing;
    }
  | { readonly kind: "refused"; readonly placement: Placement; readonly objection: Objection };

/**
 * Judges a sealed order as each gateway that it names will, by the same code. What a gateway can't be asked about from here
 * (what it has seen, how much waits there) is taken to be no obstacle.
 * @param originals what the order refers to, as each gateway took it
 */
export function previewOf(
  sealed: Sealed<BroadcastOrder>,
  placements: readonly Placement[],
  rules: Rules,
  nowMs: UnixMs,
  originals: (placement: Placement) => Original | undefined = () => undefined,
): Preview[] {
  const order = sealed.payload;
  return placements.flatMap((placement): Preview[] => {
    const [target] = targetsHere(order, groundOf(placement));
    if (target === undefined) return [];
    const emergency = order.class === "emergency";
    const topic = { kind: "broadcast", area: target.area, emergency, id: order.id } as const;
    const verdict = judgeFor(sealed, topic, placement, rules, nowMs, originals(placement));
    switch (verdict.kind) {
      case "accepted":
        if (verdict.what !== "broadcast") return [];
        return [{ kind: "taken", placement, broadcast: verdict.broadcast, standing: verdict.standing }];
      case "refused":
        return [{ kind: "refused", placement, objection: verdict }];
      case "duplicate":
        return [];
      default:
        return verdict satisfies never;
    }
  });
}

/** One message as one gateway will judge it. `original`: what it refers to, as that gateway took it. */
export function judgeFor(
  sealed: Sealed<DownPayload>,
  topic: DownTopic,
  placement: Placement,
  rules: Rules,
  nowMs: UnixMs,
  original: Original | undefined,
): Verdict {
  return verifyDown(sealed, topic, { ...contextOf(placement, rules, nowMs), original: () => original });
}

function contextOf(placement: Placement, { root, policy }: Rules, nowMs: UnixMs): TrustContext {
  return {
    gateway: placement.gateway,
    root,
    placement,
    policy,
    revoked: [],
    clock: { state: "sync", nowMs },
    seen: () => undefined,
    original: () => undefined,
    lastAccepted: () => undefined,
    active: () => ({ emergencies: 0, others: 0 }),
    kept: () => ({ references: 0, controls: 0 }),
  };
}
