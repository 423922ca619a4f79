import { mkdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { covers, type Ground, groundOf } from "../core/areas.ts";
import { type Policy, rankOf } from "../core/policy.ts";
import type { AreaId } from "../domain/broadcast.ts";
import type { Link } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { Delegation, Revoked, RevokedKey } from "../domain/trust.ts";
import { payloadHashOf, seal } from "../wire/envelope.ts";
import { areaDocumentTopic } from "../wire/topics.ts";
import { type Authority, authoritiesOf, open, revokedAuthoritiesOf, type StoredAuthority } from "./authority.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { issuersOf } from "./folder.ts";
import { kidOf } from "./keys.ts";
import { documentMembers, type Moment } from "./moment.ts";
import { OPERATIONS } from "./names.ts";
import { publishAll } from "./publish-all.ts";
import type { RetainedMessage } from "./retained.ts";
import { rememberHeldLists } from "./revocation-lists.ts";
import type { KeptRevocation } from "./revoked-keys.ts";

/** There is room for no more in one list (PROTOCOL.md, section 4.9). */
const MAX_KEYS = 256;

export interface RevocationRequest {
  /** An issuer, or the kid of one key; of one that is revoked already too, whose lists are to be signed anew. */
  readonly subject: string;
  /** Of an issuer's keys only this holder's. */
  readonly holder?: string | undefined;
  readonly reason: RevokedKey["reason"];
  /** Since when it must not count. */
  readonly from: UnixSeconds;
  /** Who revokes; undefined: the desk's operations where they stand above, otherwise another holder of the same issuer. */
  readonly by?: string | undefined;
}

export interface PlannedRevocation {
  readonly keys: readonly StoredAuthority[];
  readonly reason: RevokedKey["reason"];
  readonly from: UnixSeconds;
  readonly signedBy: string;
  /** One for each area of who revokes. */
  readonly messages: readonly RetainedMessage[];
  /** What those name. */
  readonly named: readonly KeptRevocation[];
  /** The end of the lists, where a key that they name lives longer: before it they have to be signed anew. */
  readonly endsEarly: UnixSeconds | undefined;
}

/** @throws AgentFailure `desk-invalid` when there is no such key here, or who revokes may not, or would not reach everywhere */
export async function planRevocation(
  desk: Desk,
  { subject, holder, reason, from, by }: RevocationRequest,
  moment: Moment,
): Promise<PlannedRevocation> {
  const { folder, database } = desk;
  const now = toUnixSeconds(moment.nowMs);
  const isMeant = ({ key }: StoredAuthority) => kidOf(key.publicKey) === subject;
  const keys = issuersOf(folder)
    .flatMap((name) => [
      ...authoritiesOf(folder, name).filter((stored) => stored.key.issuer === subject || isMeant(stored)),
      ...revokedAuthoritiesOf(folder, name).filter(isMeant),
    ])
    .filter(({ key }) => holder === undefined || key.holder === holder);
  if (keys.length === 0) throw deskFailure("desk.revoke.unknown", { subject });
  rememberHeldLists(desk);
  const revoker = await open(desk, chooseRevoker(desk, keys, by, now));
  const { areas, expiresAt } = revoker.delegation;
  const { issuer, holder: signedBy } = revoker.delegation.subject;
  const fresh = keys.map(({ key, delegation }) => ({
    ...{ kid: kidOf(key.publicKey), reason, from },
    until: delegation.expiresAt,
  }));
  const all = merged([...database.revoked.of(issuer).filter(({ until }) => until > now), ...fresh]);
  if (all.length > MAX_KEYS) throw deskFailure("desk.revoke.full", { by: issuer, keys: all.length, most: MAX_KEYS });
  const endsEarly = all.some(({ until }) => until > expiresAt) ? expiresAt : undefined;
  return {
    ...{ keys, reason, from, signedBy, endsEarly },
    messages: areas.map((area) => revocationFor(desk, area, all, revoker, moment)),
    named: areas.flatMap((area) => all.map((one) => ({ ...one, issuer, area }))),
  };
}

type Named = Omit<KeptRevocation, "issuer" | "area">;

/** Each key once, and never less than was said of it before: that would give it back. */
function merged(all: readonly Named[]): readonly Named[] {
  const byKid = new Map<string, Named>();
  for (const { kid, reason, from, until } of all) {
    const before = byKid.get(kid);
    byKid.set(kid, {
      kid,
      reason: before?.reason === "compromised" ? "compromised" : reason,
      from: Math.min(from, before?.from ?? from),
      until: Math.max(until, before?.until ?? until),
    });
  }
  return [...byKid.values()];
}

/**
 * Gateways heed the key's own issuer and every higher authority (PROTOCOL.md, section 4.9), and nobody revokes with the key that goes.
 * Of those who reach the key wherever it speaks the first whose own lasts as long as all that his list must name, or else the one
 * whose lasts longest.
 */
function chooseRevoker(
  desk: Pick<Desk, "folder" | "policy" | "settings" | "database">,
  keys: readonly StoredAuthority[],
  by: string | undefined,
  now: UnixSeconds,
): StoredAuthority {
  const { folder, policy, database } = desk;
  const names = by === undefined ? [OPERATIONS, ...keys.slice(0, 1).map(({ key }) => key.issuer)] : [by];
  const entitled = names
    .flatMap((name) => authoritiesOf(folder, name))
    .filter(({ delegation: { uses, expiresAt } }) => uses.includes("revoke") && expiresAt > now)
    .filter(({ delegation: { subject } }) =>
      keys.every(({ key, delegation }) => key.issuer === subject.issuer || isAbove(subject, delegation, policy)),
    )
    .filter(({ path }) => keys.every((key) => key.path !== path));
  if (entitled.length === 0) throw deskFailure("desk.revoke.right", { by: names.join(", ") });

  const grounds = database.register.all().map(({ placement }) => groundOf(placement));
  const missed = entitled.map((revoker) => unreachedBy(revoker, keys, desk, grounds));
  const reaching = entitled.filter((_, index) => missed[index]?.length === 0);
  const isEnough = ({ delegation: { subject, expiresAt } }: StoredAuthority) =>
    [
      ...keys.map(({ delegation }) => delegation.expiresAt),
      ...database.revoked.of(subject.issuer).map(({ until }) => until),
    ].every((until) => until <= expiresAt);
  const [longest] = reaching.toSorted((a, b) => b.delegation.expiresAt - a.delegation.expiresAt);
  const revoker = reaching.find(isEnough) ?? longest;
  if (revoker !== undefined) return revoker;
  const [fewest = []] = missed.toSorted((a, b) => a.length - b.length);
  throw deskFailure("desk.revoke.reach", { by: names.join(", "), areas: fewest.join(", ") });
}

/** Areas in which the keys would go on speaking, now or at a gateway to come: a list bears on those that lie in its area. */
function unreachedBy(
  { delegation: { areas, subject } }: StoredAuthority,
  keys: readonly StoredAuthority[],
  { settings, policy }: Pick<Desk, "settings" | "policy">,
  grounds: readonly Ground[],
): readonly AreaId[] {
  const isReached = (area: AreaId, delegation: Delegation): boolean => {
    if (areas.includes(area)) return true;
    const placed = grounds.filter(({ kinds }) => kinds.has(area));
    if (placed.length > 0) return placed.every((ground) => covers(ground, areas, area));
    // No gateway stands there yet. Those that come stand in the territory, whoever speaks for a part of it.
    return areas.includes(settings.territory.id) && isAbove(subject, delegation, policy);
  };
  const unreached = keys.flatMap(({ delegation }) => delegation.areas.filter((area) => !isReached(area, delegation)));
  return [...new Set(unreached)];
}

function isAbove(subject: Delegation["subject"], { subject: other }: Delegation, policy: Policy): boolean {
  return rank(subject, policy) < rank(other, policy);
}

function rank({ level }: Delegation["subject"], policy: Policy): number {
  return rankOf(level, policy) ?? Number.POSITIVE_INFINITY;
}

/** Says it to everyone, keeps saying it, and puts the keys where nobody takes them by mistake. */
export async function publishRevocation(
  { database, audit, folder }: Desk,
  { keys, reason, signedBy, messages, named }: PlannedRevocation,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  for (const { key } of keys) {
    const hash = messages[0] && payloadHashOf(messages[0].payload);
    const detail = `${reason}: ${kidOf(key.publicKey)} (${key.holder})`;
    audit.record({ act: "revoke", subject: key.issuer, holders: [signedBy], detail, hash }, moment.nowMs);
  }
  database.transaction(() => {
    for (const one of named) database.revoked.put(one);
    for (const message of messages) database.retained.put(message);
  });
  for (const { path, key } of keys) {
    const place = folder.revoked(key.issuer);
    mkdirSync(place, { recursive: true, mode: 0o700 });
    renameSync(path, join(place, basename(path)));
  }
  const { fault } = await publishAll(link, messages, toUnixSeconds(moment.nowMs), () => {});
  if (fault !== undefined) throw deskFailure("desk.intervention.unsent", { reason: fault }, "link-failed");
}

/** The newest version stands for all earlier ones. */
function revocationFor(
  { database }: Desk,
  area: AreaId,
  named: readonly Named[],
  { delegation, signer, chain }: Authority,
  moment: Moment,
): RetainedMessage {
  const { issuer, level } = delegation.subject;
  const seconds = delegation.expiresAt - toUnixSeconds(moment.nowMs);
  const document: Revoked = {
    ...documentMembers(moment, { issuer, level, seconds, sequence: database.sequences.next("revoked", moment.nowMs) }),
    type: "revoked",
    area,
    keys: named.map(({ kid, from, reason }) => ({ kid, from, reason })),
  };
  const topic = areaDocumentTopic("revoked", area, issuer);
  return { topic, payload: seal(document, [signer], document.issuedAt, chain), expiresAt: document.expiresAt };
}
