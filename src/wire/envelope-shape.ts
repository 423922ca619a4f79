import * as v from "valibot";
import type { SignatureHeader } from "../domain/trust.ts";
import { BYTES_16, BYTES_64 } from "./patterns.ts";
import { list, text, unixSeconds } from "./payloads/members.ts";

/** An envelope as JSON: everything in it is still base64url. */
export interface EnvelopeJson {
  readonly payload: string;
  readonly signatures: readonly { readonly protected: string; readonly signature: string }[];
  readonly chain: readonly EnvelopeJson[];
}

const base64url = text(/^[A-Za-z0-9_-]+$/);

const signed = {
  payload: base64url,
  signatures: list(v.strictObject({ protected: base64url, signature: text(BYTES_64) }), 1, 4),
};

const link = v.strictObject({ ...signed, chain: v.strictTuple([]) });

// Strict, because nothing of an envelope is signed but what its signatures cover.
export const envelopeSchema: v.GenericSchema<unknown, EnvelopeJson> = v.strictObject({
  ...signed,
  chain: list(link, 0, 6),
});

export const headerSchema: v.GenericSchema<unknown, SignatureHeader> = v.strictObject({
  alg: v.literal("Ed25519"),
  kid: text(BYTES_16),
  typ: text(/^loa1\.[a-z-]{1,32}$/),
  signedAt: unixSeconds,
});
