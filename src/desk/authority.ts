import { existsSync, readFileSync, rmSync } from "node:fs";
import { loadSigner } from "../adapters/signer.ts";
import { groundOf } from "../core/areas.ts";
import { BUILT_IN_POLICY } from "../core/policy.ts";
import { linkObjection, ROOT_NAME, rootLinkObjection } from "../core/scope.ts";
import type { Signer } from "../domain/ports.ts";
import type { BroadcastClass, Severity } from "../domain/precedence.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Delegation, KeyUse, Placement } from "../domain/trust.ts";
import { type EnvelopeJson, openDelegation, readEnvelope, seal } from "../wire/envelope.ts";
import { deskFailure } from "./failure.ts";
import { writePrivate, writePublic } from "./files.ts";
import type { DeskFolder } from "./folder.ts";
import { newSigningKey } from "./keys.ts";
import { commonMembers, DAY_SECONDS, type Moment } from "./moment.ts";
import { readRoot } from "./root.ts";

/** Delegations below the root that a gateway follows. */
const MAXIMUM_LINKS = 3;

/** Someone who may speak: a key, what it is allowed, and the chain that proves it. */
export interface Authority {
  readonly delegation: Delegation;
  /** From the root's child down to this authority's own delegation. */
  readonly chain: readonly EnvelopeJson[];
  readonly signer: Signer;
}

export interface AuthorityRequest {
  readonly name: string;
  /** The person or service that holds the key. Two keys of one holder count once. */
  readonly holder: string;
  readonly level: string;
  readonly areas: readonly string[];
  readonly classMax: BroadcastClass;
  /** 1 to 3 for emergencies, otherwise 0. */
  readonly severityMax: Severity;
  readonly uses: readonly KeyUse[];
  readonly days: number;
  /** The authority that delegates; undefined: the root. */
  readonly under?: string | undefined;
}

/**
 * Makes the key and the signed delegation of a new authority.
 * @param placements what is known of the land: whether an area lies within another one
 * @throws AgentFailure `desk-invalid` also when a gateway would refuse the delegation
 */
export function createAuthority(
  folder: DeskFolder,
  request: AuthorityRequest,
  placements: readonly Placement[],
  moment: Moment,
): Authority {
  const place = folder.issuer(request.name);
  if (existsSync(place.chain)) throw deskFailure("desk.issuer.exists", { name: request.name });
  const grantor = request.under === undefined ? rootGrantor(folder) : loadGrantor(folder, request.under);
  const key = newSigningKey();
  const delegation = delegationOf(request, key.publicKey, grantor, moment);
  const detail = grantor.objection(delegation, placements);
  if (detail !== undefined) throw deskFailure("desk.issuer.beyond", { name: request.name, detail });
  const link = linkOf(seal(delegation, grantor.signers, delegation.issuedAt));
  // A key without its chain has never signed anything: what an interrupted attempt left may go.
  rmSync(place.key, { force: true });
  writePrivate(place.key, key.pem);
  writePublic(place.chain, `${JSON.stringify([...grantor.chain, link])}\n`);
  return loadAuthority(folder, request.name);
}

/** @throws AgentFailure `desk-invalid` */
export function loadAuthority(folder: DeskFolder, name: string): Authority {
  const place = folder.issuer(name);
  if (!existsSync(place.chain)) throw deskFailure("desk.issuer.unknown", { name });
  const chain: readonly EnvelopeJson[] = JSON.parse(readFileSync(place.chain, "utf8"));
  const opened = openDelegation(Buffer.from(JSON.stringify(chain.at(-1))));
  if (opened.kind === "refused") throw deskFailure("desk.damaged", { path: place.chain, reason: opened.detail });
  return { delegation: opened.sealed.payload, chain, signer: loadSigner(place.key) };
}

/** Who signs a delegation, and in whose name. */
interface Grantor {
  readonly issuer: string;
  readonly level: string;
  readonly signers: readonly Signer[];
  readonly chain: readonly EnvelopeJson[];
  readonly expiresAt: UnixSeconds;
  objection(link: Delegation, placements: readonly Placement[]): string | undefined;
}

function rootGrantor(folder: DeskFolder): Grantor {
  const { root } = readRoot(folder);
  const signers = root.keys
    .slice(0, root.thresholds.delegation)
    .map((_, index) => loadSigner(folder.rootKey(index + 1)));
  const objection = (link: Delegation) => rootLinkObjection(link, BUILT_IN_POLICY)?.detail;
  return { issuer: ROOT_NAME, level: ROOT_NAME, signers, chain: [], expiresAt: root.expiresAt, objection };
}

function loadGrantor(folder: DeskFolder, name: string): Grantor {
  const { delegation, chain, signer } = loadAuthority(folder, name);
  const { issuer, level } = delegation.subject;
  if (chain.length >= MAXIMUM_LINKS) throw deskFailure("desk.issuer.deep", { name, links: MAXIMUM_LINKS });
  const objection = (link: Delegation, placements: readonly Placement[]) =>
    [undefined, ...placements.map(groundOf)]
      .map((ground) => linkObjection(link, delegation, BUILT_IN_POLICY, ground)?.detail)
      .find((detail) => detail !== undefined);
  return { issuer, level, signers: [signer], chain, expiresAt: delegation.expiresAt, objection };
}

function linkOf(envelope: Uint8Array): EnvelopeJson {
  const reading = readEnvelope(envelope);
  if (reading.kind === "malformed") throw new TypeError(`a delegation that can't be read again: ${reading.detail}`);
  return reading.value;
}

function delegationOf(request: AuthorityRequest, publicKey: string, grantor: Grantor, moment: Moment): Delegation {
  const { issuer, level } = grantor;
  const common = commonMembers(moment, { issuer, level, sequence: 1, seconds: request.days * DAY_SECONDS });
  return {
    ...common,
    type: "delegation",
    // A link outlives none of those above it.
    expiresAt: Math.min(common.expiresAt, grantor.expiresAt),
    subject: { publicKey, holder: request.holder, issuer: request.name, level: request.level },
    areas: request.areas,
    classMax: request.classMax,
    severityMax: request.severityMax,
    uses: request.uses,
  };
}
