import type { CertificateEnd } from "../domain/diagnosis.ts";
import { CERTIFICATE_WARNING_MS } from "../domain/diagnosis.ts";
import type { UnixMs } from "../domain/time.ts";

/** The certificates somebody has to renew now: over, or so soon that a new one must set out. First to end, first named. */
export function endingSoon(ends: readonly CertificateEnd[], nowMs: UnixMs): readonly CertificateEnd[] {
  return ends
    .filter(({ untilMs }) => untilMs - nowMs < CERTIFICATE_WARNING_MS)
    .toSorted((one, other) => one.untilMs - other.untilMs);
}
