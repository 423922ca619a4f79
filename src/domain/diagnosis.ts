import type { Milliseconds, UnixMs } from "./time.ts";

/** How far a try to reach a broker got. `refused`: it closed after it had seen our certificate. */
export type BrokerReach =
  | {
      readonly kind: "reached";
      readonly elapsedMs: Milliseconds;
      readonly protocol: string;
      readonly certificateUntilMs?: UnixMs | undefined;
    }
  | { readonly kind: "unreachable" | "untrusted" | "refused"; readonly reason: string }
  | { readonly kind: "late"; readonly withinMs: Milliseconds };

/** A new certificate has to be signed, and brought by somebody. */
export const CERTIFICATE_WARNING_MS: Milliseconds = 30 * 86_400_000;

/** `gateway`: this box's own; `authority`: the CA that vouches for all; `broker`: the one the broker shows. */
export interface CertificateEnd {
  readonly whose: "gateway" | "authority" | "broker";
  readonly untilMs: UnixMs;
}

export type CertificateFacts =
  | {
      readonly kind: "read";
      readonly commonName: string;
      readonly notBeforeMs: UnixMs;
      readonly notAfterMs: UnixMs;
      readonly matchesKey: boolean;
    }
  | { readonly kind: "unreadable"; readonly reason: string };

/** What came of opening a sound device and closing it again without a sound. */
export type DeviceTrial = { readonly kind: "opened" | "busy" } | { readonly kind: "failed"; readonly reason: string };

export type DatabaseFacts =
  | { readonly kind: "absent" }
  /** `checked`: its structure was read through; a large one is only opened. */
  | { readonly kind: "opened"; readonly version: number; readonly megabytes: number; readonly checked: boolean }
  | { readonly kind: "broken"; readonly reason: string };
