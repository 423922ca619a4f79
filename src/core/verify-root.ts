import type { DownMessage } from "../domain/broadcast.ts";
import type { Root, Sealed } from "../domain/trust.ts";
import { rootHolders, rootKeyring } from "./chain.ts";
import { objection, type Refused, refusedSigned, refusedUnsigned } from "./refusal.ts";
import type { TrustContext } from "./trust-context.ts";

export type RootVerdict = { readonly kind: "duplicate" } | Refused;

/**
 * A root that comes over the broker. Rotation is not there yet, so even the right next version is refused; but only after it is
 * known to come from holders of the root in force, so that strangers leave no trace.
 */
export function judgeRoot(sealed: Sealed<DownMessage>, next: Root, context: TrustContext): RootVerdict {
  const { root, payloadHash } = context.root;
  if (sealed.payloadHash === payloadHash) return { kind: "duplicate" };
  if (next.rootVersion !== root.rootVersion + 1) {
    const detail = `version ${next.rootVersion} can't follow ${root.rootVersion}`;
    return refusedUnsigned(objection("root-old", detail));
  }
  const inForce = rootKeyring(root);
  const holders = rootHolders(sealed, new Map([...rootKeyring(next), ...inForce]));
  if (holders === undefined) return refusedUnsigned(objection("signature", "a root signature does not hold"));
  const consenting = sealed.signatures
    .map(({ header }) => inForce.get(header.kid)?.holder)
    .filter((h) => h !== undefined);
  if (new Set(consenting).size < root.thresholds.root) {
    return refusedUnsigned(objection("root-old", "too few holders of the root in force signed"));
  }
  return refusedSigned(objection("unsupported", "root rotation"));
}

/** Only after the holders it takes are known to stand behind it: strangers leave no trace. */
export function judgePolicy(sealed: Sealed<DownMessage>, { root: { root } }: TrustContext): RootVerdict {
  const holders = rootHolders(sealed, rootKeyring(root));
  if (holders === undefined) return refusedUnsigned(objection("signature", "a root signature does not hold"));
  if (holders.size < root.thresholds.policy) {
    return refusedUnsigned(
      objection("key-unknown", `${holders.size} of ${root.thresholds.policy} root holders signed`),
    );
  }
  return refusedSigned(objection("unsupported", "policy"));
}
