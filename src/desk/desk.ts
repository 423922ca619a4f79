import { resolve } from "node:path";
import type { Root } from "../domain/trust.ts";
import { rootTopic } from "../wire/topics.ts";
import { createAuthority } from "./authority.ts";
import { DESK_NAME, makeBrokerFolder, parseBrokerAddress } from "./broker-folder.ts";
import { type DeskDatabase, openDeskDatabase } from "./database.ts";
import { deskFailure } from "./failure.ts";
import { buildFolder, isMissingOrEmpty, writePublic } from "./files.ts";
import { type DeskFolder, type DeskSettings, deskFolder, readSettings } from "./folder.ts";
import type { Moment } from "./moment.ts";
import { OPERATIONS } from "./names.ts";
import { issueCertificate, makeAuthority } from "./openssl.ts";
import { createRoot, ROOT_DAYS, type RootFile, readRoot } from "./root.ts";

/** What a command of a desk works with. */
export interface Desk {
  readonly folder: DeskFolder;
  readonly settings: DeskSettings;
  readonly root: RootFile;
  readonly database: DeskDatabase;
  close(): void;
}

/** Two years less than the CA, so that a leaf never outlives it by accident. */
export const LEAF_DAYS = ROOT_DAYS - 730;
const OPERATIONS_DAYS = 1825;

/** @throws AgentFailure `desk-invalid` when this is no desk folder; what the database throws */
export function openDesk(path: string, nowMs: number): Desk {
  const folder = deskFolder(resolve(path));
  const settings = readSettings(folder);
  const root = readRoot(folder);
  const database = openDeskDatabase(folder.database, nowMs);
  return { folder, settings, root, database, close: () => database.close() };
}

export interface NewDesk extends DeskSettings {
  readonly path: string;
  /** Root keys to make, 1 to 4. */
  readonly holders: number;
}

/**
 * Makes a desk's folder: root keys and root, the private CA, the desk's certificate, a broker ready to run, and the issuer
 * that places gateways and acknowledges their evidence. All of it or nothing is there afterwards.
 */
export async function createDesk(request: NewDesk, moment: Moment): Promise<Root> {
  const { path, holders, broker, territory, timeZone } = request;
  const address = parseBrokerAddress(broker);
  const target = resolve(path);
  if (!isMissingOrEmpty(target)) throw deskFailure("desk.root.exists", { path });
  let root: Root | undefined;
  await buildFolder(target, async (unfinished) => {
    const folder = deskFolder(unfinished);
    const made = createRoot(folder, holders, moment);
    await makeAuthority(folder.authority, "loa desk CA", ROOT_DAYS);
    await issueCertificate(folder.authority, { ...folder.client, commonName: DESK_NAME, days: LEAF_DAYS });
    await makeBrokerFolder(folder, address, deskFolder(target).broker, LEAF_DAYS);
    createAuthority(
      folder,
      {
        name: OPERATIONS,
        holder: "desk",
        level: territory.kind === "nation" ? "nation" : "province",
        areas: [territory.id],
        classMax: "routine",
        severityMax: 0,
        uses: ["placement", "ingest"],
        days: OPERATIONS_DAYS,
      },
      [],
      moment,
    );
    writePublic(folder.settings, `${JSON.stringify({ broker, territory, timeZone }, undefined, 2)}\n`);
    keepRoot(folder, made, moment);
    root = made;
  });
  if (root === undefined) throw new TypeError("a folder was built without its root");
  return root;
}

function keepRoot(folder: DeskFolder, root: Root, moment: Moment): void {
  const database = openDeskDatabase(folder.database, moment.nowMs);
  try {
    const payload = readRoot(folder).envelope;
    database.retained.put({ topic: rootTopic(root.rootVersion), payload, expiresAt: root.expiresAt });
  } finally {
    database.close();
  }
}
