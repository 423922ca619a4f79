import { join } from "node:path";
import { rootHolders, rootKeyring } from "../core/chain.ts";
import { ROOT_NAME } from "../core/scope.ts";
import type { Link, Signer } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { Delegation, DownPayload, Root, RootKey, Sealed } from "../domain/trust.ts";
import { cosign, type EnvelopeJson, openDelegation, openDown } from "../wire/envelope.ts";
import { parseDownTopic, policyTopic } from "../wire/topics.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { type DeskFolder, issuersOf } from "./folder.ts";
import { keyFileName, keyFilesIn, writeKeyFile } from "./key-file.ts";
import { kidOf } from "./keys.ts";
import { DAY_SECONDS, documentMembers, type Moment } from "./moment.ts";
import { publishAll } from "./publish-all.ts";
import { openList } from "./revocation-lists.ts";
import { MAXIMUM_HOLDERS, ROOT_DAYS, readRoot } from "./root.ts";
import { actOf, type PlannedRootDocument, refuseOvertaken, signed } from "./root-document.ts";
import { openRootKeys } from "./root-keys.ts";
import { asJson, beginSuccession, finishSuccession, isSucceeding, standing } from "./succession.ts";

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
 * From now on this is the root: its holders sign anew what the one before let people do, and the policy, and everything at the broker
 * gets the new chains and signatures under its old octets, so that gateways take it for what they have already.
 * @throws AgentFailure `desk-invalid` when another root has followed since, or too few who have to sign are here: nothing has happened
 * then; or when it could not be carried out to the end
 */
export async function publishRotation(
  desk: Desk,
  planned: PlannedRootDocument,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  const { document, envelope } = planned;
  if (document.type !== "root") throw new TypeError(`a ${document.type} is no root`);
  const now = toUnixSeconds(moment.nowMs);
  finishSuccession(desk, now);
  const inForce = follows(document, desk.folder);
  const signers = staleUnder(desk, inForce, document, now).length > 0 ? await openSigners(desk, document) : [];
  const hasBegun = desk.database.transaction(() => {
    // Under the lock once more: somebody may have followed, or been given a say, while passphrases were typed.
    const stale = staleUnder(desk, follows(document, desk.folder), document, now);
    if (stale.length > 0 && signers.length === 0) return false;
    desk.audit.record(actOf(planned), moment.nowMs);
    beginSuccession(desk.folder, { envelope, renewed: stale.map((signed) => signedAnew(signed, signers, now)) });
    return true;
  });
  if (!hasBegun) return await publishRotation(desk, planned, link, moment);
  const { fault } = await publishAll(link, finishSuccession(desk, now), now, () => {});
  if (fault !== undefined) throw deskFailure("desk.intervention.unsent", { reason: fault }, "link-failed");
}

/** The root in force, as it is now, if this one is the next. */
function follows(next: Root, folder: DeskFolder): Root {
  const { root } = readRoot(folder);
  refuseOvertaken(next, isSucceeding(folder) ? root.rootVersion + 1 : root.rootVersion);
  return root;
}

async function openSigners(desk: Desk, next: Root): Promise<readonly Signer[]> {
  const { delegation, policy } = next.thresholds;
  return (await openRootKeys(desk, next, Math.max(delegation, policy))).signers;
}

function signedAnew({ type, envelope: { payload } }: RootSigned, signers: readonly Signer[], now: UnixSeconds) {
  return asJson(cosign({ payload, signatures: [], chain: [] }, type, signers, now));
}

/** What root keys sign that is no root. */
interface RootSigned {
  readonly type: "delegation" | "policy";
  readonly envelope: EnvelopeJson;
}

/**
 * What counts under the root in force and would not under the next. Nothing else is signed, whoever laid it into a file or the
 * database; nor a key that is in wrong hands, which would have its voice back wherever the list that names it is not known.
 */
function staleUnder(desk: Desk, root: Root, next: Root, now: UnixSeconds): readonly RootSigned[] {
  const inForce = countingUnder(root);
  const coming = countingUnder(next);
  const compromised = compromisedKids(desk, now);
  return rootSigned(desk, now).filter((signed) => {
    const sealed = inForce(signed);
    if (sealed === undefined || coming(signed) !== undefined) return false;
    const { payload } = sealed;
    return payload.type !== "delegation" || !compromised.has(kidOf(payload.subject.publicKey));
  });
}

/** All that may have been signed by root keys, once each: for the keys that are here, and in what gateways are told. */
function rootSigned({ folder, database }: Desk, now: UnixSeconds): readonly RootSigned[] {
  const files = issuersOf(folder).flatMap((name) => [...keyFilesIn(folder.issuer(name)).values()]);
  const messages = standing(database, now);
  const placements = database.vouchers.unused().map(({ placementEnvelope }) => placementEnvelope);
  // A key may be put away, or its holder have it: what it signed stands at the broker all the same.
  const told = [...messages.map(({ payload }) => payload), ...placements].map(asJson);
  const policies = messages.filter(({ topic }) => topic === policyTopic());
  const all: readonly RootSigned[] = [
    ...[...files, ...told].flatMap(({ chain }) => chain.map((envelope) => ({ type: "delegation", envelope }) as const)),
    ...policies.map(({ payload }) => ({ type: "policy", envelope: asJson(payload) }) as const),
  ];
  return [...new Map(all.map((signed) => [JSON.stringify(signed.envelope), signed])).values()];
}

/** Opens what enough holders of a root have signed. */
function countingUnder(root: Root): (signed: RootSigned) => Sealed<DownPayload | Delegation> | undefined {
  const keyring = rootKeyring(root);
  return ({ type, envelope }) => {
    const bytes = Buffer.from(JSON.stringify(envelope));
    const opened = type === "policy" ? openDown(bytes, { kind: "policy" }) : openDelegation(bytes);
    if (opened.kind === "refused") return undefined;
    const holders = rootHolders(opened.sealed, keyring);
    return holders !== undefined && holders.size >= root.thresholds[type] ? opened.sealed : undefined;
  };
}

function compromisedKids({ database }: Desk, now: UnixSeconds): ReadonlySet<string> {
  const lists = standing(database, now).flatMap(({ topic, payload }) => {
    const parsed = parseDownTopic(topic);
    return parsed?.kind === "revoked" ? (openList(payload, parsed)?.payload ?? []) : [];
  });
  // Remembered longer than lists last; those of before they were remembered are told of in the lists alone.
  const keys = [...database.revoked.living(now), ...lists.flatMap((list) => list.keys)];
  return new Set(keys.flatMap(({ kid, reason }) => (reason === "compromised" ? kid : [])));
}
