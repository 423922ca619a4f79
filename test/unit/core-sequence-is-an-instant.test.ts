import { describe, expect, test } from "vitest";
import type { TrustContext } from "../../src/core/trust-context.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { AreaDocument, DownPayload, DownTopic } from "../../src/domain/trust.ts";
import {
  aDelegation,
  aKey,
  anEvidenceAck,
  aPlacement,
  aPolicy,
  aRevoked,
  aTrustWorld,
  GATEWAY,
  NOW,
  seal,
  type TestKey,
} from "../fakes/builders.ts";

// A number that no other can follow would be a thief's last word, for ever.

const USES = ["placement", "ingest", "revoke", "beacon", "index"] as const;
const UNTIL = NOW + 86_400;
const HIGHEST = Number.MAX_SAFE_INTEGER;
const { context, rootKey } = aTrustWorld();
const thief = aKey("kẻ trộm");

const common = { ...aRevoked({ sequence: 0 }), area: "commune-1" };
const DOCUMENTS: Readonly<Record<string, (sequence: number) => DownPayload>> = {
  placement: (sequence) => aPlacement({ sequence }),
  "evidence-ack": (sequence) => anEvidenceAck({ sequence }),
  policy: (sequence) => aPolicy({ sequence }),
  revoked: (sequence) => aRevoked({ sequence }),
  beacon: (sequence) =>
    ({ ...common, type: "beacon", sequence, n: 1, now: NOW, policySequence: 0, rootVersion: 1 }) as AreaDocument,
  index: (sequence) => ({ ...common, type: "index", sequence, items: [] }) as AreaDocument,
};
const names = Object.keys(DOCUMENTS);

function topicOf(payload: DownPayload): DownTopic {
  switch (payload.type) {
    case "policy":
      return { kind: "policy" };
    case "revoked":
    case "beacon":
    case "index":
      return { kind: payload.type, area: payload.area, issuer: payload.issuer };
    case "placement":
    case "evidence-ack":
      return { kind: payload.type, gateway: GATEWAY };
    default:
      throw new Error("no document");
  }
}

function judge(name: string, sequence: number, change: Partial<TrustContext> = {}, key: TestKey = thief) {
  const payload = DOCUMENTS[name]?.(sequence);
  if (payload === undefined) throw new Error(name);
  const chain = [seal(aDelegation(key, { uses: USES, expiresAt: UNTIL }), [rootKey])];
  const sealed = payload.type === "policy" ? seal(payload, [rootKey]) : seal(payload, [key], { chain });
  return verifyDown(sealed, topicOf(payload), { ...context, ...change });
}

describe.each(names)("the sequence of a %s", (name) => {
  test("may lie as far ahead of the clock as a beacon may, and no further", () => {
    const furthest = (NOW + 300) * 1000;
    expect(judge(name, furthest).kind).toBe("accepted");
    expect(judge(name, furthest + 1)).toMatchObject({ code: "not-yet", signed: true, passesAt: NOW + 1 });
    const later = { clock: { state: "sync", nowMs: NOW * 1000 + 1 } } as const;
    if (name !== "beacon") expect(judge(name, furthest + 1, later).kind).toBe("accepted");
  });

  test("is never the highest there is, and so its owner goes on when a thief has lost his key", () => {
    expect(judge(name, HIGHEST)).toMatchObject({ code: "not-yet" });
    const stolen = (NOW + 300) * 1000;
    const lastAccepted = () => ({ sequence: stolen, payloadHash: "the thief's" });
    const goesOn = (seconds: number) => {
      const now = NOW + seconds;
      const words = { lastAccepted, clock: { state: "sync", nowMs: now * 1000 } } as const;
      return judge(name, now * 1000, words, aKey());
    };
    expect(goesOn(299)).toMatchObject({ code: "stale" });
    if (name !== "beacon") expect(goesOn(301).kind).toBe("accepted");
  });

  test("below the last one is stale, whatever time it is", () => {
    const lastAccepted = () => ({ sequence: HIGHEST, payloadHash: "of an agent that knew no better" });
    expect(judge(name, HIGHEST - 1, { lastAccepted })).toMatchObject({ code: "stale" });
  });
});

test("a clock that may be behind is given what it may lack", () => {
  const hold = { clock: { state: "hold", nowMs: NOW * 1000, errorMs: 5_000 } } as const;
  expect(judge("placement", (NOW + 305) * 1000, hold).kind).toBe("accepted");
  expect(judge("placement", (NOW + 305) * 1000 + 1, hold)).toMatchObject({ code: "not-yet" });
});

test("a policy that allows beacons less allows numbers less", () => {
  const policy = { ...context.policy, clock: { ...context.policy.clock, beaconToleranceSeconds: 30 } };
  expect(judge("placement", (NOW + 30) * 1000, { policy }).kind).toBe("accepted");
  expect(judge("placement", (NOW + 31) * 1000, { policy })).toMatchObject({ code: "not-yet" });
});

test("without a clock a list of revoked keys is numbered no further ahead than its keys hold", () => {
  const none = { clock: { state: "none", nowMs: 0 } } as const;
  expect(judge("revoked", (UNTIL + 300) * 1000, none).kind).toBe("accepted");
  expect(judge("revoked", (UNTIL + 300) * 1000 + 1, none)).toMatchObject({ code: "not-yet" });
  expect(judge("revoked", HIGHEST, none)).toMatchObject({ code: "not-yet" });
});

test("a beacon is judged by its own time", () => {
  const behind = { clock: { state: "sync", nowMs: (NOW - 3_000) * 1000 } } as const;
  expect(judge("beacon", NOW * 1000, behind).kind).toBe("accepted");
});
