import { join } from "node:path";
import { groundOf } from "../core/areas.ts";
import type { Policy } from "../core/policy.ts";
import { linkObjection, ROOT_NAME, rootLinkObjection } from "../core/scope.ts";
import type { Signer } from "../domain/ports.ts";
import type { BroadcastClass, Severity } from "../domain/precedence.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { Delegation, KeyUse, Placement } from "../domain/trust.ts";
import { type EnvelopeJson, payloadHashOf, readEnvelope, seal } from "../wire/envelope.ts";
import { type Authority, authoritiesOf, type KeyCabinet, loadAuthority } from "./authority.ts";
import { deskFailure } from "./failure.ts";
import { keyFileName, writeKeyFile } from "./key-file.ts";
import { DAY_SECONDS, documentMembers, type Moment } from "./moment.ts";
import { readRoot } from "./root.ts";
import { openRootKeys } from "./root-keys.ts";

/** Delegations below the root that a gateway follows. */
const MAXIMUM_LINKS = 3;

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

/** What delegating takes: a gateway's rules say what may be given. */
export interface Delegating extends KeyCabinet {
  readonly policy: Policy;
}

export interface NewAuthority extends Authority {
  readonly keyPath: string;
}

/**
 * Makes the key and the signed delegation of someone who may speak for an issuer: of a new one, or beside those who hold keys of
 * it already. A holder whose delegation has run out gets a new key with the new one.
 * @param placements what is known of the land: whether an area lies within another one
 * @throws AgentFailure `desk-invalid` also when a gateway would refuse the delegation
 */
export async function createAuthority(
  desk: Delegating,
  request: AuthorityRequest,
  placements: readonly Placement[],
  moment: Moment,
): Promise<NewAuthority> {
  const { name, holder } = request;
  const beside = authoritiesOf(desk.folder, name).map(({ delegation }) => delegation);
  const now = toUnixSeconds(moment.nowMs);
  if (beside.some(({ subject, expiresAt }) => subject.holder === holder && expiresAt >= now)) {
    throw deskFailure("desk.issuer.exists", { name, holder });
  }
  const otherLevel = beside.find(({ subject }) => subject.level !== request.level)?.subject.level;
  if (otherLevel !== undefined) throw deskFailure("desk.issuer.level", { name, level: otherLevel });

  const grantor = request.under === undefined ? await rootGrantor(desk) : await loadGrantor(desk, request.under);
  const { locked, signer } = await desk.keys.make({ issuer: name, holder });
  const delegation = delegationOf(request, locked.publicKey, grantor, moment);
  const detail = grantor.objection(delegation, placements);
  if (detail !== undefined) throw deskFailure("desk.issuer.beyond", { name, detail });
  const link = seal(delegation, grantor.signers, delegation.issuedAt);
  const chain = [...grantor.chain, linkOf(link)];
  const keyPath = join(desk.folder.issuer(name), keyFileName(holder, signer));
  writeKeyFile(keyPath, { key: locked, chain });
  const act = { act: "issuer", subject: name, holders: grantor.holders, detail: holder, hash: payloadHashOf(link) };
  desk.audit.record(act, moment.nowMs);
  return { delegation, chain, signer, keyPath };
}

/** Who signs a delegation, and in whose name. */
interface Grantor {
  readonly issuer: string;
  readonly level: string;
  readonly signers: readonly Signer[];
  readonly holders: readonly string[];
  readonly chain: readonly EnvelopeJson[];
  readonly notBefore: UnixSeconds;
  readonly expiresAt: UnixSeconds;
  objection(link: Delegation, placements: readonly Placement[]): string | undefined;
}

async function rootGrantor(desk: Delegating): Promise<Grantor> {
  const { root } = readRoot(desk.folder);
  const { signers, holders } = await openRootKeys(desk, root, root.thresholds.delegation);
  const objection = (link: Delegation) => rootLinkObjection(link, desk.policy)?.detail;
  const { notBefore, expiresAt } = root;
  return { issuer: ROOT_NAME, level: ROOT_NAME, signers, holders, chain: [], notBefore, expiresAt, objection };
}

async function loadGrantor(desk: Delegating, name: string): Promise<Grantor> {
  const { delegation, chain, signer } = await loadAuthority(desk, name, "delegate");
  const { issuer, level, holder } = delegation.subject;
  if (chain.length >= MAXIMUM_LINKS) throw deskFailure("desk.issuer.deep", { name, links: MAXIMUM_LINKS });
  const objection = (link: Delegation, placements: readonly Placement[]) =>
    [undefined, ...placements.map(groundOf)]
      .map((ground) => linkObjection(link, delegation, desk.policy, ground)?.detail)
      .find((detail) => detail !== undefined);
  const { notBefore, expiresAt } = delegation;
  return { issuer, level, signers: [signer], holders: [holder], chain, notBefore, expiresAt, objection };
}

function linkOf(envelope: Uint8Array): EnvelopeJson {
  const reading = readEnvelope(envelope);
  if (reading.kind === "malformed") throw new TypeError(`a delegation that can't be read again: ${reading.detail}`);
  return reading.value;
}

function delegationOf(request: AuthorityRequest, publicKey: string, grantor: Grantor, moment: Moment): Delegation {
  const { issuer, level } = grantor;
  const common = documentMembers(moment, { issuer, level, sequence: 1, seconds: request.days * DAY_SECONDS });
  return {
    ...common,
    type: "delegation",
    // A link lives within those above it.
    notBefore: Math.max(common.notBefore, grantor.notBefore),
    expiresAt: Math.min(common.expiresAt, grantor.expiresAt),
    subject: { publicKey, holder: request.holder, issuer: request.name, level: request.level },
    areas: request.areas,
    classMax: request.classMax,
    severityMax: request.severityMax,
    uses: request.uses,
  };
}
