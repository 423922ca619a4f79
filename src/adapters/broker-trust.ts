import { X509Certificate } from "node:crypto";
import tls from "node:tls";
import type { LinkLoss } from "../domain/ports.ts";
import type { UnixMs } from "../domain/time.ts";
import type { TextKey } from "../texts/catalogue.ts";
import { say } from "../texts/say.ts";

/**
 * By what the dates of a certificate are judged: the machine's clock, or, while nobody vouches for that, an instant that is surely
 * over. Then what ended before it is refused, and nothing is said about when it began.
 */
export type CertificateTime = { readonly kind: "clock" } | { readonly kind: "floor"; readonly floorMs: UnixMs };

const SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";

/**
 * What speaks against a broker's certificate whatever the machine's clock says, in OpenSSL's own codes. Its issuer has to be a
 * pinned CA itself: Node can't have OpenSSL leave out the dates alone, and a longer chain would be more rules to get wrong.
 */
export function objectionWithoutClock(
  certificate: X509Certificate | undefined,
  authorities: readonly X509Certificate[],
  host: string,
  floorMs: UnixMs,
): NodeJS.ErrnoException | undefined {
  if (certificate === undefined) return objection("UNABLE_TO_GET_ISSUER_CERT");
  const authority = authorities.find((ca) => ca.ca && certificate.checkIssued(ca) && isSignedBy(certificate, ca));
  if (authority === undefined) {
    const isOwn = certificate.checkIssued(certificate);
    return objection(isOwn ? "DEPTH_ZERO_SELF_SIGNED_CERT" : "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  }
  if (!(endOf(certificate) > floorMs) || !(endOf(authority) > floorMs)) return objection("CERT_HAS_EXPIRED");
  // Of a certificate that names no purpose OpenSSL asks for none either.
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  const isServer = purposes === undefined || purposes.includes(SERVER_AUTHENTICATION);
  if (certificate.ca || !isServer) return objection("INVALID_PURPOSE");
  return tls.checkServerIdentity(host, certificate.toLegacyObject());
}

export function authoritiesIn(caPem: string): readonly X509Certificate[] {
  const blocks = caPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.verify(authority.publicKey);
}

/** NaN for what is no date, which is later than nothing. */
function endOf(certificate: X509Certificate): UnixMs {
  return Date.parse(certificate.validTo);
}

function objection(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** By the codes of Node and OpenSSL. What is not here is told as it came. */
const REASONS: Readonly<Record<string, TextKey>> = {
  UNABLE_TO_GET_ISSUER_CERT: "link.distrust.foreign",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "link.distrust.foreign",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "link.distrust.foreign",
  CERT_SIGNATURE_FAILURE: "link.distrust.foreign",
  DEPTH_ZERO_SELF_SIGNED_CERT: "link.distrust.selfSigned",
  SELF_SIGNED_CERT_IN_CHAIN: "link.distrust.foreign",
  CERT_HAS_EXPIRED: "link.distrust.expired",
  CERT_NOT_YET_VALID: "link.distrust.early",
  ERR_TLS_CERT_ALTNAME_INVALID: "link.distrust.otherName",
  INVALID_PURPOSE: "link.distrust.purpose",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "link.distrust.oldTls",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "link.distrust.oldTls",
};

/** What became of an attempt to reach a broker, from the error that ended it, with the reason for people. */
export function socketLoss(error: NodeJS.ErrnoException): { readonly loss: LinkLoss; readonly detail: string } {
  // Errors of the system name their call; what TLS itself objects to does not.
  if (error.syscall !== undefined || error.code === "ECONNRESET") return { loss: "unreachable", detail: error.message };
  const code = error.code ?? "";
  const key = REASONS[code] ?? (/_ALERT_/.test(code) ? "link.distrust.refusesUs" : "link.distrust.other");
  return { loss: "untrusted", detail: say(key, { code: code === "" ? error.message : code }) };
}
