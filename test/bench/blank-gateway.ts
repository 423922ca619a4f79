import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import type { TrustContext } from "../../src/core/trust-context.ts";
import type { Placement, Root } from "../../src/domain/trust.ts";
import { payloadHashOf, seal } from "../../src/wire/envelope.ts";
import { GATEWAY, MORNING, PLACEMENT, ROOT, rootKey } from "../fixtures/wire-messages.ts";

/** What a gateway judges by that heeds this root and has seen nothing yet. */
export function blankGateway(root: Root): TrustContext {
  return {
    gateway: GATEWAY,
    root: { root, payloadHash: payloadHashOf(seal(ROOT, [rootKey], MORNING)) },
    placement: PLACEMENT as unknown as Placement,
    policy: BUILT_IN_POLICY,
    clock: { state: "sync", nowMs: (MORNING + 60) * 1000 },
    revoked: [],
    seen: () => undefined,
    original: () => undefined,
    lastAccepted: () => undefined,
    active: () => ({ emergencies: 0, others: 0 }),
    kept: () => ({ references: 0, controls: 0 }),
  };
}
