import type { RefusalCode } from "../domain/trust.ts";

/** What speaks against a message. `detail` is for logs and receipts: English, short, without payload or key material. */
export interface Objection {
  readonly code: RefusalCode;
  readonly detail: string;
}

export interface Refused extends Objection {
  readonly kind: "refused";
  /** Whether a good signature stood under it. Only then is the refusal worth a receipt; before, it costs an attacker nothing. */
  readonly signed: boolean;
}

export function objection(code: RefusalCode, detail: string): Objection {
  return { code, detail };
}

export function refusedUnsigned({ code, detail }: Objection): Refused {
  return { kind: "refused", code, signed: false, detail };
}

export function refusedSigned({ code, detail }: Objection): Refused {
  return { kind: "refused", code, signed: true, detail };
}
