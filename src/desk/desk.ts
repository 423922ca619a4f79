import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BUILT_IN_POLICY, type Policy } from "../core/policy.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { Root } from "../domain/trust.ts";
import { rootTopic } from "../wire/topics.ts";
import { Audit } from "./audit.ts";
import { DESK_NAME, makeBrokerFolder, parseBrokerAddress } from "./broker-folder.ts";
import { type DeskDatabase, openDeskDatabase } from "./database.ts";
import { createAuthority, type Delegating } from "./delegate.ts";
import { deskFailure } from "./failure.ts";
import { buildFolder, isMissingOrEmpty, writePublic } from "./files.ts";
import { type DeskFolder, type DeskSettings, deskFolder, readSettings } from "./folder.ts";
import { Keyring, type Passphrases } from "./keyring.ts";
import type { Moment } from "./moment.ts";
import { OPERATIONS, SERVICE } from "./names.ts";
import { issueCertificate, makeAuthority } from "./openssl.ts";
import { policyInForce } from "./policy-in-force.ts";
import { createRoot, ROOT_DAYS, type RootFile, type RootRequest, readRoot } from "./root.ts";
import { makeServicePassphrase, withServicePassphrase } from "./service-passphrase.ts";
import { finishSuccession } from "./succession.ts";

/** What a command of a desk works with. */
export interface Desk {
  readonly folder: DeskFolder;
  readonly settings: DeskSettings;
  readonly root: RootFile;
  /** Like the root as it was when the command began. */
  readonly policy: Policy;
  readonly database: DeskDatabase;
  readonly keys: Keyring;
  readonly audit: Audit;
  close(): void;
}

/** Two years less than the CA, so that a leaf never outlives it by accident. */
export const LEAF_DAYS = ROOT_DAYS - 730;
const OPERATIONS_DAYS = 1825;

/**
 * Also finishes a rotation of the root that was ended midway.
 * @throws AgentFailure `desk-invalid` when this is no desk folder, or that can't be finished; what the database throws
 */
export function openDesk(path: string, nowMs: number, passphrases: Passphrases): Desk {
  const folder = deskFolder(resolve(path));
  const settings = readSettings(folder);
  const database = openDeskDatabase(folder.database, nowMs);
  try {
    finishSuccession({ folder, database }, toUnixSeconds(nowMs));
    const root = readRoot(folder);
    const keys = new Keyring(withServicePassphrase(passphrases, folder.servicePassphrase));
    const audit = new Audit(folder.audit, database.auditHead);
    const policy = policyInForce(database);
    return { folder, settings, root, policy, database, keys, audit, close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

export interface NewDesk extends DeskSettings, RootRequest {
  readonly path: string;
  readonly passphrases: Passphrases;
  /** Of a guess at a passphrase, if it is not to be the usual one. */
  readonly keyCost?: number | undefined;
}

/**
 * Makes a desk's folder: root keys and root, the private CA, the desk's certificate, a broker ready to run, and the keys of
 * the issuer that places gateways and acknowledges their evidence. All of it or nothing is there afterwards.
 */
export async function createDesk(request: NewDesk, moment: Moment): Promise<Root> {
  const { path, passphrases, keyCost, broker, territory, timeZone } = request;
  const address = parseBrokerAddress(broker);
  const target = resolve(path);
  if (!isMissingOrEmpty(target)) throw deskFailure("desk.root.exists", { path });
  let root: Root | undefined;
  await buildFolder(target, async (unfinished) => {
    const folder = deskFolder(unfinished);
    mkdirSync(dirname(folder.database), { recursive: true });
    const database = openDeskDatabase(folder.database, moment.nowMs);
    try {
      makeServicePassphrase(folder.servicePassphrase);
      const keys = new Keyring(withServicePassphrase(passphrases, folder.servicePassphrase), keyCost);
      const audit = new Audit(folder.audit, database.auditHead);
      const cabinet = { folder, keys, audit, policy: BUILT_IN_POLICY };
      root = await createRoot(cabinet, request, moment);
      await makeOperations(cabinet, territory, moment);
      const payload = readRoot(folder).envelope;
      database.retained.put({ topic: rootTopic(root.rootVersion), payload, expiresAt: root.expiresAt });
    } finally {
      database.close();
    }
    await makeAuthority(folder.authority, "loa desk CA", ROOT_DAYS);
    await issueCertificate(folder.authority, { ...folder.client, commonName: DESK_NAME, days: LEAF_DAYS });
    await makeBrokerFolder(folder, address, deskFolder(target).broker, LEAF_DAYS);
    writePublic(folder.settings, `${JSON.stringify({ broker, territory, timeZone }, undefined, 2)}\n`);
  });
  if (root === undefined) throw new TypeError("a folder was built without its root");
  return root;
}

/** People place gateways and revoke keys; what nobody is there for has a key of its own that may do nothing else. */
async function makeOperations(desk: Delegating, territory: DeskSettings["territory"], moment: Moment): Promise<void> {
  const operations = {
    name: OPERATIONS,
    level: territory.kind === "nation" ? "nation" : "province",
    areas: [territory.id],
    classMax: "routine",
    severityMax: 0,
    days: OPERATIONS_DAYS,
  } as const;
  await createAuthority(desk, { ...operations, holder: OPERATIONS, uses: ["placement", "revoke"] }, [], moment);
  await createAuthority(
    desk,
    { ...operations, holder: SERVICE, uses: ["ingest", "time", "beacon", "index"] },
    [],
    moment,
  );
}
