import type { UnixSeconds } from "../domain/time.ts";
import type { RefusalCode } from "../domain/trust.ts";

/** What speaks against a message. `detail` is for logs and receipts: English, short, without payload or key material. */
export interface Objection {
  readonly code: RefusalCode;
  readonly detail: string;
  /** From when on it no longer speaks against it, where time alone is the reason. */
  readonly passesAt?: UnixSeconds | undefined;
  /** How many people have signed in time, where it takes more. */
  readonly holders?: number | undefined;
}

export interface Refused extends Objection {
  readonly kind: "refused";
  /** Whether a good signature stood under it. Only then is the refusal worth a receipt; before, it costs an attacker nothing. */
  readonly signed: boolean;
}

export function objection(code: RefusalCode, detail: string): Objection {
  return { code, detail };
}

export function notYet(passesAt: UnixSeconds, detail: string): Objection {
  return { code: "not-yet", detail, passesAt };
}

export function refusedUnsigned({ code, detail }: Objection): Refused {
  return { kind: "refused", code, signed: false, detail };
}

export function refusedSigned(found: Objection): Refused {
  return { kind: "refused", signed: true, ...found };
}
