import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TlsIdentity } from "../../../src/adapters/broker-socket.ts";

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A private CA in a folder of its own, made by openssl. */
export class TestAuthority implements CertificateFiles {
  readonly folder: string;
  readonly certFile: string;
  readonly keyFile: string;
  #issued = 0;

  constructor(name = "test CA") {
    this.folder = mkdtempSync(path.join(tmpdir(), "loa-ca-"));
    this.certFile = path.join(this.folder, "ca.pem");
    this.keyFile = path.join(this.folder, "ca-key.pem");
    openssl(["req", "-x509", ...NEW_KEY, ...subject(name), "-keyout", this.keyFile, "-out", this.certFile]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** `names` as openssl writes them: `IP:127.0.0.1`, `DNS:broker.example`. */
  issueServer(names: readonly string[] = LOOPBACK.split(",")): CertificateFiles {
    return this.#issue("broker", ["-addext", `subjectAltName=${names.join(",")}`, ...use("serverAuth")]);
  }

  /** One whose dates are not today's, for loopback like every other. */
  issueServerFor(fromMs: number, untilMs: number): CertificateFiles {
    return issueDated(this, fromMs, untilMs);
  }

  issueClient(commonName: string): CertificateFiles {
    return this.#issue(commonName, use("clientAuth"));
  }

  /** What a client of this authority brings to the link. */
  identity(commonName: string): TlsIdentity {
    const { certFile, keyFile } = this.issueClient(commonName);
    const read = (file: string): string => readFileSync(file, "utf8");
    return { caPem: read(this.certFile), certPem: read(certFile), keyPem: read(keyFile) };
  }

  #issue(commonName: string, extensions: readonly string[]): CertificateFiles {
    this.#issued += 1;
    const certFile = path.join(this.folder, `${this.#issued}-cert.pem`);
    const keyFile = path.join(this.folder, `${this.#issued}-key.pem`);
    const signedByUs = ["-CA", this.certFile, "-CAkey", this.keyFile, "-addext", "basicConstraints=critical,CA:FALSE"];
    openssl([
      ...["req", "-x509", ...NEW_KEY, ...subject(commonName), ...signedByUs, ...extensions],
      ...["-keyout", keyFile, "-out", certFile],
    ]);
    return { certFile, keyFile };
  }
}

/** A server's certificate for loopback that an authority signed for other days than these; `openssl ca` alone can do that. */
export function issueDated(
  authority: CertificateFiles,
  fromMs: number,
  untilMs: number,
  names = LOOPBACK,
): CertificateFiles {
  const folder = mkdtempSync(path.join(path.dirname(authority.certFile), "dated-"));
  const file = (name: string): string => path.join(folder, name);
  writeFileSync(file("index.txt"), "");
  const extensions = ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=serverAuth", `subjectAltName=${names}`];
  writeFileSync(
    file("ca.cnf"),
    [
      ...["[ca]", "default_ca=ca_default", "[ca_default]", `database=${file("index.txt")}`, `new_certs_dir=${folder}`],
      ...["rand_serial=yes", "default_md=sha256", "policy=any", "x509_extensions=leaf", "unique_subject=no"],
      ...["[any]", "commonName=supplied", "[leaf]", ...extensions, ""],
    ].join("\n"),
  );
  openssl([
    "req",
    ...NEW_KEY.slice(0, -2),
    ...subject("broker"),
    "-keyout",
    file("key.pem"),
    "-out",
    file("request.pem"),
  ]);
  openssl([
    ...[
      "ca",
      "-batch",
      "-notext",
      "-config",
      file("ca.cnf"),
      "-cert",
      authority.certFile,
      "-keyfile",
      authority.keyFile,
    ],
    ...["-startdate", asn1Time(fromMs), "-enddate", asn1Time(untilMs)],
    ...["-in", file("request.pem"), "-out", file("cert.pem")],
  ]);
  return { certFile: file("cert.pem"), keyFile: file("key.pem") };
}

/** `20261127083000Z` */
function asn1Time(atMs: number): string {
  return `${new Date(atMs).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`;
}

const LOOPBACK = "IP:127.0.0.1,DNS:localhost";
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"];

function subject(commonName: string): string[] {
  return ["-subj", `/CN=${commonName}`];
}

function use(purpose: "serverAuth" | "clientAuth"): string[] {
  return ["-addext", `extendedKeyUsage=${purpose}`];
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
