import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DownTopic } from "../../src/domain/trust.ts";
import {
  type EnvelopeJson,
  openDelegation,
  openDown,
  openPlacement,
  openRoot,
  openUp,
  seal,
} from "../../src/wire/envelope.ts";
import {
  AREA,
  BROADCAST,
  CHAIN,
  DELEGATION,
  EVIDENCE_ACK,
  envelopeOf,
  GATEWAY,
  gatewayKey,
  issuerKey,
  MORNING,
  PLACEMENT,
  ROOT,
  rootKey,
  STATE,
  testKey,
} from "../fixtures/wire-messages.ts";

const topic: DownTopic = { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id };

function bytesOf(envelope: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(envelope));
}

function b64(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

const good = envelopeOf(seal(BROADCAST, [issuerKey], MORNING, CHAIN));
const header = { alg: "Ed25519", kid: issuerKey.kid, typ: "loa1.broadcast", signedAt: MORNING };
const signature = good.signatures[0]?.signature ?? "";

function withHeader(protectedHeader: unknown): unknown {
  return { ...good, signatures: [{ protected: b64(protectedHeader), signature }] };
}

test("a good envelope opens, with everything that verifying needs", () => {
  const opened = openDown(bytesOf(good), topic);
  if (opened.kind === "refused") throw new Error(opened.detail);
  const { sealed } = opened;
  expect(sealed.payload).toMatchObject({ type: "broadcast", action: "alert", title: BROADCAST.title });
  expect(Buffer.from(sealed.payloadBytes).toString("base64url")).toBe(good.payload);
  expect(sealed.payloadHash).toBe(createHash("sha256").update(sealed.payloadBytes).digest("base64url"));
  expect(sealed.signatures).toHaveLength(1);
  expect(sealed.signatures[0]?.header).toEqual(header);
  expect(Buffer.from(sealed.signatures[0]?.signingInput ?? []).toString()).toBe(
    `${good.signatures[0]?.protected}.${good.payload}`,
  );
  expect(sealed.signatures[0]?.signature).toHaveLength(64);
  expect(sealed.chain.map((link) => link.payload)).toEqual([DELEGATION]);
  expect(sealed.chain[0]?.signatures[0]?.header.kid).toBe(rootKey.kid);
});

describe("an envelope is refused `schema`", () => {
  const [link] = CHAIN;
  const links = Array.from({ length: 7 }, (_, index) =>
    envelopeOf(seal({ ...DELEGATION, sequence: index }, [rootKey], MORNING)),
  );
  test.each<[string, unknown]>([
    ["that is an array", [good]],
    ["that is null", null],
    ["without payload", { signatures: good.signatures, chain: good.chain }],
    ["without chain", { payload: good.payload, signatures: good.signatures }],
    ["with a member more", { ...good, header: {} }],
    ["with a member named like an inherited one", JSON.parse(JSON.stringify(good).replace("{", '{"toString":1,'))],
    ["with __proto__", JSON.parse(JSON.stringify(good).replace("{", '{"__proto__":{},'))],
    ["with an unprotected header", { ...good, signatures: [{ ...good.signatures[0], header: {} }] }],
    ["without signature", { ...good, signatures: [] }],
    ["with five signatures", { ...good, signatures: Array(5).fill(good.signatures[0]) }],
    ["signed twice by one key", { ...good, signatures: [good.signatures[0], good.signatures[0]] }],
    ["with a short signature", { ...good, signatures: [{ ...good.signatures[0], signature: signature.slice(1) }] }],
    ["with a loose signature", { ...good, signatures: [{ ...good.signatures[0], signature: `${"A".repeat(85)}B` }] }],
    ["with a padded payload", { ...good, payload: `${good.payload}=` }],
    ["with a payload that does not re-encode", { ...good, payload: "QR" }],
    ["with a payload that is no JSON", { ...good, payload: b64("hello") }],
    ["with a payload that is no object", { ...good, payload: b64([1]) }],
    ["with seven links", { ...good, chain: links }],
    ["with a link twice", { ...good, chain: [link, link] }],
    ["with a chain inside a link", { ...good, chain: [{ ...link, chain: [link] }] }],
    ["with a link that is a broadcast", { ...good, chain: [{ ...good, chain: [] }] }],
    ["with a header member more", withHeader({ ...header, crit: [] })],
    ["with a header member less", withHeader({ alg: header.alg, kid: header.kid, typ: header.typ })],
    ["with alg EdDSA", withHeader({ ...header, alg: "EdDSA" })],
    ["with alg none", withHeader({ ...header, alg: "none" })],
    ["with a long kid", withHeader({ ...header, kid: `${header.kid}A` })],
    ["with a signedAt that is no integer", withHeader(JSON.stringify(header).replace(String(MORNING), "1.5"))],
    ["with a header name twice", withHeader(JSON.stringify(header).replace("{", '{"alg":"Ed25519",'))],
    ["of another version", withHeader({ ...header, typ: "loa2.broadcast" })],
    ["of an unknown type", withHeader({ ...header, typ: "loa1.live" })],
    ["with a typ that is not the payload's", withHeader({ ...header, typ: "loa1.placement" })],
    ["of an up message", withHeader({ ...header, typ: "loa1.state" })],
  ])("%s", (_, envelope) => {
    expect(openDown(bytesOf(envelope), topic)).toMatchObject({ kind: "refused", code: "schema" });
  });

  test("whose signatures differ in typ", () => {
    const other = envelopeOf(seal({ ...BROADCAST, type: "placement" }, [testKey(9)], MORNING));
    const envelope = { ...good, signatures: [...good.signatures, ...other.signatures] };
    expect(openDown(bytesOf(envelope), topic)).toMatchObject({ code: "schema", detail: "signatures differ in typ" });
  });

  test("with zero bytes", () => {
    expect(openDown(new Uint8Array(), topic)).toMatchObject({ code: "schema" });
  });
});

test("four signatures by four keys and six links open", () => {
  const chain = Array.from({ length: 6 }, (_, index) =>
    envelopeOf(seal({ ...DELEGATION, sequence: index }, [rootKey], MORNING)),
  );
  const opened = openDown(seal(BROADCAST, [4, 5, 6, 7].map(testKey), MORNING, chain), topic);
  expect(opened).toMatchObject({ kind: "opened" });
});

describe("a refusal names who claims to have signed, once that is known", () => {
  test("not before the header is good", () => {
    expect(openDown(bytesOf(withHeader({})), topic)).toMatchObject({ claimedKid: undefined });
  });
  test("from then on", () => {
    expect(openDown(bytesOf({ ...good, payload: b64("{}") }), topic)).toMatchObject({
      code: "schema",
      claimedKid: issuerKey.kid,
    });
  });
});

describe("size", () => {
  function paddedTo(length: number, envelope: EnvelopeJson): Uint8Array {
    const text = JSON.stringify(envelope);
    return Buffer.from(text + " ".repeat(length - Buffer.byteLength(text)));
  }
  const placement = envelopeOf(seal(PLACEMENT, [issuerKey], MORNING, CHAIN));
  const placementTopic: DownTopic = { kind: "placement", gateway: GATEWAY };
  const state = envelopeOf(seal(STATE, [gatewayKey], MORNING));

  test("a broadcast may have 65,536 bytes", () => {
    expect(openDown(paddedTo(65_536, good), topic)).toMatchObject({ kind: "opened" });
    expect(openDown(paddedTo(65_537, good), topic)).toMatchObject({ code: "size" });
  });
  test("anything else 131,072", () => {
    expect(openDown(paddedTo(131_072, placement), placementTopic)).toMatchObject({ kind: "opened" });
    expect(openDown(paddedTo(131_073, placement), placementTopic)).toMatchObject({ code: "size" });
    expect(openUp(paddedTo(131_072, state))).toMatchObject({ kind: "opened" });
    expect(openUp(paddedTo(131_073, state))).toMatchObject({ code: "size" });
  });
  test("the topic decides, before anything is read", () => {
    expect(openDown(paddedTo(65_537, placement), topic)).toMatchObject({ code: "size" });
  });
});

describe("a type on another type's topic is refused `binding`", () => {
  test.each<[string, DownTopic, { readonly type: string }]>([
    ["a placement on a broadcast topic", topic, PLACEMENT],
    ["a broadcast on the placement topic", { kind: "placement", gateway: GATEWAY }, BROADCAST],
    ["an evidence-ack on a root topic", { kind: "root", rootVersion: 1 }, EVIDENCE_ACK],
  ])("%s", (_, on, payload) => {
    expect(openDown(seal(payload, [issuerKey], MORNING, CHAIN), on)).toMatchObject({
      kind: "refused",
      code: "binding",
      claimedKid: issuerKey.kid,
    });
  });
});

describe("roots, delegations and up messages stand alone", () => {
  test("a root with a chain is refused", () => {
    const bytes = seal(ROOT, [rootKey], MORNING, CHAIN);
    expect(openRoot(bytes)).toMatchObject({ code: "schema", detail: "chain: expected to be empty" });
    expect(openDown(bytes, { kind: "root", rootVersion: 1 })).toMatchObject({ code: "schema" });
    expect(openRoot(seal(ROOT, [rootKey], MORNING))).toMatchObject({ kind: "opened" });
  });
  test("a delegation with a chain is refused", () => {
    expect(openDelegation(seal(DELEGATION, [rootKey], MORNING, CHAIN))).toMatchObject({ code: "schema" });
    expect(openDelegation(seal(DELEGATION, [rootKey], MORNING))).toMatchObject({ kind: "opened" });
  });
  test("an up message with a chain or a second signature is refused", () => {
    expect(openUp(seal(STATE, [gatewayKey], MORNING, CHAIN))).toMatchObject({ code: "schema" });
    expect(openUp(seal(STATE, [gatewayKey, testKey(9)], MORNING))).toMatchObject({ code: "schema" });
    expect(openUp(seal(STATE, [gatewayKey], MORNING))).toMatchObject({ kind: "opened" });
  });
  test("a down message is none for the desk", () => {
    expect(openUp(seal(PLACEMENT, [gatewayKey], MORNING))).toMatchObject({ code: "schema" });
  });
  test("the enrolment's placement opens with its chain, and only a placement", () => {
    expect(openPlacement(seal(PLACEMENT, [issuerKey], MORNING, CHAIN))).toMatchObject({ kind: "opened" });
    expect(openPlacement(seal(BROADCAST, [issuerKey], MORNING, CHAIN))).toMatchObject({ code: "schema" });
  });
});

describe("sealing", () => {
  test("brings text to form NFC and replaces lone surrogates", () => {
    const opened = openDown(
      seal({ ...BROADCAST, title: "Tie\u0302\u0301ng \ud800" }, [issuerKey], MORNING, CHAIN),
      topic,
    );
    expect(opened).toMatchObject({ sealed: { payload: { title: "Ti\u1ebfng \ufffd" } } });
  });
  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("throws for %d, which nobody could read", (atMs) => {
    expect(() => seal({ ...STATE, atMs }, [gatewayKey], MORNING)).toThrow(TypeError);
  });
});
