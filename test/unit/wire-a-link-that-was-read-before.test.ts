import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import type { DownTopic, EnvelopeSignature } from "../../src/domain/trust.ts";
import { type EnvelopeJson, openDown, seal } from "../../src/wire/envelope.ts";
import { AREA, BROADCAST, CHAIN, envelopeOf, issuerKey, MORNING } from "../fixtures/wire-messages.ts";

const topic: DownTopic = { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id };
const good = envelopeOf(seal(BROADCAST, [issuerKey], MORNING, CHAIN));
const [link] = good.chain;
const [signed] = link?.signatures ?? [];

function signaturesOfLink(chain: readonly unknown[]): readonly EnvelopeSignature[] | string {
  const opened = openDown(Buffer.from(JSON.stringify({ ...good, chain })), topic);
  return opened.kind === "opened" ? (opened.sealed.chain[0]?.signatures ?? []) : opened.detail;
}

test("is the same link", () => {
  expect(signaturesOfLink(good.chain)).toBe(signaturesOfLink(good.chain));
});

test.each<[string, Partial<EnvelopeJson["signatures"][number]>]>([
  ["signature", { signature: Buffer.alloc(64, 7).toString("base64url") }],
  ["header", { protected: Buffer.from(JSON.stringify(headerOf(MORNING + 1))).toString("base64url") }],
])("does not stand in for one with another %s under the same payload", (_, changed) => {
  const known = signaturesOfLink(good.chain);
  const other = signaturesOfLink([{ ...link, signatures: [{ ...signed, ...changed }] }]);
  expect(other).toHaveLength(1);
  expect(other).not.toEqual(known);
});

test("does not let one pass that has a member more", () => {
  signaturesOfLink(good.chain);
  expect(signaturesOfLink([{ ...link, note: "x" }])).toContain("note");
});

function headerOf(signedAt: number): unknown {
  return { ...JSON.parse(Buffer.from(signed?.protected ?? "", "base64url").toString()), signedAt };
}
