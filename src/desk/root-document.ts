import { rootHolders, rootKeyring } from "../core/chain.ts";
import { ROOT_NAME } from "../core/scope.ts";
import type { PolicyDocument } from "../domain/policy-document.ts";
import type { Link, Signer } from "../domain/ports.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { Root, RootKey, Sealed } from "../domain/trust.ts";
import { openDown, seal } from "../wire/envelope.ts";
import { policyTopic, rootTopic } from "../wire/topics.ts";
import type { KeyCabinet } from "./authority.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { keyFilesIn, type LockedKey } from "./key-file.ts";
import { DAY_SECONDS, documentMembers, type Moment } from "./moment.ts";
import type { Signatures } from "./outstanding.ts";
import { publishAll } from "./publish-all.ts";
import type { RetainedMessage } from "./retained.ts";
import { ROOT_DAYS } from "./root.ts";

/** What holders of root keys sign themselves. */
export type RootDocument = Root | PolicyDocument;

/** A root or policy, signed by some of those who have to. Nothing has been sent. */
export interface PlannedRootDocument {
  readonly document: RootDocument;
  readonly payloadHash: string;
  readonly signatures: Signatures;
  readonly isShort: boolean;
  readonly envelope: Uint8Array;
  readonly messages: readonly RetainedMessage[];
}

export type PolicyMembers = Omit<PolicyDocument, "type" | keyof ReturnType<typeof documentMembers>>;

/** @throws AgentFailure `desk-invalid` when no gateway could read it, or nobody who could sign it is here */
export async function planPolicy(desk: Desk, members: PolicyMembers, moment: Moment): Promise<PlannedRootDocument> {
  const { root } = desk.root;
  const policy: PolicyDocument = {
    ...members,
    ...documentMembers(moment, {
      ...{ issuer: ROOT_NAME, level: ROOT_NAME, seconds: ROOT_DAYS * DAY_SECONDS },
      sequence: desk.database.sequences.next("policy", moment.nowMs),
    }),
    type: "policy",
  };
  return await signed(desk, policy, root.keys);
}

/** Signs with as many of the keys that are here as it takes, those that count for most first. */
export async function signed(
  desk: Desk,
  document: RootDocument,
  keys: readonly RootKey[],
): Promise<PlannedRootDocument> {
  const signers: Signer[] = [];
  for (const locked of lockedRootKeys(desk, keys)) {
    if (signers.length > 0 && !assessRootDocument(desk, seal(document, signers, document.issuedAt)).isShort) break;
    signers.push(await desk.keys.open(locked));
  }
  if (signers.length === 0) {
    const absent = keys.map(({ holder }) => holder).join(", ");
    throw deskFailure("desk.root.absent", { needed: 1, absent, path: desk.folder.rootKeys });
  }
  return assessRootDocument(desk, seal(document, signers, document.issuedAt));
}

/** The files of these keys that are here, in the same order. */
export function lockedRootKeys({ folder }: Pick<KeyCabinet, "folder">, keys: readonly RootKey[]): readonly LockedKey[] {
  const here = [...keyFilesIn(folder.rootKeys).values()].map(({ key }) => key);
  return keys.flatMap(({ publicKey }) => here.find((key) => key.publicKey === publicKey) ?? []);
}

/** Whom it has and whom it lacks. @throws AgentFailure `desk-invalid` when no gateway could read it, or another root has followed since */
export function assessRootDocument(desk: Desk, envelope: Uint8Array): PlannedRootDocument {
  const sealed = openRootDocument(envelope);
  const { payload: document, payloadHash } = sealed;
  const inForce = desk.root.root;
  if (document.type === "root") refuseOvertaken(document, inForce.rootVersion);
  const asked = document.type === "root" ? [inForce, document] : [inForce];
  const keyring = new Map(asked.flatMap((root) => [...rootKeyring(root)]));
  if (rootHolders(sealed, keyring) === undefined) {
    throw deskFailure("desk.broadcast.shape", { detail: "a signature does not hold" });
  }
  const kids = sealed.signatures.map(({ header }) => header.kid);
  const holdersIn = (root: Root) => {
    const ring = rootKeyring(root);
    return [...new Set(kids.flatMap((kid) => ring.get(kid)?.holder ?? []))];
  };
  const threshold = (root: Root) => (document.type === "root" ? root.thresholds.root : root.thresholds.policy);
  const { expiresAt } = document;
  return {
    ...{ document, payloadHash, envelope },
    isShort: asked.some((root) => holdersIn(root).length < threshold(root)),
    signatures: {
      holders: [...new Set(asked.flatMap(holdersIn))],
      needed: Math.max(...asked.map(threshold)),
      until: expiresAt,
    },
    messages: [
      {
        topic: document.type === "root" ? rootTopic(document.rootVersion) : policyTopic(),
        ...{ payload: envelope, expiresAt },
      },
    ],
  };
}

/** Two roots of one version would split who believes whom: gateways follow the first that they see. */
export function refuseOvertaken({ rootVersion }: Root, inForce: number): void {
  if (rootVersion !== inForce + 1) throw deskFailure("desk.rotate.overtaken", { version: rootVersion, inForce });
}

export function isRootDocument(payload: { readonly type: string }): payload is RootDocument {
  return payload.type === "root" || payload.type === "policy";
}

function openRootDocument(envelope: Uint8Array): Sealed<RootDocument> {
  const type = payloadType(envelope);
  const opened = openDown(envelope, type === "policy" ? { kind: "policy" } : { kind: "root", rootVersion: 1 });
  if (opened.kind === "refused") throw deskFailure("desk.broadcast.shape", { detail: opened.detail });
  const { payload } = opened.sealed;
  if (!isRootDocument(payload)) throw new TypeError(`a root document that opens as ${payload.type}`);
  return { ...opened.sealed, payload };
}

function payloadType(envelope: Uint8Array): string {
  const { payload } = JSON.parse(Buffer.from(envelope).toString());
  return JSON.parse(Buffer.from(payload, "base64url").toString()).type;
}

export async function publishPolicy(
  { database, audit }: Pick<Desk, "database" | "audit">,
  planned: PlannedRootDocument,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  const { messages } = planned;
  audit.record(actOf(planned), moment.nowMs);
  database.transaction(() => {
    for (const message of messages) database.retained.put(message);
  });
  const { fault } = await publishAll(link, messages, toUnixSeconds(moment.nowMs), () => {});
  if (fault !== undefined) throw deskFailure("desk.intervention.unsent", { reason: fault }, "link-failed");
}

/** Who has signed it, for the record. */
export function actOf({ document, signatures, payloadHash: hash }: PlannedRootDocument) {
  const subject = document.type === "root" ? String(document.rootVersion) : String(document.sequence);
  const act = document.type === "root" ? "rotate" : "policy";
  return { act, subject, holders: signatures.holders, hash };
}
