import { CERTIFICATE_WARNING_MS, type CertificateEnd, type CertificateFacts } from "../domain/diagnosis.ts";
import type { UnixMs } from "../domain/time.ts";
import { bad, doubtful, type Finding, good } from "./finding.ts";

const DAY_MS = 86_400_000;

export function judgeCertificate(
  facts: CertificateFacts,
  gateway: string,
  nowMs: UnixMs,
  dateText: (atMs: UnixMs) => string,
): readonly Finding[] {
  const broken = (found: Parameters<typeof bad>[2], values = {}) =>
    bad("certificate", "enrolment-invalid", found, values);
  if (facts.kind === "unreadable") return [broken("certificate.unreadable", { reason: facts.reason })];
  const { commonName: name, notBeforeMs, notAfterMs, matchesKey } = facts;
  const until = dateText(notAfterMs);
  const days = Math.floor((notAfterMs - nowMs) / DAY_MS);
  const findings: readonly (Finding | false)[] = [
    !matchesKey && broken("certificate.otherKey"),
    name !== gateway && broken("certificate.otherName", { name, gateway }),
    nowMs < notBeforeMs && broken("certificate.early", { from: dateText(notBeforeMs) }),
    nowMs > notAfterMs && broken("certificate.over", { until }),
    nowMs <= notAfterMs &&
      notAfterMs - nowMs < CERTIFICATE_WARNING_MS &&
      doubtful("certificate", "certificate.soon", { until, days }),
  ];
  const found = findings.filter((finding) => finding !== false);
  return found.length > 0 ? found : [good("certificate", "certificate.good", { name, until })];
}

/** Of the CA and of what a broker showed. While they last there is nothing to say. */
export function judgeOthersEnd(
  { whose, untilMs }: CertificateEnd & { readonly whose: "authority" | "broker" },
  nowMs: UnixMs,
  dateText: (atMs: UnixMs) => string,
): readonly Finding[] {
  if (Number.isNaN(untilMs)) {
    return [bad("certificate", "enrolment-invalid", "certificate.unreadable", { reason: "broker-ca.pem" })];
  }
  const until = dateText(untilMs);
  if (untilMs < nowMs) return [bad("certificate", "link-failed", `certificate.${whose}Over`, { until })];
  if (untilMs - nowMs >= CERTIFICATE_WARNING_MS) return [];
  const days = Math.floor((untilMs - nowMs) / DAY_MS);
  return [doubtful("certificate", `certificate.${whose}Soon`, { until, days })];
}
