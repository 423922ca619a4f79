import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type OpenedAudio, openAudio } from "../../../src/store/audio.ts";
import { type OpenedOrders, type OrdersOptions, type OrdersStore, openOrders } from "../../../src/store/orders.ts";
import { seal } from "../../../src/wire/envelope.ts";
import { issuerKey, MORNING, PLACEMENT } from "../../fixtures/wire-messages.ts";
import { audioOptions, epochs, ordersOptions, sha256 } from "./store-material.ts";

/** A folder on the disk the project is on: /tmp may be memory, which writes nothing and never syncs. */
export function temporaryFolder(): string {
  const parent = join(import.meta.dirname, "../../../.build");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const anyEpoch = epochs();

export function openTestOrders(folder: string, changes: Partial<OrdersOptions> = {}): OpenedOrders {
  const opened = openOrders({ ...ordersOptions(folder, anyEpoch), ...changes });
  onTestFinished(() => opened.orders.close());
  return opened;
}

/** A placement in force: what a placed box has, for commands that only look. */
export function placeInVietnam({ trust }: OrdersStore): void {
  const { type, issuer, sequence } = PLACEMENT;
  const envelope = seal(PLACEMENT, [issuerKey], MORNING);
  trust.put({ type, issuer, scope: "", sequence, payloadHash: "x", envelope });
}

export function openTestAudio(folder: string, quickCheck = false): OpenedAudio {
  const opened = openAudio({ ...audioOptions(folder), quickCheck });
  onTestFinished(() => opened.audio.close());
  return opened;
}

/** The version in the file's own header, whatever a log beside it may say (SQLite file format, 1.3.13). */
export function databaseVersion(path: string): number {
  return readFileSync(path).readUInt32BE(60);
}

/** Every file of a folder by its hash: equal means untouched, byte for byte. */
export function fingerprint(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, sha256(readFileSync(join(folder, name))).toString("hex")]),
  );
}
