import type { DownMessage } from "../domain/broadcast.ts";
import type { KeyMark, Validity } from "../domain/standing.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Delegation, EnvelopeSignature, Root, Sealed } from "../domain/trust.ts";
import type { Ground } from "./areas.ts";
import { checkPublicKey, verifyLinkSignature, verifySignature } from "./keys.ts";
import type { Policy } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";
import { linkObjection, rootLinkObjection } from "./scope.ts";

/** Delegations between the root and a signer. */
const MAX_LINKS = 3;

/** A key whose signature under the message is good, and the delegations it stands on, the root's child first. */
export interface Signatory {
  readonly kid: string;
  /** Who answers for it: that is whom quorums count. */
  readonly holder: string;
  readonly signedAt: number;
  readonly leaf: Delegation;
  readonly links: readonly Delegation[];
  /** The keys of the links, each with what it signed. */
  readonly keys: readonly KeyMark[];
}

export type Authenticated =
  | { readonly kind: "authentic"; readonly signatories: readonly Signatory[] }
  | { readonly kind: "unproven"; readonly objection: Objection };

interface Link {
  readonly sealed: Sealed<Delegation>;
  readonly kid: string;
  readonly raw: Uint8Array;
}

type Path =
  | { readonly kind: "path"; readonly links: readonly Link[] }
  | { readonly kind: "broken"; readonly objection: Objection };

/**
 * Who signed, by cryptography alone: every signature of the message and of each link on the way down from the root holds. Whether
 * the links may give what they give is for `chainObjection`, after it is known that somebody of ours really signed.
 */
export function authenticate(sealed: Sealed<DownMessage>, root: Root): Authenticated {
  const unproven = (reason: Objection): Authenticated => ({ kind: "unproven", objection: reason });
  const links = new Map<string, Link>();
  for (const link of sealed.chain) {
    const key = checkPublicKey(link.payload.subject.publicKey);
    if (key.kind === "bad") return unproven(objection("signature", `the key of a link is ${key.reason}`));
    links.set(key.kid, { sealed: link, kid: key.kid, raw: key.raw });
  }

  const keyring = rootKeyring(root);
  const used = new Set<Sealed<Delegation>>();
  const signatories: Signatory[] = [];
  for (const { header } of sealed.signatures) {
    const path = trace(header.kid, links, keyring, root, MAX_LINKS);
    if (path.kind === "broken") return unproven(path.objection);
    for (const link of path.links) used.add(link.sealed);
    const signatory = signatoryOf(header, path.links, sealed.payload.issuedAt);
    if (signatory === undefined) return unproven(objection("key-unknown", "a signer without a delegation"));
    if (signatories.some(({ kid }) => kid === header.kid)) return unproven(objection("schema", "one key signed twice"));
    signatories.push(signatory);
  }
  if (signatories.length === 0) return unproven(objection("signature", "no signature"));
  if (used.size < sealed.chain.length)
    return unproven(objection("schema", "a link that leads to no signer, or a second one for its key"));

  for (const signature of sealed.signatures) {
    const key = links.get(signature.header.kid);
    if (key === undefined || !isSignedBy(sealed, signature, key.raw, verifySignature)) {
      return unproven(objection("signature", `the signature of ${signature.header.kid} does not hold`));
    }
  }
  return { kind: "authentic", signatories };
}

/** Undefined for a signer without a delegation. */
function signatoryOf(
  { kid, signedAt }: EnvelopeSignature["header"],
  path: readonly Link[],
  issuedAt: UnixSeconds,
): Signatory | undefined {
  const links = path.map((link) => link.sealed.payload);
  const leaf = links.at(-1);
  return leaf && { kid, holder: holderOf(leaf, links), signedAt, leaf, links, keys: marksOf(path, signedAt, issuedAt) };
}

/**
 * Who answers for a signature: whom the topmost delegation of its issuer names. Who may hand on his own issuer's voice makes no
 * second person by that, or a thief of his key would be a quorum.
 */
function holderOf({ subject }: Delegation, links: readonly Delegation[]): string {
  return links.find((link) => link.subject.issuer === subject.issuer)?.subject.holder ?? subject.holder;
}

/** Who signed by what the message says itself, whichever root its chain leads to. Verifies nothing: for what was found authentic before. */
export function statedSignatories(sealed: Sealed<DownMessage>): readonly Signatory[] {
  const links = new Map<string, Link>();
  for (const link of sealed.chain) {
    const key = checkPublicKey(link.payload.subject.publicKey);
    if (key.kind === "good") links.set(key.kid, { sealed: link, kid: key.kid, raw: key.raw });
  }
  return sealed.signatures.flatMap(({ header }) => {
    const path: Link[] = [];
    let link = links.get(header.kid);
    while (link !== undefined && path.length < MAX_LINKS) {
      path.unshift(link);
      link = links.get(giverOf(link));
    }
    return signatoryOf(header, path, sealed.payload.issuedAt) ?? [];
  });
}

function giverOf({ sealed: { signatures } }: Link): string {
  return signatures[0]?.header.kid ?? "";
}

/** A link's key signed the next link; the last one signed the message. */
function marksOf(links: readonly Link[], signedAt: UnixSeconds, issuedAt: UnixSeconds): readonly KeyMark[] {
  return links.map(({ sealed: { payload }, kid }, index) => {
    const { issuer, level } = payload.subject;
    const below = links[index + 1]?.sealed;
    if (below === undefined) return { kid, issuer, level, signedAt, issuedAt };
    const signed = below.signatures[0]?.header.signedAt ?? signedAt;
    return { kid, issuer, level, signedAt: signed, issuedAt: below.payload.issuedAt };
  });
}

/** What speaks against the links of a signer: each must lie within the one above it. */
export function chainObjection(
  signatory: Signatory,
  policy: Policy,
  ground: Ground | undefined,
): Objection | undefined {
  let parent: Delegation | undefined;
  for (const link of signatory.links) {
    const found = parent === undefined ? rootLinkObjection(link, policy) : linkObjection(link, parent, policy, ground);
    if (found !== undefined) return found;
    parent = link;
  }
  return undefined;
}

/** Everything a signer's word hangs on in time: the root and each link. A link may outlive its parent; it just can't be used then. */
export function keyValidities(signatories: readonly Signatory[], root: Root): readonly Validity[] {
  return [root, ...signatories.flatMap(({ links }) => links)];
}

export interface RootSigner {
  readonly raw: Uint8Array;
  readonly holder: string;
}

/** The root's keys by kid. A key that may not be used at all is left out, so it can sign nothing. */
export function rootKeyring(root: Pick<Root, "keys">): ReadonlyMap<string, RootSigner> {
  const keyring = new Map<string, RootSigner>();
  for (const { publicKey, holder } of root.keys) {
    const key = checkPublicKey(publicKey);
    if (key.kind === "good") keyring.set(key.kid, { raw: key.raw, holder });
  }
  return keyring;
}

/** The holders whose root keys signed; undefined if any signature is by another key or does not hold. */
export function rootHolders(
  sealed: Sealed<DownMessage>,
  keyring: ReadonlyMap<string, RootSigner>,
): ReadonlySet<string> | undefined {
  const holders = new Set<string>();
  for (const signature of sealed.signatures) {
    const signer = keyring.get(signature.header.kid);
    if (signer === undefined || !isSignedBy(sealed, signature, signer.raw, verifyLinkSignature)) return undefined;
    holders.add(signer.holder);
  }
  return holders;
}

/** Climbs first and verifies on the way down: links that hang on nothing cost no signature check. */
function trace(
  kid: string,
  links: ReadonlyMap<string, Link>,
  keyring: ReadonlyMap<string, RootSigner>,
  root: Root,
  stepsLeft: number,
): Path {
  const broken = (reason: Objection): Path => ({ kind: "broken", objection: reason });
  const link = links.get(kid);
  if (link === undefined) return broken(objection("key-unknown", `no delegation for ${kid}`));
  if (stepsLeft === 0) return broken(objection("key-unknown", `more than ${MAX_LINKS} delegations below the root`));

  const { signatures } = link.sealed;
  const [signature] = signatures;
  if (signature === undefined) return broken(objection("signature", "a link without signature"));
  if (keyring.has(signature.header.kid)) {
    const holders = rootHolders(link.sealed, keyring);
    if (holders === undefined) return broken(objection("signature", "a root signature of a link does not hold"));
    if (holders.size < root.thresholds.delegation) {
      return broken(
        objection("key-unknown", `${holders.size} of ${root.thresholds.delegation} root holders signed a link`),
      );
    }
    return { kind: "path", links: [link] };
  }
  // Below the root one key answers for a delegation; a second signature would have no rule to count it.
  if (signatures.length > 1) return broken(objection("signature", "a link signed by several keys below the root"));
  const above = trace(signature.header.kid, links, keyring, root, stepsLeft - 1);
  if (above.kind === "broken") return above;
  const parent = links.get(signature.header.kid);
  if (parent === undefined || !isSignedBy(link.sealed, signature, parent.raw, verifyLinkSignature)) {
    return broken(objection("signature", "the signature of a link does not hold"));
  }
  return { kind: "path", links: [...above.links, link] };
}

/** `typ` is under the signature: nobody can pass one type of message off as another. */
function isSignedBy(
  sealed: Sealed<DownMessage>,
  signature: EnvelopeSignature,
  raw: Uint8Array,
  verify: typeof verifySignature,
): boolean {
  return (
    signature.header.typ === `loa1.${sealed.payload.type}` && verify(raw, signature.signingInput, signature.signature)
  );
}
