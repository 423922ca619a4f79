import { copyFileSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { deskFailure } from "./failure.ts";
import { writePublic } from "./files.ts";
import type { DeskFolder } from "./folder.ts";
import { issueCertificate } from "./openssl.ts";

/** The CN of this desk's own certificate, and so its name in the broker's access list. */
export const DESK_NAME = "desk";

const DEFAULT_PORT = 8883;

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** @throws AgentFailure `usage` unless it is `mqtts://host[:port]` and nothing more */
export function parseBrokerAddress(url: string): BrokerAddress {
  const parsed = URL.parse(url);
  const host = parsed?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  const bare = parsed?.pathname === "" && parsed.search === "" && parsed.hash === "" && parsed.username === "";
  // The host becomes part of a certificate: nothing but a name or an address may stand there.
  if (parsed?.protocol !== "mqtts:" || !bare || (isIP(host) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host))) {
    throw deskFailure("desk.broker.address", { url }, "usage");
  }
  return { host, port: parsed.port === "" ? DEFAULT_PORT : Number(parsed.port) };
}

/**
 * Fills a folder from which mosquitto runs as it is: `mosquitto -c FOLDER/mosquitto.conf`.
 * @param place where the folder will stand in the end; its files name themselves by that
 */
export async function makeBrokerFolder(
  folder: DeskFolder,
  { host, port }: BrokerAddress,
  place: string,
  days: number,
): Promise<void> {
  const file = (name: string) => join(folder.broker, name);
  const values = {
    FOLDER: place,
    PORT: String(port),
    ADDRESS: isLoopback(host) ? host : "0.0.0.0",
    // Started by root, mosquitto would change to a user who can't read this folder.
    USER: userInfo().username,
    DESK: DESK_NAME,
  };
  for (const name of ["mosquitto.conf", "acl"]) writePublic(file(name), fill(template(name), values));
  await issueCertificate(folder.authority, {
    keyPath: file("server-key.pem"),
    certificatePath: file("server-cert.pem"),
    commonName: host,
    host,
    days,
  });
  copyFileSync(folder.authority.certificatePath, file("ca.pem"));
}

/** The same depth from src/desk and from dist/parts. */
function template(name: string): string {
  return readFileSync(new URL(`../../scripts/mosquitto/${name}`, import.meta.url), "utf8");
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/@([A-Z]+)@/g, (place, name: string) => values[name] ?? place);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
