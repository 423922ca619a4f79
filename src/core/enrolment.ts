import type { GatewayId } from "../domain/broadcast.ts";
import type { ClockReading } from "../domain/time.ts";
import type { Placement, Root, Sealed } from "../domain/trust.ts";
import { authenticate, keyValidities, rootHolders, rootKeyring } from "./chain.ts";
import type { Policy } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";
import { signersObjection } from "./signers.ts";
import { expiryObjection } from "./validity.ts";
import { rootObjection } from "./verify-root.ts";

/**
 * What speaks against the root of an enrolment folder. Whoever hands over the folder is trusted to bring the right root, of
 * whatever version the desk has come to; this makes sure that it is whole, and that its own holders stand behind it.
 */
export function enrolledRootObjection(sealed: Sealed<Root>, clock: ClockReading): Objection | undefined {
  const root = sealed.payload;
  const malformed = rootObjection(root);
  if (malformed !== undefined) return malformed;
  const signed = rootHolders(ownSignaturesOf(sealed), rootKeyring(root));
  if (signed === undefined) return objection("signature", "a root signature does not hold");
  if (signed.size < root.thresholds.root) {
    return objection("signature", `${signed.size} of ${root.thresholds.root} root holders signed`);
  }
  return expiryObjection(root, [], clock);
}

/** Of a later version also those have signed who left with it: whether they were holders only the version before could tell. */
function ownSignaturesOf(sealed: Sealed<Root>): Sealed<Root> {
  if (sealed.payload.rootVersion === 1) return sealed;
  const keyring = rootKeyring(sealed.payload);
  return { ...sealed, signatures: sealed.signatures.filter(({ header }) => keyring.has(header.kid)) };
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
