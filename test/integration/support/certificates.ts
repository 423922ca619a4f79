import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
  issueServer(names: readonly string[] = ["IP:127.0.0.1", "DNS:localhost"]): CertificateFiles {
    return this.#issue("broker", ["-addext", `subjectAltName=${names.join(",")}`, ...use("serverAuth")]);
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
