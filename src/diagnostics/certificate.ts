import type { CertificateFacts } from "../domain/diagnosis.ts";
import type { UnixMs } from "../domain/time.ts";
import { bad, doubtful, type Finding, good } from "./finding.ts";

const DAY_MS = 86_400_000;
/** A new bundle has to be brought to the box by somebody. */
const SOON_DAYS = 30;

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
    nowMs <= notAfterMs && days < SOON_DAYS && doubtful("certificate", "certificate.soon", { until, days }),
  ];
  const found = findings.filter((finding) => finding !== false);
  return found.length > 0 ? found : [good("certificate", "certificate.good", { name, until })];
}
