import type { DownMessage } from "../domain/broadcast.ts";
import type { PolicyDocument } from "../domain/policy-document.ts";
import type { Root, Sealed } from "../domain/trust.ts";
import { rootHolders, rootKeyring } from "./chain.ts";
import { type Objection, objection, type Refused, refusedSigned, refusedUnsigned } from "./refusal.ts";
import { ROOT_NAME } from "./scope.ts";
import type { TrustContext } from "./trust-context.ts";
import { earlyObjection, expiryObjection } from "./validity.ts";
import { aheadObjection, sequenceObjection, trustedClockObjection } from "./versions.ts";

export type RootVerdict =
  | { readonly kind: "accepted"; readonly what: "root"; readonly root: Root }
  | { readonly kind: "accepted"; readonly what: "policy"; readonly policy: PolicyDocument }
  | { readonly kind: "duplicate" }
  | Refused;

/**
 * The next root follows from the one in force and stands on its own: as many holders as either asks for have signed it. A version
 * ahead of its turn can't be judged, since nobody here knows its signers yet: it is asked for again when the one before it is in
 * force. Neither clock nor expiry is asked: an expired root may be followed, and one that has expired by now be passed through, or
 * a gateway that was away for long would never come to the root of today.
 */
export function judgeRoot(sealed: Sealed<DownMessage>, next: Root, context: TrustContext): RootVerdict {
  const { root, payloadHash } = context.root;
  if (sealed.payloadHash === payloadHash) return { kind: "duplicate" };
  if (next.rootVersion !== root.rootVersion + 1) {
    const detail = `version ${next.rootVersion} can't follow ${root.rootVersion}`;
    return refusedUnsigned(objection("root-old", detail));
  }
  const inForce = rootKeyring(root);
  const coming = rootKeyring(next);
  const holders = rootHolders(sealed, new Map([...coming, ...inForce]));
  if (holders === undefined) return refusedUnsigned(objection("signature", "a root signature does not hold"));
  const kids = sealed.signatures.map(({ header }) => header.kid);
  const consenting = new Set(kids.flatMap((kid) => inForce.get(kid)?.holder ?? [])).size;
  if (consenting < root.thresholds.root) {
    return refusedUnsigned(objection("root-old", "too few holders of the root in force signed"));
  }
  const malformed = rootObjection(next);
  if (malformed !== undefined) return refusedSigned(malformed);
  const standing = new Set(kids.flatMap((kid) => coming.get(kid)?.holder ?? [])).size;
  if (standing < next.thresholds.root) {
    return refusedSigned(objection("quorum", `${standing} of ${next.thresholds.root} holders of the new root signed`));
  }
  return { kind: "accepted", what: "root", root: next };
}

/** What speaks against a root whoever brings it: nothing in it may weaken a later check. */
export function rootObjection(root: Root): Objection | undefined {
  if (root.issuer !== ROOT_NAME || root.level !== ROOT_NAME)
    return objection("schema", "a root that speaks as another");
  const keyring = rootKeyring(root);
  if (keyring.size < root.keys.length) return objection("signature", "a root key is malformed, weak or named twice");
  const holders = new Set([...keyring.values()].map(({ holder }) => holder)).size;
  const unmeetable = Object.values(root.thresholds).some((needed) => needed < 1 || needed > holders);
  return unmeetable ? objection("schema", `thresholds that ${holders} holders can't meet`) : undefined;
}

/** Only after the holders it takes are known to stand behind it: strangers leave no trace. */
export function judgePolicy(sealed: Sealed<DownMessage>, policy: PolicyDocument, context: TrustContext): RootVerdict {
  const { root } = context.root;
  const { clock } = context;
  const last = context.lastAccepted("policy", policy.issuer, "");
  const holders = rootHolders(sealed, rootKeyring(root));
  if (holders === undefined) return refusedUnsigned(objection("signature", "a root signature does not hold"));
  if (holders.size < root.thresholds.policy) {
    return refusedUnsigned(
      objection("key-unknown", `${holders.size} of ${root.thresholds.policy} root holders signed`),
    );
  }
  if (sealed.payloadHash === last?.payloadHash) return { kind: "duplicate" };
  const found =
    trustedClockObjection(clock) ??
    expiryObjection(policy, [root], clock) ??
    sequenceObjection(policy, last) ??
    aheadObjection(policy, [root], clock, context.policy.clock.beaconToleranceSeconds) ??
    earlyObjection(policy, clock);
  return found === undefined ? { kind: "accepted", what: "policy", policy } : refusedSigned(found);
}
