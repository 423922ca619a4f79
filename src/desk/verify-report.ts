import { checkPublicKey, verifySignature } from "../core/keys.ts";
import type { UpPayload } from "../domain/report.ts";
import type { RefusalCode } from "../domain/trust.ts";
import { openUp } from "../wire/envelope.ts";
import type { UpTopic } from "../wire/topics.ts";

export type ReportVerdict =
  | { readonly kind: "good"; readonly report: UpPayload }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly detail: string };

/**
 * Whether a report is the word of the gateway its topic names.
 * @param publicKey what the register holds for that gateway; undefined: it is not one of ours
 */
export function verifyReport(bytes: Uint8Array, topic: UpTopic, publicKey: string | undefined): ReportVerdict {
  if (publicKey === undefined) return refused("key-unknown", `gateway ${topic.gateway} is not in the register`);
  const opened = openUp(bytes);
  if (opened.kind === "refused") return refused(opened.code, opened.detail);
  const { payload, signatures } = opened.sealed;
  if (!isBound(payload, topic)) return refused("binding", `a ${payload.type} of ${payload.gateway} on a foreign topic`);

  const key = checkPublicKey(publicKey);
  if (key.kind === "bad") return refused("signature", `the key in the register is ${key.reason}`);
  const [signature] = signatures;
  if (signature === undefined || signature.header.kid !== key.kid) {
    return refused("key-unknown", `not signed with the key of ${topic.gateway}`);
  }
  if (signature.header.typ !== `loa1.${payload.type}`) return refused("signature", "signed as another type");
  return verifySignature(key.raw, signature.signingInput, signature.signature)
    ? { kind: "good", report: payload }
    : refused("signature", "the signature does not hold");
}

function isBound(report: UpPayload, topic: UpTopic): boolean {
  if (report.gateway !== topic.gateway || report.type !== topic.kind) return false;
  if (topic.kind === "receipt") return report.type === "receipt" && report.itemId === topic.id;
  if (topic.kind === "alarm") return report.type === "alarm" && report.code === topic.code;
  return true;
}

function refused(code: RefusalCode, detail: string): ReportVerdict {
  return { kind: "refused", code, detail };
}
