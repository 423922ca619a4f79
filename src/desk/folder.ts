import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { AreaKind } from "../domain/broadcast.ts";
import { deskFailure } from "./failure.ts";
import { AREA_ID, AREA_KINDS } from "./names.ts";

/** Where things lie in a desk's folder. Nothing else builds these paths. */
export interface DeskFolder {
  readonly path: string;
  readonly settings: string;
  readonly database: string;
  readonly audit: string;
  readonly root: string;
  /** The root that is about to follow, and all that was signed for it; gone once it has. */
  readonly succession: string;
  readonly rootKeys: string;
  /** Opens the keys of `desk serve`, which nobody is there to open. An office moves it to where only the service reads it. */
  readonly servicePassphrase: string;
  readonly authority: { readonly keyPath: string; readonly certificatePath: string };
  readonly client: { readonly keyPath: string; readonly certificatePath: string };
  readonly broker: string;
  formerRoot(version: number): string;
  /** One key file for each that speaks for it. */
  issuer(name: string): string;
  /** The keys of an issuer that were taken out of use. */
  revoked(name: string): string;
  /** What waits for another holder's signature. */
  draft(id: string): string;
  gateway(id: string): string;
}

export function deskFolder(path: string): DeskFolder {
  return {
    path,
    settings: join(path, "desk.json"),
    database: join(path, "desk.sqlite"),
    audit: join(path, "audit.jsonl"),
    root: join(path, "root", "root.json"),
    succession: join(path, "root", "next.json"),
    rootKeys: join(path, "root", "keys"),
    servicePassphrase: join(path, "serve.passphrase"),
    authority: { keyPath: join(path, "tls", "ca-key.pem"), certificatePath: join(path, "tls", "ca.pem") },
    client: { keyPath: join(path, "tls", "desk-key.pem"), certificatePath: join(path, "tls", "desk-cert.pem") },
    broker: join(path, "broker"),
    formerRoot: (version) => join(path, "root", `root-${version}.json`),
    issuer: (name) => join(path, "issuers", name),
    revoked: (name) => join(path, "issuers", name, "revoked"),
    draft: (id) => join(path, "drafts", `${id}.json`),
    gateway: (id) => join(path, "gateways", id),
  };
}

/** The issuers that this desk holds keys of. */
export function issuersOf({ path }: DeskFolder): readonly string[] {
  return readdirSync(join(path, "issuers")).toSorted();
}

/** What every command of a desk must know. Written once, by `loa desk root`. */
export interface DeskSettings {
  readonly broker: string;
  /** The area this desk answers for. Every gateway's commune lies within it. */
  readonly territory: { readonly id: string; readonly kind: AreaKind };
  readonly timeZone: string;
}

const settingsSchema = v.strictObject({
  broker: v.pipe(v.string(), v.startsWith("mqtts://")),
  territory: v.strictObject({ id: v.pipe(v.string(), v.regex(AREA_ID)), kind: v.picklist(AREA_KINDS) }),
  timeZone: v.string(),
});

/** @throws AgentFailure `desk-invalid` when this is no desk folder */
export function readSettings(folder: DeskFolder): DeskSettings {
  try {
    return v.parse(settingsSchema, JSON.parse(readFileSync(folder.settings, "utf8")));
  } catch (cause) {
    throw deskFailure("desk.folder", { path: folder.path }, "desk-invalid", cause);
  }
}
