import { type Ground, groundOf } from "../core/areas.ts";
import { enrolledPlacementObjection, enrolledRootObjection } from "../core/enrolment.ts";
import { BUILT_IN_POLICY, type Policy } from "../core/policy.ts";
import { mergePolicy } from "../core/policy-merge.ts";
import type { Objection } from "../core/refusal.ts";
import type { Revocations } from "../core/revocation.ts";
import type { InstalledRoot } from "../core/trust-context.ts";
import type { GatewayId } from "../domain/broadcast.ts";
import type { PolicyDocument } from "../domain/policy-document.ts";
import type { ClockReading } from "../domain/time.ts";
import type { Placement, Revoked, Root, Sealed } from "../domain/trust.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { TrustDocument } from "../store/trust.ts";
import { type Opened, openDown, openPlacement, openRoot } from "../wire/envelope.ts";

export interface EnrolledTrust {
  readonly gateway: GatewayId;
  readonly rootEnvelope: Uint8Array;
  readonly placementEnvelope: Uint8Array;
}

/** What this gateway believes in now: the root, the placement in force, and the policy. */
export class TrustState {
  #root: InstalledRoot;
  #policy: PolicyDocument | undefined;
  #merged: Policy = BUILT_IN_POLICY;
  readonly #revoked = new Map<string, Revoked>();
  #placement: Placement;
  #ground: Ground;

  constructor(root: InstalledRoot, placement: Placement, policy?: PolicyDocument) {
    this.#root = root;
    if (policy !== undefined) this.rule(policy);
    this.#placement = placement;
    this.#ground = groundOf(placement);
  }

  get root(): InstalledRoot {
    return this.#root;
  }

  /** The rules in force: the built-in ones, and over them those that were signed. */
  get policy(): Policy {
    return this.#merged;
  }

  /** The signed policy in force; undefined while only the built-in one is. It holds also when it has expired. */
  get signedPolicy(): PolicyDocument | undefined {
    return this.#policy;
  }

  /** The newest list of each issuer for each area. */
  get revoked(): readonly Revoked[] {
    return [...this.#revoked.values()];
  }

  /** As decisions need them. */
  get revocations(): Revocations {
    return { revoked: this.revoked, ground: this.#ground, policy: this.#merged };
  }

  get placement(): Placement {
    return this.#placement;
  }

  /** The placement as decisions need it. */
  get ground(): Ground {
    return this.#ground;
  }

  /** Puts a verified root in force; after the commit that accepts it. */
  follow(root: InstalledRoot): void {
    this.#root = root;
  }

  /** Puts a verified policy in force; after the commit that accepts it. */
  rule(policy: PolicyDocument): void {
    this.#policy = policy;
    this.#merged = mergePolicy(policy);
  }

  /** Puts a verified list of revoked keys in force; after the commit that accepts it. */
  revoke(revoked: Revoked): void {
    this.#revoked.set(`${revoked.issuer}|${revoked.area}`, revoked);
  }

  /** Puts a verified placement in force; after the commit that accepts it. */
  install(placement: Placement): void {
    this.#placement = placement;
    this.#ground = groundOf(placement);
  }
}

/**
 * Installs what the enrolment folder brings, unless the database knows newer. A folder that contradicts itself is an objection:
 * the agent must not start on it.
 */
export function loadTrust(
  orders: OrdersStore,
  enrolled: EnrolledTrust,
  clock: ClockReading,
):
  | { readonly kind: "loaded"; readonly trust: TrustState }
  | { readonly kind: "objection"; readonly objection: Objection } {
  const root = newestRoot(orders, enrolled.rootEnvelope, clock);
  if (root.kind === "objection") return root;

  const offered = opened(openPlacement(enrolled.placementEnvelope));
  if (offered.kind === "objection") return offered;
  const signed = storedPolicy(orders);
  const policy = signed === undefined ? BUILT_IN_POLICY : mergePolicy(signed);
  const judge = { gateway: enrolled.gateway, root: root.sealed.payload, policy, clock };
  const known = storedPlacement(orders);
  const fresh = known === undefined || known.payload.sequence < offered.sealed.payload.sequence;
  // One in force stays in force when its keys have expired since; only a new one is judged.
  const foreign = fresh ? enrolledPlacementObjection(offered.sealed, judge) : undefined;
  if (foreign !== undefined) return { kind: "objection", objection: foreign };

  const placement = fresh || known === undefined ? offered.sealed : known;
  const inForce = { root: root.sealed.payload, payloadHash: root.sealed.payloadHash };
  const trust = new TrustState(inForce, placement.payload, signed);
  for (const revoked of storedRevoked(orders)) trust.revoke(revoked);
  orders.transaction(() => {
    orders.trust.put({
      type: "root",
      issuer: root.sealed.payload.issuer,
      scope: String(root.sealed.payload.rootVersion),
      sequence: root.sealed.payload.rootVersion,
      payloadHash: root.sealed.payloadHash,
      envelope: root.envelope,
    });
    if (fresh) {
      const { payload, payloadHash } = placement;
      orders.trust.put({ ...documentOf(payload), payloadHash, envelope: enrolled.placementEnvelope });
    }
  });
  return { kind: "loaded", trust };
}

/** One in force stays so, also when it has expired since: how else would the next one ever come? */
function newestRoot(orders: OrdersStore, enrolled: Uint8Array, clock: ClockReading) {
  const offered = opened(openRoot(enrolled));
  const stored = storedEnvelope(orders, "root");
  const known = stored && opened(openRoot(stored));
  if (stored !== undefined && known?.kind === "opened") {
    const isNewer = offered.kind === "opened" && offered.sealed.payload.rootVersion > known.sealed.payload.rootVersion;
    if (!isNewer) return { ...known, envelope: stored };
  }
  if (offered.kind === "objection") return offered;
  const weak = enrolledRootObjection(offered.sealed, clock);
  if (weak !== undefined) return { kind: "objection", objection: weak } as const;
  return { ...offered, envelope: enrolled };
}

function storedEnvelope(orders: OrdersStore, type: string): Uint8Array | undefined {
  return orders.trust.newest(type)?.envelope;
}

/** The signed policy in force, as it was stored when it was accepted. */
export function storedPolicy(orders: OrdersStore): PolicyDocument | undefined {
  const envelope = storedEnvelope(orders, "policy");
  const found = envelope && openDown(envelope, { kind: "policy" });
  const payload = found?.kind === "opened" ? found.sealed.payload : undefined;
  return payload?.type === "policy" ? payload : undefined;
}

function storedRevoked(orders: OrdersStore): readonly Revoked[] {
  return orders.trust.list("revoked").flatMap(({ issuer, scope, envelope }) => {
    const found = openDown(envelope, { kind: "revoked", area: scope, issuer });
    const payload = found.kind === "opened" ? found.sealed.payload : undefined;
    return payload?.type === "revoked" ? [payload] : [];
  });
}

/** The placement in force, as it was stored when it was accepted. */
export function storedPlacement(orders: OrdersStore): Sealed<Placement> | undefined {
  const envelope = storedEnvelope(orders, "placement");
  if (envelope === undefined) return undefined;
  const found = openPlacement(envelope);
  return found.kind === "opened" ? found.sealed : undefined;
}

/** Of the placement in force. Undefined on a box that was never placed. */
export function storedTimeZone(orders: OrdersStore): string | undefined {
  return storedPlacement(orders)?.payload.timeZone;
}

function opened<Payload extends Root | Placement>(
  result: Opened<Payload>,
):
  | { readonly kind: "opened"; readonly sealed: Sealed<Payload> }
  | { readonly kind: "objection"; readonly objection: Objection } {
  if (result.kind === "opened") return result;
  return { kind: "objection", objection: { code: result.code, detail: result.detail } };
}

function documentOf({
  type,
  issuer,
  sequence,
}: Placement): Pick<TrustDocument, "type" | "issuer" | "scope" | "sequence"> {
  return { type, issuer, scope: "", sequence };
}
