import { existsSync } from "node:fs";
import type { AreaId } from "../domain/broadcast.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { Beacon, Index, IndexedItem, Placement } from "../domain/trust.ts";
import { openDown, payloadHashOf, seal } from "../wire/envelope.ts";
import { areaDocumentTopic, parseDownTopic } from "../wire/topics.ts";
import { type Authority, authoritiesOf, chooseAuthority, type KeyCabinet, open } from "./authority.ts";
import type { DeskDatabase } from "./database.ts";
import { type AuthorityRequest, createAuthority, type Delegating } from "./delegate.ts";
import { issuersOf } from "./folder.ts";
import { DAY_SECONDS, documentMembers, type Moment } from "./moment.ts";
import { SERVICE } from "./names.ts";
import { sentPolicy } from "./policy-in-force.ts";

/** Gateways raise an alarm when they have heard none for an hour. */
const BEACON_SECONDS = 3_600;
const INDEX_SECONDS = 2 * DAY_SECONDS;
/** An index names everything or nothing: gateways withdraw what it leaves out. */
const MAX_ITEMS = 600;

type Indexed = ReadonlyMap<AreaId, readonly IndexedItem[]>;

/** The keys that `desk serve` may speak with of what an issuer has in force. */
export async function heraldsOf(desk: Pick<KeyCabinet, "folder" | "keys">): Promise<readonly Authority[]> {
  const stored = issuersOf(desk.folder)
    .flatMap((name) => authoritiesOf(desk.folder, name))
    .filter(({ delegation: { subject, uses } }) => subject.holder === SERVICE && uses.includes("beacon"));
  return await Promise.all(stored.map((one) => open(desk, one)));
}

const HERALD_USES = ["beacon", "index"] as const;

/**
 * Gives `desk serve` a key that may say what a new issuer has in force, and nothing that sounds; once for each issuer, by whoever
 * let the issuer speak. An index speaks for its own issuer alone, so nobody else's key would do.
 * @returns whether it has one now: not where its passphrase is kept away, nor below an issuer that may not hand on these uses
 */
export async function appointHerald(
  desk: Delegating,
  issuer: Pick<AuthorityRequest, "name" | "level" | "areas" | "days" | "under">,
  placements: readonly Placement[],
  moment: Moment,
): Promise<boolean> {
  const { name, under } = issuer;
  const now = toUnixSeconds(moment.nowMs);
  const isThere = authoritiesOf(desk.folder, name).some(
    ({ delegation: { subject, expiresAt } }) => subject.holder === SERVICE && expiresAt > now,
  );
  if (isThere) return true;
  const mayGive = under === undefined ? HERALD_USES : chooseAuthority(desk.folder, under, "delegate").delegation.uses;
  if (!HERALD_USES.every((use) => mayGive.includes(use)) || !existsSync(desk.folder.servicePassphrase)) return false;
  const rights = { holder: SERVICE, uses: HERALD_USES, classMax: "routine", severityMax: 0 } as const;
  await createAuthority(desk, { ...issuer, ...rights }, placements, moment);
  return true;
}

/** Says of one issuer what is in force, so that gateways notice what a broker keeps from them. */
export class Herald {
  readonly #database: DeskDatabase;
  readonly #authority: Authority;
  readonly #rootVersion: () => number;
  readonly #indexed = new Map<AreaId, string>();

  constructor(database: DeskDatabase, authority: Authority, rootVersion: () => number) {
    this.#database = database;
    this.#authority = authority;
    this.#rootVersion = rootVersion;
  }

  get issuer(): string {
    return this.#authority.delegation.subject.issuer;
  }

  /** New indexes of the areas where something changed, or of all; returns the topics to be published, in this order. */
  indexes(moment: Moment, isRound: boolean): readonly string[] {
    if (!this.#authority.delegation.uses.includes("index")) return [];
    const topics: string[] = [];
    for (const [area, items] of this.#inForce(toUnixSeconds(moment.nowMs))) {
      const shown = JSON.stringify(items);
      if (items.length > MAX_ITEMS || (!isRound && this.#indexed.get(area) === shown)) continue;
      this.#indexed.set(area, shown);
      const index: Index = { ...this.#common("index", INDEX_SECONDS, moment), type: "index", area, items };
      topics.push(this.#keep(index));
    }
    return topics;
  }

  beacons(moment: Moment): readonly string[] {
    const { retained } = this.#database;
    const { subject } = this.#authority.delegation;
    const hashOf = (topic: string) => {
      const held = retained.find(topic);
      return held && held.payload.byteLength > 0 ? payloadHashOf(held.payload) : undefined;
    };
    return [...this.#inForce(toUnixSeconds(moment.nowMs)).keys()].map((area) => {
      const common = this.#common("beacon", BEACON_SECONDS, moment);
      const indexHash = hashOf(areaDocumentTopic("index", area, subject.issuer));
      const revokedHash = hashOf(areaDocumentTopic("revoked", area, subject.issuer));
      const beacon: Beacon = {
        ...{ ...common, type: "beacon", area, n: common.sequence, now: common.issuedAt },
        ...(indexHash !== undefined && { indexHash }),
        ...(revokedHash !== undefined && { revokedHash }),
        policySequence: this.#policySequence(),
        rootVersion: this.#rootVersion(),
      };
      return this.#keep(beacon);
    });
  }

  #common(type: "beacon" | "index", seconds: number, moment: Moment) {
    const { issuer, level } = this.#authority.delegation.subject;
    const sequence = this.#database.sequences.next(type, moment.nowMs);
    return documentMembers(moment, { issuer, level, sequence, seconds });
  }

  #keep(document: Beacon | Index): string {
    const { signer, chain } = this.#authority;
    const topic = areaDocumentTopic(document.type, document.area, document.issuer);
    const payload = seal(document, [signer], document.issuedAt, chain);
    this.#database.retained.put({ topic, payload, expiresAt: document.expiresAt });
    return topic;
  }

  /** By area: those it may speak for, with or without anything in force, and where it has spoken. */
  #inForce(now: UnixSeconds): Indexed {
    const { retained } = this.#database;
    const { subject, areas } = this.#authority.delegation;
    const byArea = new Map<AreaId, IndexedItem[]>(areas.map((area) => [area, []]));
    for (const topic of retained.activeTopics(now)) {
      const parsed = parseDownTopic(topic);
      const held = parsed?.kind === "broadcast" ? retained.find(topic) : undefined;
      if (parsed?.kind !== "broadcast" || held === undefined || held.payload.byteLength === 0) continue;
      const opened = openDown(held.payload, parsed);
      const payload = opened.kind === "opened" ? opened.sealed.payload : undefined;
      if (opened.kind !== "opened" || payload?.type !== "broadcast" || payload.issuer !== subject.issuer) continue;
      const { id, class: ofClass, expiresAt } = payload;
      const item = { id, hash: opened.sealed.payloadHash, class: ofClass, expiresAt };
      byArea.set(parsed.area, [...(byArea.get(parsed.area) ?? []), item]);
    }
    return byArea;
  }

  #policySequence(): number {
    return sentPolicy(this.#database)?.sequence ?? 0;
  }
}
