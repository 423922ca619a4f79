import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DownTopic, Sealed } from "../../src/domain/trust.ts";
import { type Opened, openDown, openUp, seal } from "../../src/wire/envelope.ts";
import {
  ALARM,
  AREA,
  BIRTH,
  BROADCAST,
  CHAIN,
  DELEGATION,
  EVIDENCE,
  gatewayKey,
  HEARTBEAT,
  issuerKey,
  MORNING,
  RECEIPT,
  rootKey,
  STATE,
  type TestKey,
} from "../fixtures/wire-messages.ts";

const topic: DownTopic = { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id };
const keys = new Map<string, TestKey>([rootKey, issuerKey, gatewayKey].map((key) => [key.kid, key]));

/** What core does with a Sealed, in short: every signature by the key that its header names, in message and chain. */
function isVerified(sealed: Sealed<unknown>): boolean {
  return [sealed, ...sealed.chain].every((part) =>
    part.signatures.every(({ header, signingInput, signature }) => {
      const key = keys.get(header.kid)?.publicKeyObject;
      return key !== undefined && verify(null, signingInput, key, signature);
    }),
  );
}

function meaningOf(opened: Opened<{ readonly type: string }>) {
  if (opened.kind === "refused") throw new Error(opened.detail);
  const { payload, payloadHash, signatures, chain } = opened.sealed;
  const headers = [signatures, ...chain.map((link) => link.signatures)].map((of) => of.map(({ header }) => header));
  return { payload, payloadHash, headers, links: chain.map((link) => link.payload) };
}

const broadcast = seal(BROADCAST, [issuerKey], MORNING, CHAIN);

describe("an envelope with one byte changed", () => {
  const original = meaningOf(openDown(broadcast, topic));

  function expectNoOtherMeaning(bytes: Uint8Array): void {
    const opened = openDown(bytes, topic);
    if (opened.kind === "refused" || !isVerified(opened.sealed)) return;
    expect(meaningOf(opened)).toEqual(original);
  }

  test("is refused, fails a signature, or means the same: every byte, every bit", () => {
    for (let at = 0; at < broadcast.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const bytes = Uint8Array.from(broadcast);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        expectNoOtherMeaning(bytes);
      }
    }
  });

  test("or put in, or taken out", () => {
    const change = fc.record({
      at: fc.nat(broadcast.length - 1),
      removed: fc.nat(2),
      put: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(change, ({ at, removed, put }) => {
        expectNoOtherMeaning(Buffer.concat([broadcast.subarray(0, at), put, broadcast.subarray(at + removed)]));
      }),
      { numRuns: 3_000 },
    );
  });
});

test("any bytes are refused, never thrown at", () => {
  const nearEnvelope = fc.record({
    payload: fc.oneof(
      fc.base64String(),
      fc.json().map((json) => Buffer.from(json).toString("base64url")),
    ),
    signatures: fc.array(fc.record({ protected: fc.string(), signature: fc.string() }), { maxLength: 5 }),
    chain: fc.array(fc.object({ maxDepth: 2 }), { maxLength: 2 }),
  });
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => Buffer.from(json)),
    nearEnvelope.map((value) => Buffer.from(JSON.stringify(value))),
  );
  fc.assert(
    fc.property(bytes, (any) => {
      expect(openDown(any, topic).kind).toBe("refused");
      expect(openUp(any).kind).toBe("refused");
    }),
    { numRuns: 2_000 },
  );
});

test("any payload that is well signed is opened or refused, never thrown at", () => {
  const messages = [BROADCAST, DELEGATION, STATE, BIRTH, HEARTBEAT, RECEIPT, EVIDENCE, ALARM];
  const member = fc.constantFrom(...new Set(messages.flatMap((message) => Object.keys(message))));
  const value = fc.oneof(
    fc.maxSafeInteger(),
    fc.string(),
    fc.boolean(),
    fc.constantFrom(null, [], {}, [[]], [null], { kind: "now" }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...messages), fc.dictionary(member, value, { maxKeys: 3 }), (message, members) => {
      const bytes = seal({ ...message, ...members, type: message.type }, [issuerKey], MORNING);
      expect(["opened", "refused"]).toContain(openDown(bytes, topic).kind);
      expect(["opened", "refused"]).toContain(openUp(bytes).kind);
    }),
    { numRuns: 2_000 },
  );
});
