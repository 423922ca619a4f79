import fc from "fast-check";
import { expect, test } from "vitest";
import { ALARM_CODES } from "../../src/domain/report.ts";
import type { DownTopic } from "../../src/domain/trust.ts";
import {
  alarmTopic,
  areaDocumentTopic,
  birthTopic,
  broadcastTopic,
  checkpointTopic,
  chunkTopic,
  controlTopic,
  evidenceAckTopic,
  evidenceTopic,
  heartbeatTopic,
  parseChunkTopic,
  parseDownTopic,
  parseUpTopic,
  placementTopic,
  policyTopic,
  receiptTopic,
  rootTopic,
  stateTopic,
  timeQueryTopic,
  timeTopic,
  type UpTopic,
} from "../../src/wire/topics.ts";

const gateway = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{12}$/);
const area = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
const id = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
const issuer = fc.stringMatching(/^[a-z0-9.-]{1,64}$/);
const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("base64url"));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("base64url"));

function downText(topic: DownTopic): string {
  switch (topic.kind) {
    case "root":
      return rootTopic(topic.rootVersion);
    case "broadcast":
      return broadcastTopic(topic.area, topic.emergency, topic.id);
    case "control":
      return controlTopic(topic.area, topic.id);
    case "policy":
      return policyTopic();
    case "revoked":
    case "beacon":
    case "index":
      return areaDocumentTopic(topic.kind, topic.area, topic.issuer);
    case "time":
      return timeTopic(topic.gateway, topic.nonce);
    case "placement":
      return placementTopic(topic.gateway);
    case "evidence-ack":
      return evidenceAckTopic(topic.gateway);
    default:
      return topic satisfies never;
  }
}

const plainUp = {
  state: stateTopic,
  birth: birthTopic,
  heartbeat: heartbeatTopic,
  evidence: evidenceTopic,
  checkpoint: checkpointTopic,
  "time-query": timeQueryTopic,
};

function upText(topic: UpTopic): string {
  if (topic.kind === "receipt") return receiptTopic(topic.gateway, topic.id);
  if (topic.kind === "alarm") return alarmTopic(topic.gateway, topic.code);
  return plainUp[topic.kind](topic.gateway);
}

const downTopic: fc.Arbitrary<DownTopic> = fc.oneof(
  fc.record({ kind: fc.constant("root" as const), rootVersion: fc.integer({ min: 1, max: 999_999_999 }) }),
  fc.record({ kind: fc.constant("control" as const), area, id }),
  fc.record({ kind: fc.constant("broadcast" as const), area, emergency: fc.boolean(), id }),
  fc.record({ kind: fc.constantFrom("placement" as const, "evidence-ack" as const), gateway }),
  fc.record({ kind: fc.constant("policy" as const) }),
  fc.record({ kind: fc.constantFrom("revoked" as const, "beacon" as const, "index" as const), area, issuer }),
  fc.record({ kind: fc.constant("time" as const), gateway, nonce }),
);

const upTopic: fc.Arbitrary<UpTopic> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      "state" as const,
      "birth" as const,
      "heartbeat" as const,
      "evidence" as const,
      "checkpoint" as const,
      "time-query" as const,
    ),
    gateway,
  }),
  fc.record({ kind: fc.constant("receipt" as const), gateway, id }),
  fc.record({ kind: fc.constant("alarm" as const), gateway, code: fc.constantFrom(...ALARM_CODES) }),
);

test("down topics are built and parsed back, and are nothing else", () => {
  fc.assert(
    fc.property(downTopic, (topic) => {
      const text = downText(topic);
      expect(parseDownTopic(text)).toEqual(topic);
      expect(parseUpTopic(text)).toBeUndefined();
      expect(parseChunkTopic(text)).toBeUndefined();
    }),
  );
});

test("up topics are built and parsed back, and are nothing else", () => {
  fc.assert(
    fc.property(upTopic, (topic) => {
      const text = upText(topic);
      expect(parseUpTopic(text)).toEqual(topic);
      expect(parseDownTopic(text)).toBeUndefined();
    }),
  );
});

test("chunk topics are built and parsed back", () => {
  fc.assert(
    fc.property(hash, fc.integer({ min: 0, max: 511 }), (name, n) => {
      expect(parseChunkTopic(chunkTopic(name, n))).toEqual({ hash: name, n });
    }),
  );
});

test("whatever parses is what would be built: one topic, one text", () => {
  const changedText = fc
    .tuple(fc.oneof(downTopic.map(downText), upTopic.map(upText)), fc.nat(80), fc.string({ maxLength: 2 }))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1));
  fc.assert(
    fc.property(changedText, (text) => {
      const down = parseDownTopic(text);
      if (down !== undefined) expect(downText(down)).toBe(text);
      const up = parseUpTopic(text);
      if (up !== undefined) expect(upText(up)).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});
