import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deskFailure } from "./failure.ts";
import { writePrivate } from "./files.ts";
import { lastWords, runTool } from "./tool.ts";

const LIMITS = { deadlineMs: 30_000, outputBytes: 1024 * 1024 };

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
    basicConstraints: "critical,CA:FALSE",
    keyUsage: "critical,digitalSignature",
    extendedKeyUsage: request.host === undefined ? "clientAuth" : "serverAuth",
    subjectKeyIdentifier: "hash",
    authorityKeyIdentifier: "keyid",
    ...(request.host !== undefined && {
      subjectAltName: `${isIP(request.host) === 0 ? "DNS" : "IP"}:${request.host}`,
    }),
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
  // The machine's own openssl.cnf would add extensions of its own.
  const folder = mkdtempSync(join(tmpdir(), "loa-openssl-"));
  try {
    const configPath = join(folder, "openssl.cnf");
    const lines = Object.entries(extensions).map(([name, value]) => `${name} = ${value}`);
    writeFileSync(
      configPath,
      [
        "[req]",
        "distinguished_name = name",
        "x509_extensions = extensions",
        "[name]",
        "[extensions]",
        ...lines,
        "",
      ].join("\n"),
    );
    const what = ["req", "-new", "-x509", "-config", configPath, "-key", keyPath, "-subj", `/CN=${commonName}`];
    const result = await runTool(
      "openssl",
      [...what, ...signedBy, "-sha256", "-days", String(days), "-out", certificatePath],
      LIMITS,
    );
    if (result.exitCode !== 0) {
      throw deskFailure("desk.openssl", { name: commonName, reason: lastWords(result.stderr) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
