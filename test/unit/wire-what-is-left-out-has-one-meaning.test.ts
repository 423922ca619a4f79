import { describe, expect, test } from "vitest";
import type { DownTopic } from "../../src/domain/trust.ts";
import { asDetail } from "../../src/wire/detail.ts";
import { openDown, seal } from "../../src/wire/envelope.ts";
import { readEvidenceLine } from "../../src/wire/evidence-line.ts";
import { AREA, BROADCAST, CANCEL, CHAIN, issuerKey, MORNING } from "../fixtures/wire-messages.ts";

const topic: DownTopic = { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id };

function payloadOf<Message extends { readonly type: string }>(message: Message) {
  const opened = openDown(seal(message, [issuerKey], MORNING, CHAIN), topic);
  if (opened.kind === "refused") throw new Error(opened.detail);
  return opened.sealed.payload;
}

test("a broadcast plays once, at the zone's gain, without gap and gate", () => {
  const defaults = { repeat: 1, gapSeconds: 0, gainCentiDb: 0, gate: "auto" };
  expect(payloadOf(BROADCAST)).toEqual({ ...BROADCAST, ...defaults, onPreempt: "resume" });
});

describe("what happens to a broadcast that was cut follows its class", () => {
  test.each([
    ["emergency", 2, "restart"],
    ["priority", 0, "restart"],
    ["routine", 0, "resume"],
  ])("%s", (ofClass, severity, onPreempt) => {
    expect(payloadOf({ ...BROADCAST, class: ofClass, severity })).toMatchObject({ onPreempt });
  });
  test("unless it says so itself", () => {
    expect(payloadOf({ ...BROADCAST, onPreempt: "drop" })).toMatchObject({ onPreempt: "drop" });
  });
});

test("a cancel has no defaults of things that sound", () => {
  expect(payloadOf(CANCEL)).toEqual(CANCEL);
});

test("members that nobody knows are not passed on", () => {
  expect(payloadOf({ ...BROADCAST, volume: 11 })).not.toHaveProperty("volume");
});

describe("a line of evidence", () => {
  const line = '{"q":1,"kind":"boot","clock":"none","boot":"b","monotonicMs":0}';
  test("is read strictly", () => {
    expect(readEvidenceLine(line)).toEqual({ kind: "value", value: JSON.parse(line) });
    expect(readEvidenceLine(line.replace("{", '{"q":2,'))).toMatchObject({ kind: "malformed" });
    expect(readEvidenceLine(line.replace("boot", "reboot"))).toMatchObject({
      kind: "malformed",
      detail: expect.stringMatching(/^kind: expected/),
    });
  });
  test("of a play keeps all its members", () => {
    const played = {
      ...JSON.parse(line),
      kind: "played",
      issuer: "ubnd.an-phu",
      itemId: BROADCAST.id,
      area: AREA,
      zone: "z1",
      occurrence: MORNING,
      play: 1,
      startedAtMs: MORNING * 1000,
      endedAtMs: MORNING * 1000 + 20_000,
      offsetMs: 0,
      framesPlayed: 960_000,
      framesExact: true,
      underruns: 0,
      outcome: "drained",
      gainCentiDb: -600,
      strength: 1,
      payloadHash: issuerKey.publicKey,
    };
    expect(readEvidenceLine(JSON.stringify(played))).toEqual({ kind: "value", value: played });
  });
});

describe("detail", () => {
  test("loses control characters and what is too long", () => {
    expect(asDetail("\u001b[31maplay:\r\n  no card\u0000\n")).toBe("[31maplay:   no card");
    expect(asDetail("e\u0301")).toBe("\u00e9");
    expect(asDetail("x".repeat(600))).toHaveLength(500);
  });
  test("is never cut within a character", () => {
    expect(asDetail(`${"x".repeat(499)}\u{1f4e2}`).isWellFormed()).toBe(true);
  });
});
