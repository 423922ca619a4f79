import { Buffer } from "node:buffer";
import { type EnvelopeJson, readEnvelope } from "./envelope.ts";

const MAX_SIGNATURES = 4;

/**
 * Two envelopes around the same payload as one with the signatures of both. Of one key the later signature counts, and of one
 * subject the later link: it may have been signed anew under another root. Undefined where the later one brings no other key, the
 * payloads differ, or there are too many signatures. Nothing is verified here: the result is judged like whatever comes in.
 */
export function mergeSignatures(earlier: Uint8Array, later: Uint8Array): Uint8Array | undefined {
  const first = readEnvelope(earlier);
  const second = readEnvelope(later);
  if (first.kind === "malformed" || second.kind === "malformed") return undefined;
  const { payload, signatures, chain } = second.value;
  if (payload !== first.value.payload) return undefined;
  const known = new Set(first.value.signatures.map(kidOf));
  if (signatures.every((signature) => known.has(kidOf(signature)))) return undefined;
  const kids = new Set(signatures.map(kidOf));
  const subjects = new Set(chain.map(subjectOf));
  const merged = [...signatures, ...first.value.signatures.filter((signature) => !kids.has(kidOf(signature)))];
  if (merged.length > MAX_SIGNATURES) return undefined;
  const links = [...chain, ...first.value.chain.filter((link) => !subjects.has(subjectOf(link)))];
  return Buffer.from(JSON.stringify({ payload, signatures: merged, chain: links }));
}

function kidOf(signature: EnvelopeJson["signatures"][number]): unknown {
  return textOf(signature.protected).kid;
}

function subjectOf({ payload }: EnvelopeJson["chain"][number]): unknown {
  return textOf(payload).subject?.publicKey;
}

/** Both envelopes were opened before: this is JSON. */
function textOf(encoded: string): { readonly kid?: unknown; readonly subject?: { readonly publicKey?: unknown } } {
  return JSON.parse(Buffer.from(encoded, "base64url").toString());
}
