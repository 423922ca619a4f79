import { Buffer } from "node:buffer";
import fc from "fast-check";
import { verifyDown } from "../../src/core/verify.ts";
import type { DownTopic, Root } from "../../src/domain/trust.ts";
import { type EnvelopeJson, openDown, openUp, payloadHashOf, seal } from "../../src/wire/envelope.ts";
import {
  AREA,
  BEACON,
  BROADCAST,
  CANCEL,
  CHAIN,
  DELEGATION,
  EVIDENCE_ACK,
  envelopeOf,
  GATEWAY,
  HALT,
  INDEX,
  issuerKey,
  MORNING,
  NONCE,
  PLACEMENT,
  POLICY,
  REVOKED,
  ROOT,
  rootKey,
  TIME,
  testKey,
} from "../fixtures/wire-messages.ts";
import { blankGateway } from "./blank-gateway.ts";
import { mutated, steps } from "./mutations.ts";

type Message = { readonly type: string; readonly issuedAt: number };

/** A message that is good as it stands, and its topic. */
interface Sample {
  readonly message: Message;
  readonly topic: DownTopic;
}

const ofArea = { area: AREA, issuer: BROADCAST.issuer } as const;
const SAMPLES: readonly Sample[] = [
  { message: BROADCAST, topic: { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id } },
  { message: CANCEL, topic: { kind: "broadcast", area: AREA, emergency: false, id: CANCEL.id } },
  { message: HALT, topic: { kind: "control", area: AREA, id: HALT.id } },
  { message: PLACEMENT, topic: { kind: "placement", gateway: GATEWAY } },
  { message: EVIDENCE_ACK, topic: { kind: "evidence-ack", gateway: GATEWAY } },
  { message: REVOKED, topic: { kind: "revoked", ...ofArea } },
  { message: BEACON, topic: { kind: "beacon", ...ofArea } },
  { message: INDEX, topic: { kind: "index", ...ofArea } },
  { message: TIME, topic: { kind: "time", gateway: GATEWAY, nonce: NONCE } },
  { message: ROOT, topic: { kind: "root", rootVersion: 1 } },
  { message: POLICY, topic: { kind: "policy" } },
];

/** What no message may take: a hang is a matter of seconds, and only this process's own time counts. */
const MAX_CPU_MS = 1_000;

/** Nobody ever delegated anything to this key, and it signs its own root. */
const thief = testKey(66);
const forgedChain: readonly EnvelopeJson[] = [
  envelopeOf(
    seal({ ...DELEGATION, subject: { ...DELEGATION.subject, publicKey: thief.publicKey } }, [testKey(67)], MORNING),
  ),
];

const context = blankGateway({ ...ROOT, rootVersion: 1 } as Root);

/**
 * Who has signed what was mutated. `nobody`: it was good, and was changed on its way. `thief`: it was changed, and then signed by
 * somebody without a right. `issuer`: it was changed by who may speak, so it may be accepted; it must not crash or hang.
 */
const SIGNED_BY = ["nobody", "thief", "issuer"] as const;

const attempt = fc.record({
  sample: fc.constantFrom(...SAMPLES),
  signedBy: fc.constantFrom(...SIGNED_BY),
  steps: fc.array(steps, { minLength: 1, maxLength: 4 }),
});

/** Signed as `sample` would be by its rightful signer, or by the thief with a chain that looks like one. */
function sealed(message: Message, signedBy: (typeof SIGNED_BY)[number]): Uint8Array {
  const isRoots = message.type === "root" || message.type === "policy";
  if (signedBy === "thief") return seal(message, [thief], MORNING, isRoots ? [] : forgedChain);
  return seal(message, [isRoots ? rootKey : issuerKey], MORNING, isRoots ? [] : CHAIN);
}

function withText(text: string, message: Message, signedBy: "thief" | "issuer"): Uint8Array {
  const { chain } = envelopeOf(sealed(message, signedBy));
  const signer = signedBy === "thief" ? thief : issuerKey;
  const header = { alg: "Ed25519", kid: signer.kid, typ: `loa1.${message.type}`, signedAt: MORNING };
  const [encodedHeader, payload] = [JSON.stringify(header), text].map((part) =>
    Buffer.from(part).toString("base64url"),
  );
  const signature = Buffer.from(signer.sign(Buffer.from(`${encodedHeader}.${payload}`))).toString("base64url");
  return Buffer.from(JSON.stringify({ payload, signatures: [{ protected: encodedHeader, signature }], chain }));
}

/** One message through decoding and verifying, as it comes off the connection. Throws what must never be. */
const nothingForgedIsAccepted = fc.property(attempt, ({ sample: { message, topic }, signedBy, steps: done }) => {
  const good = sealed(message, "nobody");
  const bytes =
    signedBy === "nobody"
      ? mutated(good, done)
      : withText(Buffer.from(mutated(Buffer.from(JSON.stringify(message)), done)).toString(), message, signedBy);
  const before = process.cpuUsage();
  openUp(bytes);
  const opened = openDown(bytes, topic);
  if (opened.kind === "opened") {
    const verdict = verifyDown(opened.sealed, topic, context);
    const isGood = signedBy === "issuer" || opened.sealed.payloadHash === payloadHashOf(good);
    if (verdict.kind !== "refused" && !isGood)
      throw new Error(`${signedBy}: a forged ${message.type} was ${verdict.kind}`);
  }
  const { user, system } = process.cpuUsage(before);
  const tookMs = (user + system) / 1000;
  if (tookMs > MAX_CPU_MS) throw new Error(`a ${message.type} took ${Math.round(tookMs)} ms of processor time`);
});

/** Throws with the seed, the path and the smallest message found when one crashes, hangs or is accepted. */
export function fuzz(runs: number, seed: number): void {
  fc.assert(nothingForgedIsAccepted, { numRuns: runs, seed });
}
