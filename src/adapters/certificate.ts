import { createPrivateKey, X509Certificate } from "node:crypto";
import type { CertificateFacts } from "../domain/diagnosis.ts";
import type { UnixMs } from "../domain/time.ts";
import { authoritiesIn } from "./broker-trust.ts";

/** What a certificate says of itself, and whether it is this key's. */
export function readCertificate(certPem: string, keyPem: string): CertificateFacts {
  try {
    const certificate = new X509Certificate(certPem);
    return {
      kind: "read",
      commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "",
      notBeforeMs: Date.parse(certificate.validFrom),
      notAfterMs: Date.parse(certificate.validTo),
      matchesKey: isKeyOf(certificate, keyPem),
    };
  } catch (error) {
    return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** When the last of the CAs ends; NaN when there is none. */
export function authorityEnd(caPem: string): UnixMs {
  try {
    const ends = authoritiesIn(caPem).map(({ validTo }) => Date.parse(validTo));
    return ends.length === 0 ? Number.NaN : Math.max(...ends);
  } catch {
    return Number.NaN;
  }
}

function isKeyOf(certificate: X509Certificate, keyPem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}
