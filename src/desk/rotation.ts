import { renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rootHolders, rootKeyring } from "../core/chain.ts";
import { ROOT_NAME } from "../core/scope.ts";
import type { Link } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { Root, RootKey } from "../domain/trust.ts";
import { cosign, type EnvelopeJson, openDelegation, readEnvelope } from "../wire/envelope.ts";
import { parseDownTopic } from "../wire/topics.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { issuersOf } from "./folder.ts";
import { keyFileName, keyFilesIn, writeKeyFile } from "./key-file.ts";
import { DAY_SECONDS, documentMembers, type Moment } from "./moment.ts";
import { publishAll } from "./publish-all.ts";
import type { RetainedMessage } from "./retained.ts";
import { MAXIMUM_HOLDERS, ROOT_DAYS } from "./root.ts";
import { actOf, type PlannedRootDocument, signed } from "./root-document.ts";
import { openRootKeys } from "./root-keys.ts";

export interface RotationRequest {
  /** Who gets a new key. With the same name in `remove` the old one goes. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** Undefined: as before, or as many as there are. */
  readonly threshold?: number | undefined;
}

/** Makes the next root, signed by holders of this one and of the next that are here. */
export async function planRotation(
  desk: Desk,
  { add, remove, threshold }: RotationRequest,
  moment: Moment,
): Promise<PlannedRootDocument> {
  const { root } = desk.root;
  const unknown = remove.find((name) => root.keys.every(({ holder }) => holder !== name));
  if (unknown !== undefined) {
    throw deskFailure("desk.rotate.unknown", {
      name: unknown,
      holders: root.keys.map(({ holder }) => holder).join(", "),
    });
  }
  const kept = root.keys.filter(({ holder }) => !remove.includes(holder));
  const twice = add.find((name) => kept.some(({ holder }) => holder === name));
  if (twice !== undefined) throw deskFailure("desk.rotate.twice", { name: twice });
  const holders = new Set([...kept.map(({ holder }) => holder), ...add]).size;
  const needed = threshold ?? Math.min(root.thresholds.root, holders);
  if (needed < 1 || needed > holders || kept.length + add.length > MAXIMUM_HOLDERS) {
    throw deskFailure("desk.root.threshold", { holders: Math.min(holders, MAXIMUM_HOLDERS) }, "usage");
  }
  const made: RootKey[] = [];
  for (const holder of add) {
    const { locked, signer } = await desk.keys.make({ issuer: ROOT_NAME, holder });
    writeKeyFile(join(desk.folder.rootKeys, keyFileName(holder, signer)), { key: locked, chain: [] });
    made.push({ publicKey: locked.publicKey, holder });
  }
  const next: Root = {
    ...documentMembers(moment, {
      ...{ issuer: ROOT_NAME, level: ROOT_NAME, sequence: root.rootVersion + 1 },
      seconds: ROOT_DAYS * DAY_SECONDS,
    }),
    type: "root",
    rootVersion: root.rootVersion + 1,
    keys: [...kept, ...made],
    thresholds: { root: needed, delegation: needed, policy: needed },
  };
  const leaving = root.keys.filter(({ holder }) => remove.includes(holder));
  // A key of both roots counts for both, and an envelope has room for four.
  return await signed(desk, next, [...kept, ...made, ...leaving]);
}

/**
 * From now on this is the root: its holders sign anew what the one before let people do, and everything at the broker gets the new
 * chains under its old octets, so that gateways take it for what they have already.
 */
export async function publishRotation(
  desk: Desk,
  planned: PlannedRootDocument,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  const { document, messages, envelope } = planned;
  if (document.type !== "root") throw new TypeError(`a ${document.type} is no root`);
  const now = toUnixSeconds(moment.nowMs);
  const renewed = await renewLinks(desk, document, now);
  desk.audit.record(actOf(planned), moment.nowMs);
  const changed = desk.database.transaction(() => {
    for (const message of messages) desk.database.retained.put(message);
    renewVouchers(desk, renewed);
    return renewRetained(desk, renewed, now);
  });
  for (const name of issuersOf(desk.folder)) {
    for (const [path, { key, chain }] of keyFilesIn(desk.folder.issuer(name))) {
      writeKeyFile(path, { key, chain: withRenewed(chain, renewed) });
    }
  }
  replaceRoot(desk, envelope);
  const { fault } = await publishAll(link, [...messages, ...changed], now, () => {});
  if (fault !== undefined) throw deskFailure("desk.intervention.unsent", { reason: fault }, "link-failed");
}

/** The former one stays beside it: whoever has to explain an old chain needs it. */
function replaceRoot({ folder, root }: Desk, envelope: Uint8Array): void {
  const former = join(dirname(folder.root), `root-${root.root.rootVersion}.json`);
  writeFileSync(former, root.envelope);
  writeFileSync(`${folder.root}.new`, envelope);
  renameSync(`${folder.root}.new`, folder.root);
}

type Renewed = ReadonlyMap<string, EnvelopeJson>;

/** The delegations of root keys that the next root would not know, signed again, by their payload. */
async function renewLinks(desk: Desk, next: Root, now: UnixSeconds): Promise<Renewed> {
  const stale = new Map<string, EnvelopeJson>();
  const keyring = rootKeyring(next);
  for (const name of issuersOf(desk.folder)) {
    for (const { chain } of keyFilesIn(desk.folder.issuer(name)).values()) {
      const [first] = chain;
      if (first !== undefined && !isKnown(first, next, keyring)) stale.set(first.payload, first);
    }
  }
  if (stale.size === 0) return stale;
  const { signers } = await openRootKeys(desk, next, next.thresholds.delegation);
  const renew = ({ payload }: EnvelopeJson) =>
    asJson(cosign({ payload, signatures: [], chain: [] }, "delegation", signers, now));
  return new Map([...stale].map(([payload, link]) => [payload, renew(link)]));
}

function isKnown(link: EnvelopeJson, { thresholds }: Root, keyring: ReturnType<typeof rootKeyring>): boolean {
  const opened = openDelegation(Buffer.from(JSON.stringify(link)));
  const holders = opened.kind === "opened" ? rootHolders(opened.sealed, keyring) : undefined;
  return holders !== undefined && holders.size >= thresholds.delegation;
}

function withRenewed(chain: readonly EnvelopeJson[], renewed: Renewed): readonly EnvelopeJson[] {
  return chain.map((link) => renewed.get(link.payload) ?? link);
}

function renewRetained({ database }: Desk, renewed: Renewed, now: UnixSeconds): readonly RetainedMessage[] {
  return database.retained.activeTopics(now).flatMap((topic) => {
    const parsed = parseDownTopic(topic);
    const message = parsed === undefined ? undefined : database.retained.find(topic);
    if (parsed === undefined || message === undefined || message.payload.byteLength === 0) return [];
    const payload = renewedEnvelope(message.payload, renewed);
    if (payload === undefined) return [];
    const next = { ...message, payload };
    database.retained.put(next);
    if (parsed.kind === "broadcast") database.broadcasts.replaceEnvelope(parsed.id, next.payload);
    return [next];
  });
}

/** A box that shows its voucher gets this root, and must be able to follow its placement to it. */
function renewVouchers({ database }: Desk, renewed: Renewed): void {
  for (const { gateway, placementEnvelope } of database.vouchers.unused()) {
    const envelope = renewedEnvelope(placementEnvelope, renewed);
    if (envelope !== undefined) database.vouchers.replacePlacement(gateway, envelope);
  }
}

/** Undefined where the next root knows its chain as it is. */
function renewedEnvelope(bytes: Uint8Array, renewed: Renewed): Uint8Array | undefined {
  const envelope = asJson(bytes);
  if (!envelope.chain.some(({ payload }) => renewed.has(payload))) return undefined;
  return Buffer.from(JSON.stringify({ ...envelope, chain: withRenewed(envelope.chain, renewed) }));
}

function asJson(envelope: Uint8Array): EnvelopeJson {
  const reading = readEnvelope(envelope);
  if (reading.kind === "malformed") throw new TypeError(`an envelope that can't be read again: ${reading.detail}`);
  return reading.value;
}
