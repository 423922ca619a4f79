import type { GatewayId } from "../domain/broadcast.ts";
import type { ClockReading } from "../domain/time.ts";
import type { Placement, Root, Sealed } from "../domain/trust.ts";
import { authenticate, keyValidities, rootHolders, rootKeyring } from "./chain.ts";
import type { Policy } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";
import { ROOT_NAME } from "./scope.ts";
import { signersObjection } from "./signers.ts";
import { expiryObjection } from "./validity.ts";

/** The only version that may be believed because a person put it there. All others have to follow from it. */
const FIRST_ROOT = 1;

/**
 * What speaks against the root of an enrolment folder. Whoever hands over the folder is trusted to bring the right root; this
 * makes sure that it is whole, that its own holders stand behind it, and that nothing in it could weaken a later check.
 */
export function enrolledRootObjection(sealed: Sealed<Root>, clock: ClockReading): Objection | undefined {
  const root = sealed.payload;
  if (root.rootVersion !== FIRST_ROOT)
    return objection("root-old", `version ${root.rootVersion} does not come by enrolment`);
  if (root.issuer !== ROOT_NAME || root.level !== ROOT_NAME)
    return objection("schema", "a root that speaks as another");

  const keyring = rootKeyring(root);
  if (keyring.size < root.keys.length) return objection("signature", "a root key is malformed, weak or named twice");
  const holders = new Set([...keyring.values()].map(({ holder }) => holder)).size;
  const unmeetable = Object.values(root.thresholds).some((needed) => needed < 1 || needed > holders);
  if (unmeetable) return objection("schema", `thresholds that ${holders} holders can't meet`);

  const signed = rootHolders(sealed, keyring);
  if (signed === undefined) return objection("signature", "a root signature does not hold");
  if (signed.size < root.thresholds.root) {
    return objection("signature", `${signed.size} of ${root.thresholds.root} root holders signed`);
  }
  return expiryObjection(root, [], clock);
}

/** What speaks against the first placement: judged by chain, use and expiry, as there is none yet to judge areas by. */
export function enrolledPlacementObjection(
  sealed: Sealed<Placement>,
  trust: { readonly gateway: GatewayId; readonly root: Root; readonly policy: Policy; readonly clock: ClockReading },
): Objection | undefined {
  const placement = sealed.payload;
  if (placement.gateway !== trust.gateway) return objection("binding", `a placement for ${placement.gateway}`);
  const authenticated = authenticate(sealed, trust.root);
  if (authenticated.kind === "unproven") return authenticated.objection;
  const { signatories } = authenticated;
  return (
    expiryObjection(placement, keyValidities(signatories, trust.root), trust.clock) ??
    signersObjection(placement, "placement", signatories, trust.policy, undefined)
  );
}
