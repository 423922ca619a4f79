import type { AreaId } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { DownTopic, Revoked, RevokedKey, Sealed } from "../domain/trust.ts";
import { openDown } from "../wire/envelope.ts";
import { areaDocumentTopic, parseDownTopic } from "../wire/topics.ts";
import { authoritiesOf, revokedAuthoritiesOf, type StoredAuthority } from "./authority.ts";
import type { DeskDatabase } from "./database.ts";
import type { Desk } from "./desk.ts";
import { type DeskFolder, issuersOf } from "./folder.ts";
import { kidOf } from "./keys.ts";
import { DAY_SECONDS } from "./moment.ts";
import type { KeptRevocation } from "./revoked-keys.ts";

/** So long before a list ends somebody is told: it takes a person with a passphrase. */
const TOLD_SECONDS = 30 * DAY_SECONDS;
/** Of a key that is not here nobody knows when it ends. */
const END_OF_TIME: UnixSeconds = 4_294_967_295;

/** A list that ends at the broker before a key that it names: a box that is enrolled after that believes the key. */
export interface EndingList {
  readonly issuer: string;
  readonly area: AreaId;
  readonly endsAt: UnixSeconds;
  /** Of the keys it names the one that lives longest. */
  readonly key: RevokedKey;
}

/** Those that end within 30 days, or are not there any more, or are signed by a key that was revoked since. */
export function endingLists({ revoked, retained }: DeskDatabase, now: UnixSeconds): readonly EndingList[] {
  const longest = new Map<string, KeptRevocation>();
  const living = revoked.living(now);
  for (const one of living) {
    const topic = areaDocumentTopic("revoked", one.area, one.issuer);
    if (!longest.has(topic)) longest.set(topic, one);
  }
  return [...longest].flatMap(([topic, { issuer, area, until, kid, from, reason }]) => {
    const held = retained.find(topic);
    const endsAt =
      held === undefined || hangsOnOneOf(living, held.payload, { kind: "revoked", issuer, area }) ? 0 : held.expiresAt;
    return endsAt < until && endsAt - now <= TOLD_SECONDS ? [{ issuer, area, endsAt, key: { kid, from, reason } }] : [];
  });
}

/** Before they were remembered apart, what was revoked stood in the lists alone: what those name that are still held is taken over. */
export function rememberHeldLists({ database, folder }: Pick<Desk, "database" | "folder">): void {
  for (const topic of database.retained.activeTopics(0)) {
    const parsed = parseDownTopic(topic);
    const held = parsed?.kind === "revoked" ? database.retained.find(topic) : undefined;
    if (parsed?.kind !== "revoked" || held === undefined) continue;
    const { issuer, area } = parsed;
    const named = openList(held.payload, parsed)?.payload.keys ?? [];
    const known = database.revoked.of(issuer).filter((one) => one.area === area);
    for (const key of named.filter(({ kid }) => known.every((one) => one.kid !== kid))) {
      const until = keyHere(folder, key.kid)?.delegation.expiresAt ?? END_OF_TIME;
      database.revoked.put({ issuer, area, ...key, until });
    }
  }
}

/** Whether who takes in the newest lists first would refuse this one (PROTOCOL.md, section 4.9). */
function hangsOnOneOf(revoked: readonly RevokedKey[], envelope: Uint8Array, topic: AreaDocumentTopic): boolean {
  const list = openList(envelope, topic);
  const signers = list?.signatures.map(({ header }) => header.kid) ?? [];
  const issuedAt = list?.payload.issuedAt ?? 0;
  return revoked.some(
    ({ kid, reason, from }) => signers.includes(kid) && (reason === "compromised" || issuedAt >= from),
  );
}

type AreaDocumentTopic = Extract<DownTopic, { readonly issuer: string }>;

/** Undefined where the envelope is none of a list of revoked keys. */
export function openList(envelope: Uint8Array, topic: AreaDocumentTopic): Sealed<Revoked> | undefined {
  const opened = openDown(envelope, topic);
  if (opened.kind === "refused" || opened.sealed.payload.type !== "revoked") return undefined;
  return { ...opened.sealed, payload: opened.sealed.payload };
}

/** Also one that was taken out of use. */
function keyHere(folder: DeskFolder, kid: string): StoredAuthority | undefined {
  return issuersOf(folder)
    .flatMap((name) => [...authoritiesOf(folder, name), ...revokedAuthoritiesOf(folder, name)])
    .find(({ key }) => kidOf(key.publicKey) === kid);
}
