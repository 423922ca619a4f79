import type { Signer } from "../domain/ports.ts";
import type { Delegation, KeyUse } from "../domain/trust.ts";
import { type EnvelopeJson, openDelegation } from "../wire/envelope.ts";
import type { AuditTrail } from "./audit.ts";
import { deskFailure } from "./failure.ts";
import type { DeskFolder } from "./folder.ts";
import { keyFilesIn, type LockedKey } from "./key-file.ts";
import type { Keyring } from "./keyring.ts";

/** Someone who may speak: what a key is allowed, and the chain that proves it. */
export interface Mandated {
  readonly delegation: Delegation;
  /** From the root's child down to this authority's own delegation. */
  readonly chain: readonly EnvelopeJson[];
}

/** The same with the key opened. */
export interface Authority extends Mandated {
  readonly signer: Signer;
}

/** The same as it lies in the folder. */
export interface StoredAuthority extends Mandated {
  readonly path: string;
  readonly key: LockedKey;
}

/** What signing takes. */
export interface KeyCabinet {
  readonly folder: DeskFolder;
  readonly keys: Keyring;
  readonly audit: AuditTrail;
}

/** All keys that this desk holds for an issuer; of each holder the one that was delegated to last. */
export function authoritiesOf(folder: DeskFolder, name: string): readonly StoredAuthority[] {
  const newest = new Map<string, StoredAuthority>();
  for (const stored of storedIn(folder.issuer(name))) {
    const { delegation } = stored;
    const { holder } = delegation.subject;
    if (delegation.issuedAt >= (newest.get(holder)?.delegation.issuedAt ?? 0)) newest.set(holder, stored);
  }
  return [...newest.values()];
}

/** The keys of an issuer that this desk has taken out of use. */
export function revokedAuthoritiesOf(folder: DeskFolder, name: string): readonly StoredAuthority[] {
  return storedIn(folder.revoked(name));
}

function storedIn(folder: string): readonly StoredAuthority[] {
  return [...keyFilesIn(folder)].map(([path, { key, chain }]) => {
    const opened = openDelegation(Buffer.from(JSON.stringify(chain.at(-1) ?? {})));
    if (opened.kind === "refused") throw deskFailure("desk.damaged", { path, reason: opened.detail });
    return { path, key, delegation: opened.sealed.payload, chain };
  });
}

/**
 * The key of an issuer that is to sign. Where several holders could, somebody must say who is sitting here.
 * @param use keys without it are only taken when there is no other: a gateway's rules will say what is wrong then
 * @throws AgentFailure `desk-invalid`
 */
export function chooseAuthority(folder: DeskFolder, name: string, use: KeyUse, holder?: string): StoredAuthority {
  const all = authoritiesOf(folder, name);
  if (all.length === 0) throw deskFailure("desk.issuer.unknown", { name });
  if (holder !== undefined) {
    const held = all.find(({ delegation }) => delegation.subject.holder === holder);
    if (held !== undefined) return held;
    throw deskFailure("desk.holder.unknown", { name, holder, holders: holdersOf(all) });
  }
  const fit = all.filter(({ delegation }) => delegation.uses.includes(use));
  const [first = all[0], second] = fit;
  if (first === undefined || second !== undefined) {
    throw deskFailure("desk.holder.which", { name, holders: holdersOf(fit) });
  }
  return first;
}

export function holdersOf(authorities: readonly Mandated[]): string {
  return authorities.map(({ delegation }) => delegation.subject.holder).join(", ");
}

export async function open({ keys }: Pick<KeyCabinet, "keys">, stored: StoredAuthority): Promise<Authority> {
  const { delegation, chain, key } = stored;
  return { delegation, chain, signer: await keys.open(key) };
}

/** @throws AgentFailure `desk-invalid` when it is unknown, ambiguous or does not open */
export async function loadAuthority(
  desk: KeyCabinet,
  name: string,
  use: KeyUse,
  holder?: string | undefined,
): Promise<Authority> {
  return await open(desk, chooseAuthority(desk.folder, name, use, holder));
}
