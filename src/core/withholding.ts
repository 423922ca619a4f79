import type { ItemKey } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Beacon, Index, IndexedItem } from "../domain/trust.ts";

/** A document that is here, by what a beacon says of it. */
export interface HeldVersion {
  readonly payloadHash: string;
  readonly issuedAt: UnixSeconds;
}

/** What of an issuer and an area is here. */
export interface Held {
  readonly rootVersion: number;
  readonly policySequence: number;
  readonly index: HeldVersion | undefined;
  readonly revoked: HeldVersion | undefined;
}

export type Lack = "root" | "policy" | "index" | "revoked";

/** What a beacon says is in force and is not here. A beacon that was kept for us may be older than what is: then nothing lacks. */
export function lacksOf(beacon: Beacon, held: Held): readonly Lack[] {
  const lacks: Lack[] = [];
  if (beacon.rootVersion > held.rootVersion) lacks.push("root");
  if (beacon.policySequence > held.policySequence) lacks.push("policy");
  if (isLacking(beacon.revokedHash, held.revoked, beacon)) lacks.push("revoked");
  if (isLacking(beacon.indexHash, held.index, beacon)) lacks.push("index");
  return lacks;
}

function isLacking(hash: string | undefined, held: HeldVersion | undefined, { issuedAt }: Beacon): boolean {
  if (hash === undefined || hash === held?.payloadHash) return false;
  return held === undefined || held.issuedAt <= issuedAt;
}

/** What an index names and is not here in any form, the most urgent first. */
export function missingOf(
  { issuer, items }: Index,
  now: UnixSeconds,
  isKnown: (key: ItemKey, payloadHash: string) => boolean,
): readonly IndexedItem[] {
  const missing = items.filter(({ id, hash, expiresAt }) => expiresAt >= now && !isKnown({ issuer, id }, hash));
  return missing.toSorted((a, b) => URGENCY[a.class] - URGENCY[b.class]);
}

const URGENCY = { emergency: 0, priority: 1, routine: 2 } as const;

/** How often in a row each order was absent from its issuer's indexes of its area. */
export type Absences = ReadonlyMap<string, number>;

/** One index may have been made while an order was on its way; what the next one does not name either was taken back. */
const ABSENT_AT_MOST = 2;

/** Counts on with one more index. `orders`: what was accepted from its issuer by its area, by id. */
export function countAbsences(
  { items, issuedAt }: Index,
  orders: readonly { readonly id: string; readonly issuedAt: UnixSeconds }[],
  before: Absences,
): { readonly absences: Absences; readonly withdrawn: readonly string[] } {
  const named = new Set(items.map(({ id }) => id));
  const absences = new Map<string, number>();
  for (const order of orders) {
    if (named.has(order.id) || order.issuedAt > issuedAt) continue;
    absences.set(order.id, (before.get(order.id) ?? 0) + 1);
  }
  const withdrawn = [...absences].filter(([, times]) => times >= ABSENT_AT_MOST).map(([id]) => id);
  return { absences, withdrawn };
}
