import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deskFailure } from "./failure.ts";
import { writePrivate } from "./files.ts";
import { lastWords, runTool } from "./tool.ts";

const LIMITS = { deadlineMs: 30_000, outputBytes: 1024 * 1024 };

const LEAF = {
  basicConstraints: "critical,CA:FALSE",
  keyUsage: "critical,digitalSignature",
  subjectKeyIdentifier: "hash",
  authorityKeyIdentifier: "keyid",
};

export interface CertificateAuthority {
  readonly keyPath: string;
  readonly certificatePath: string;
}

/** A private CA: it vouches for one broker and its clients, and for nobody else. */
export async function makeAuthority(authority: CertificateAuthority, name: string, days: number): Promise<void> {
  makeTlsKey(authority.keyPath);
  await certify(authority.keyPath, authority.certificatePath, name, days, [], {
    basicConstraints: "critical,CA:TRUE,pathlen:0",
    keyUsage: "critical,keyCertSign,cRLSign",
    subjectKeyIdentifier: "hash",
  });
}

export interface CertificateRequest {
  readonly keyPath: string;
  readonly certificatePath: string;
  /** CN. Brokers take it for the client's name. */
  readonly commonName: string;
  readonly days: number;
  /** IP address or DNS name of a server; undefined makes a client's certificate. */
  readonly host?: string | undefined;
}

/** Makes a key and the CA's certificate for it. */
export async function issueCertificate(authority: CertificateAuthority, request: CertificateRequest): Promise<void> {
  makeTlsKey(request.keyPath);
  const signedBy = ["-CA", authority.certificatePath, "-CAkey", authority.keyPath];
  await certify(request.keyPath, request.certificatePath, request.commonName, request.days, signedBy, {
    ...LEAF,
    extendedKeyUsage: request.host === undefined ? "clientAuth" : "serverAuth",
    ...(request.host !== undefined && {
      subjectAltName: `${isIP(request.host) === 0 ? "DNS" : "IP"}:${request.host}`,
    }),
  });
}

/** A key for TLS, and the request for its certificate, which proves that the asker has the key. */
export async function requestCertificate(keyPath: string, commonName: string): Promise<string> {
  makeTlsKey(keyPath);
  return await withConfig([], async (configPath) => {
    const args = ["req", "-new", "-config", configPath, "-key", keyPath, "-subj", `/CN=${commonName}`, "-sha256"];
    return await openssl(args, commonName);
  });
}

/**
 * The CA's certificate for a request's key. Of the request nothing else is believed: name and purposes are what the desk says.
 * @throws AgentFailure `desk-invalid` when the request's own signature does not hold
 */
export async function signRequest(
  authority: CertificateAuthority,
  request: string,
  { commonName, days }: { readonly commonName: string; readonly days: number },
): Promise<string> {
  const lines = extensionLines({ ...LEAF, extendedKeyUsage: "clientAuth" });
  return await withConfig(lines, async (configPath) => {
    const signedBy = ["-CA", authority.certificatePath, "-CAkey", authority.keyPath];
    const what = ["-subj", `/CN=${commonName}`, "-days", String(days), "-sha256"];
    const extensions = ["-extfile", configPath, "-extensions", "extensions"];
    return await openssl(["x509", "-req", ...signedBy, ...what, ...extensions], commonName, Buffer.from(request));
  });
}

function makeTlsKey(path: string): void {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writePrivate(path, privateKey.export({ type: "pkcs8", format: "pem" }));
}

async function certify(
  keyPath: string,
  certificatePath: string,
  commonName: string,
  days: number,
  signedBy: readonly string[],
  extensions: Readonly<Record<string, string>>,
): Promise<void> {
  await withConfig(extensionLines(extensions), async (configPath) => {
    const what = ["req", "-new", "-x509", "-config", configPath, "-key", keyPath, "-subj", `/CN=${commonName}`];
    const how = ["-sha256", "-days", String(days), "-out", certificatePath];
    await openssl([...what, ...signedBy, ...how], commonName);
  });
}

function extensionLines(extensions: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(extensions).map(([name, value]) => `${name} = ${value}`);
}

/** The machine's own openssl.cnf would add extensions of its own. */
async function withConfig<Result>(
  extensions: readonly string[],
  work: (configPath: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "loa-openssl-"));
  try {
    const configPath = join(folder, "openssl.cnf");
    const uses = extensions.length === 0 ? [] : ["x509_extensions = extensions"];
    const lines = ["[req]", "distinguished_name = name", ...uses, "[name]", "[extensions]", ...extensions, ""];
    writeFileSync(configPath, lines.join("\n"));
    return await work(configPath);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it prints. */
async function openssl(args: readonly string[], name: string, input?: Uint8Array): Promise<string> {
  const result = await runTool("openssl", args, LIMITS, input);
  if (result.exitCode !== 0) throw deskFailure("desk.openssl", { name, reason: lastWords(result.stderr) });
  return result.stdout.toString("utf8");
}
