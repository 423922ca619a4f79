import { mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { keyId } from "../core/keys.ts";
import { type Policy, rankOf } from "../core/policy.ts";
import type { AreaId } from "../domain/broadcast.ts";
import type { Link } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { Delegation, Revoked, RevokedKey } from "../domain/trust.ts";
import { openDown, payloadHashOf, seal } from "../wire/envelope.ts";
import { areaDocumentTopic } from "../wire/topics.ts";
import { type Authority, authoritiesOf, open, type StoredAuthority } from "./authority.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { issuersOf } from "./folder.ts";
import { documentMembers, type Moment } from "./moment.ts";
import { OPERATIONS } from "./names.ts";
import { publishAll } from "./publish-all.ts";
import type { RetainedMessage } from "./retained.ts";

export interface RevocationRequest {
  /** An issuer, or the kid of one key. */
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
}

/** @throws AgentFailure `desk-invalid` when there is no such key here, or who revokes may not */
export async function planRevocation(
  desk: Desk,
  { subject, holder, reason, from, by }: RevocationRequest,
  moment: Moment,
): Promise<PlannedRevocation> {
  const keys = issuersOf(desk.folder)
    .flatMap((name) => authoritiesOf(desk.folder, name))
    .filter(({ key }) => key.issuer === subject || kidOf(key.publicKey) === subject)
    .filter(({ key }) => holder === undefined || key.holder === holder);
  if (keys.length === 0) throw deskFailure("desk.revoke.unknown", { subject });
  const revoker = await open(desk, chooseRevoker(desk, keys, by));
  const revoked = keys.map(({ key }) => ({ kid: kidOf(key.publicKey), from, reason }));
  const messages = revoker.delegation.areas.map((area) => revocationFor(desk, area, revoked, revoker, moment));
  return { keys, reason, from, signedBy: revoker.delegation.subject.holder, messages };
}

/** Gateways heed the key's own issuer and every higher authority (PROTOCOL.md, section 4.9), and nobody revokes with the key that goes. */
function chooseRevoker(
  { folder, policy }: Desk,
  keys: readonly StoredAuthority[],
  by: string | undefined,
): StoredAuthority {
  const isAbove = ({ delegation: { subject } }: StoredAuthority) =>
    keys.every(
      ({ delegation }) =>
        delegation.subject.issuer === subject.issuer || rank(subject, policy) < rank(delegation.subject, policy),
    );
  const names = by === undefined ? [OPERATIONS, ...keys.slice(0, 1).map(({ key }) => key.issuer)] : [by];
  const [revoker] = names
    .flatMap((name) => authoritiesOf(folder, name))
    .filter((authority) => authority.delegation.uses.includes("revoke") && isAbove(authority))
    .filter(({ path }) => keys.every((key) => key.path !== path));
  if (revoker === undefined) throw deskFailure("desk.revoke.right", { by: names.join(", ") });
  return revoker;
}

function rank({ level }: Delegation["subject"], policy: Policy): number {
  return rankOf(level, policy) ?? Number.POSITIVE_INFINITY;
}

/** Says it to everyone, keeps saying it, and puts the keys where nobody takes them by mistake. */
export async function publishRevocation(
  { database, audit, folder }: Desk,
  { keys, reason, signedBy, messages }: PlannedRevocation,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  for (const { key } of keys) {
    const hash = messages[0] && payloadHashOf(messages[0].payload);
    const detail = `${reason}: ${kidOf(key.publicKey)} (${key.holder})`;
    audit.record({ act: "revoke", subject: key.issuer, holders: [signedBy], detail, hash }, moment.nowMs);
  }
  database.transaction(() => {
    for (const message of messages) database.retained.put(message);
  });
  for (const { path, key } of keys) {
    const place = join(folder.issuer(key.issuer), "revoked", basename(path));
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    renameSync(path, place);
  }
  const { fault } = await publishAll(link, messages, toUnixSeconds(moment.nowMs), () => {});
  if (fault !== undefined) throw deskFailure("desk.intervention.unsent", { reason: fault }, "link-failed");
}

export function kidOf(publicKey: string): string {
  return keyId(Buffer.from(publicKey, "base64url"));
}

/** The newest version stands for all earlier ones, so it names what they named too. */
function revocationFor(
  { database }: Desk,
  area: AreaId,
  keys: readonly RevokedKey[],
  { delegation, signer, chain }: Authority,
  moment: Moment,
): RetainedMessage {
  const { issuer, level } = delegation.subject;
  const topic = areaDocumentTopic("revoked", area, issuer);
  const earlier = revokedSoFar(database.retained.find(topic)?.payload, area, issuer);
  const seconds = delegation.expiresAt - toUnixSeconds(moment.nowMs);
  const document: Revoked = {
    ...documentMembers(moment, { issuer, level, seconds, sequence: database.sequences.next("revoked", moment.nowMs) }),
    type: "revoked",
    area,
    keys: [...earlier.filter(({ kid }) => keys.every((key) => key.kid !== kid)), ...keys],
  };
  return { topic, payload: seal(document, [signer], document.issuedAt, chain), expiresAt: document.expiresAt };
}

function revokedSoFar(envelope: Uint8Array | undefined, area: AreaId, issuer: string): readonly RevokedKey[] {
  if (envelope === undefined) return [];
  const opened = openDown(envelope, { kind: "revoked", area, issuer });
  return opened.kind === "opened" && opened.sealed.payload.type === "revoked" ? opened.sealed.payload.keys : [];
}
