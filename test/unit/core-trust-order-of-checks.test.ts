import { describe, expect, test } from "vitest";
import { type Verdict, verifyDown } from "../../src/core/verify.ts";
import type { DownPayload, DownTopic, Sealed } from "../../src/domain/trust.ts";
import {
  aBroadcast,
  aDelegation,
  aKey,
  anAudioFile,
  anEvidenceAck,
  aPlacement,
  aPolicy,
  aRoot,
  aTrustWorld,
  GATEWAY,
  NOW,
  seal,
  topicOf,
} from "../fakes/builders.ts";

const world = aTrustWorld();
const { issuerKey, chain, context, rootKey } = world;

function judge(
  payload: Parameters<typeof topicOf>[0],
  options: {
    topic?: DownTopic;
    context?: Partial<typeof context>;
    sealed?: Sealed<DownPayload>;
  } = {},
): Verdict {
  const sealed = options.sealed ?? seal(payload, [issuerKey], { chain });
  return verifyDown(sealed, options.topic ?? topicOf(payload), { ...context, ...options.context });
}

function refused(code: string, signed: boolean): unknown {
  return { kind: "refused", code, signed, detail: expect.any(String) };
}

describe("a good bulletin", () => {
  test("is accepted with what has to be remembered of it", () => {
    const broadcast = aBroadcast();
    expect(judge(broadcast)).toEqual({
      kind: "accepted",
      what: "broadcast",
      broadcast,
      standing: {
        signers: [
          {
            ...{ kid: issuerKey.kid, holder: issuerKey.holder, signedAt: broadcast.issuedAt },
            keys: [
              {
                ...{ kid: issuerKey.kid, issuer: "phuong-1", level: "commune" },
                ...{ signedAt: broadcast.issuedAt, issuedAt: broadcast.issuedAt },
              },
            ],
          },
        ],
        authorityRank: 2,
        class: "routine",
        severity: 0,
        window: { notBefore: broadcast.notBefore, expiresAt: broadcast.expiresAt },
        grants: [["commune-1"]],
      },
      withdrawals: [],
    });
  });

  test("with a notBefore to come is accepted and waits", () => {
    expect(judge(aBroadcast({ notBefore: NOW + 1_000 }))).toMatchObject({ kind: "accepted" });
  });

  test("is good to the last millisecond of expiresAt's second and not after", () => {
    const broadcast = aBroadcast({ expiresAt: NOW });
    expect(judge(broadcast, { context: { clock: { state: "sync", nowMs: NOW * 1000 } } }).kind).toBe("accepted");
    const after = judge(broadcast, { context: { clock: { state: "sync", nowMs: NOW * 1000 + 1 } } });
    expect(after).toEqual(refused("expired", true));
  });
});

describe("binding, before anything is verified", () => {
  const broadcast = aBroadcast();
  const topic = { kind: "broadcast", area: "commune-1", emergency: false, id: broadcast.id } as const;
  test.each<[string, DownTopic]>([
    ["another id", { ...topic, id: aBroadcast().id }],
    ["an area that no target names", { ...topic, area: "commune-2" }],
    ["the emergency topic for a routine item", { ...topic, emergency: true }],
    ["a topic of another type", { kind: "placement", gateway: GATEWAY }],
  ])("%s is refused", (_name, wrong) => {
    expect(judge(broadcast, { topic: wrong })).toEqual(refused("binding", false));
  });

  test("an emergency on the common topic is refused", () => {
    const emergency = aBroadcast({ class: "emergency", severity: 3 });
    expect(judge(emergency, { topic: { ...topic, id: emergency.id } })).toEqual(refused("binding", false));
  });

  test("another gateway's placement is refused, whichever of topic and payload names it", () => {
    const other = "zzzzzzzzzzzz";
    expect(judge(aPlacement({ gateway: other }))).toEqual(refused("binding", false));
    expect(judge(aPlacement(), { topic: { kind: "placement", gateway: other } })).toEqual(refused("binding", false));
    const ours = { kind: "placement", gateway: GATEWAY } as const;
    expect(judge(aPlacement({ gateway: other }), { topic: ours })).toEqual(refused("binding", false));
  });

  test("a root on another version's topic is refused", () => {
    const root = aRoot([rootKey], { rootVersion: 2 });
    const sealed = seal(root, [rootKey]);
    expect(judge(root, { sealed, topic: { kind: "root", rootVersion: 3 } })).toEqual(refused("binding", false));
  });
});

describe("expiry, scope, target", () => {
  test("an expired link is told from an expired message", () => {
    const link = seal(aDelegation(issuerKey, { expiresAt: NOW - 1 }), [rootKey]);
    const broadcast = aBroadcast();
    const sealed = seal(broadcast, [issuerKey], { chain: [link] });
    expect(judge(broadcast, { sealed })).toEqual(refused("key-expired", true));
    expect(judge(aBroadcast({ expiresAt: NOW - 1 }))).toEqual(refused("expired", true));
  });

  test("a key that is not valid yet may come to be, if the message lives so long", () => {
    const broadcast = aBroadcast();
    const from = (notBefore: number) => {
      const link = seal(aDelegation(issuerKey, { notBefore }), [rootKey]);
      return judge(broadcast, { sealed: seal(broadcast, [issuerKey], { chain: [link] }) });
    };
    expect(from(NOW).kind).toBe("accepted");
    expect(from(NOW + 1)).toEqual({ ...(refused("not-yet", true) as object), passesAt: NOW + 1 });
    expect(from(broadcast.expiresAt)).toMatchObject({ code: "not-yet" });
    expect(from(broadcast.expiresAt + 1)).toEqual(refused("key-expired", true));
  });

  test("a root that is not valid yet, likewise", () => {
    const early = { ...context.root, root: { ...context.root.root, notBefore: NOW + 5 } };
    expect(judge(aBroadcast(), { context: { root: early } })).toMatchObject({ code: "not-yet", passesAt: NOW + 5 });
  });

  test("nothing that hangs on an expired root is good", () => {
    const expired = { ...context.root, root: { ...context.root.root, expiresAt: NOW - 1 } };
    expect(judge(aBroadcast(), { context: { root: expired } })).toEqual(refused("key-expired", true));
  });

  test.each([
    ["issuer", { issuer: "phuong-2" }, "scope-use"],
    ["level", { level: "province" }, "scope-use"],
    ["class", { class: "priority" as const }, "scope-class"],
    ["a severity without emergency", { severity: 1 as const }, "scope-class"],
  ])("a signer may not go beyond his delegation in %s", (_name, change, code) => {
    const link = seal(aDelegation(issuerKey, { classMax: "routine", severityMax: 0 }), [rootKey]);
    const broadcast = aBroadcast(change);
    const sealed = seal(broadcast, [issuerKey], { chain: [link] });
    expect(judge(broadcast, { sealed })).toEqual(refused(code, true));
  });

  test("an emergency of a severity beyond the delegation's is refused", () => {
    const link = seal(aDelegation(issuerKey, { severityMax: 3 }), [rootKey]);
    const severe = aBroadcast({ class: "emergency", severity: 2 });
    const sealed = seal(severe, [issuerKey], { chain: [link] });
    expect(judge(severe, { sealed })).toEqual(refused("scope-class", true));
  });

  test("a key for evidence may not speak", () => {
    const link = seal(aDelegation(issuerKey, { uses: ["ingest"] }), [rootKey]);
    const broadcast = aBroadcast();
    const sealed = seal(broadcast, [issuerKey], { chain: [link] });
    expect(judge(broadcast, { sealed })).toEqual(refused("scope-use", true));
  });

  test("a target that matches us outside the signer's areas is refused, also beside one inside", () => {
    const broadcast = aBroadcast({ targets: [{ area: "commune-1" }, { area: "province-1" }] });
    expect(judge(broadcast)).toEqual(refused("scope-area", true));
  });

  test("a signer for the province covers the commune in it, by the placement's word", () => {
    const link = seal(aDelegation(issuerKey, { areas: ["province-1"] }), [rootKey]);
    const broadcast = aBroadcast();
    const sealed = seal(broadcast, [issuerKey], { chain: [link] });
    expect(judge(broadcast, { sealed }).kind).toBe("accepted");
    const moved = aPlacement({ areas: [{ id: "commune-1", kind: "commune", within: ["province-2"] }] });
    expect(judge(broadcast, { sealed, context: { placement: moved } })).toEqual(refused("scope-area", true));
  });

  test.each([
    ["a foreign area", { targets: [{ area: "commune-2" }] }],
    ["other gateways", { targets: [{ area: "commune-1", gateways: ["zzzzzzzzzzzz"] }] }],
    ["tags that no zone has", { targets: [{ area: "commune-1", zoneTags: ["harbour"] }] }],
    ["all but our province", { targets: [{ area: "commune-1", exceptAreas: ["province-1"] }] }],
  ])("%s: not targeted", (_name, change) => {
    const broadcast = aBroadcast(change);
    expect(judge(broadcast)).toEqual(refused("not-targeted", true));
  });

  test("a test without a test zone is not targeted: it can never sound in earnest", () => {
    const [market] = aPlacement().zones;
    const placement = aPlacement({ zones: market ? [market] : [] });
    expect(judge(aBroadcast({ status: "test" }), { context: { placement } })).toEqual(refused("not-targeted", true));
    expect(judge(aBroadcast({ status: "test" })).kind).toBe("accepted");
  });
});

describe("ceilings and capability", () => {
  test.each([
    ["an emergency of over 24 h", { class: "emergency", severity: 3, expiresAt: NOW - 60 + 86_401 }],
    ["a priority item of over 7 d", { class: "priority", expiresAt: NOW - 60 + 7 * 86_400 + 1 }],
    ["a routine item of over 31 d", { expiresAt: NOW - 60 + 31 * 86_400 + 1 }],
    [
      "an emergency that speaks over 180 s",
      { class: "emergency", severity: 3, audio: anAudioFile({ durationMs: 180_001 }) },
    ],
    ["too many repeats", { repeat: 11 }],
  ] as const)("%s is over the limit", (_name, change) => {
    expect(judge(aBroadcast(change))).toEqual(refused("limit", true));
  });

  test("the 1,001st item is refused, but no backlog keeps an emergency out", () => {
    const full = { active: () => ({ emergencies: 0, others: 1_000 }) };
    expect(judge(aBroadcast(), { context: full })).toEqual(refused("limit", true));
    expect(judge(aBroadcast({ class: "emergency", severity: 3 }), { context: full }).kind).toBe("accepted");
    const alarmed = { active: () => ({ emergencies: 1_000, others: 0 }) };
    expect(judge(aBroadcast({ class: "emergency", severity: 3 }), { context: alarmed })).toEqual(
      refused("limit", true),
    );
  });

  test.each([
    ["gate", { gate: "manual" }],
    ["chime", { chime: "01KARW00000000000000000000" }],
    [
      "plan",
      {
        plan: {
          kind: "recurring",
          timesOfDay: ["05:00"],
          weekdays: [1],
          from: "2026-11-01",
          until: "2026-11-30",
          timeZone: "Asia/Ho_Chi_Minh",
          skipDates: [],
        },
      },
    ],
    ["sources", { sources: [{ kind: "library" }] }],
  ] as const)("what can't be carried out yet is refused by name: %s", (_name, change) => {
    expect(judge(aBroadcast(change))).toEqual(refused("unsupported", true));
  });

  test("library audio is refused by name", () => {
    const broadcast = aBroadcast();
    const library = { ...broadcast, audio: { library: broadcast.id, hash: broadcast.audio.hash } } as const;
    const sealed = seal(library, [issuerKey], { chain });
    expect(verifyDown(sealed, topicOf(broadcast), context)).toEqual(refused("unsupported", true));
  });

  test("what waits for its hour and what is repeated is carried out", () => {
    expect(judge(aBroadcast({ plan: { kind: "at", at: NOW }, repeat: 10, gapSeconds: 60 })).kind).toBe("accepted");
  });
});

describe("replay", () => {
  test("the same bytes again are a duplicate, even when they have expired since", () => {
    const broadcast = aBroadcast();
    const sealed = seal(broadcast, [issuerKey], { chain });
    const seen = { seen: () => sealed.payloadHash, clock: { state: "sync", nowMs: (NOW + 99_999) * 1000 } } as const;
    expect(judge(broadcast, { sealed, context: seen })).toEqual({ kind: "duplicate" });
  });

  test("the same id with other bytes is replay", () => {
    const seen = { seen: () => Buffer.alloc(32).toString("base64url") };
    expect(judge(aBroadcast(), { context: seen })).toEqual(refused("replay", true));
    expect(judge(aPlacement(), { context: seen })).toEqual(refused("replay", true));
  });

  test("an unsigned copy of what was accepted does not even count as a duplicate", () => {
    const broadcast = aBroadcast();
    const good = seal(broadcast, [issuerKey], { chain });
    const forged = seal(broadcast, [aKey()], { chain });
    expect(judge(broadcast, { sealed: forged, context: { seen: () => good.payloadHash } })).toEqual(
      refused("key-unknown", false),
    );
  });
});

describe("documents for this gateway", () => {
  test("a placement and an evidence-ack are accepted", () => {
    const placement = aPlacement();
    expect(judge(placement)).toEqual({ kind: "accepted", what: "document", document: placement });
    const ack = anEvidenceAck();
    expect(judge(ack)).toEqual({ kind: "accepted", what: "document", document: ack });
  });

  test("a signer whose areas do not cover our commune is refused", () => {
    const link = seal(aDelegation(issuerKey, { areas: ["commune-2"] }), [rootKey]);
    const placement = aPlacement({ commune: "commune-2", areas: [{ id: "commune-2", kind: "commune", within: [] }] });
    const sealed = seal(placement, [issuerKey], { chain: [link] });
    expect(judge(placement, { sealed })).toEqual(refused("scope-area", true));
  });

  test("a document waits for its notBefore, and one that is stale by now does not", () => {
    for (const early of [aPlacement({ notBefore: NOW + 10, sequence: 2 }), anEvidenceAck({ notBefore: NOW + 10 })]) {
      expect(judge(early)).toMatchObject({ code: "not-yet", signed: true, passesAt: NOW + 10 });
      const then = { clock: { state: "sync", nowMs: (NOW + 10) * 1000 } } as const;
      expect(judge(early, { context: then }).kind).toBe("accepted");
      const last = { lastAccepted: () => ({ sequence: 3, payloadHash: "other" }) };
      expect(judge(early, { context: last })).toEqual(refused("stale", true));
    }
  });

  test("so does a policy", () => {
    const policy = aPolicy({ notBefore: NOW + 10 });
    const at = (now: number) =>
      verifyDown(
        seal(policy, [rootKey]),
        { kind: "policy" },
        { ...context, clock: { state: "sync", nowMs: now * 1000 } },
      );
    expect(at(NOW)).toMatchObject({ code: "not-yet", passesAt: NOW + 10 });
    expect(at(NOW + 10).kind).toBe("accepted");
  });

  test("sequence: lower is stale, equal with other bytes is replay, the same bytes are a duplicate", () => {
    const placement = aPlacement({ sequence: 5 });
    const sealed = seal(placement, [issuerKey], { chain });
    const last = (sequence: number, payloadHash: string) => ({ lastAccepted: () => ({ sequence, payloadHash }) });
    expect(judge(placement, { sealed, context: last(6, "other") })).toEqual(refused("stale", true));
    expect(judge(placement, { sealed, context: last(5, "other") })).toEqual(refused("replay", true));
    expect(judge(placement, { sealed, context: last(5, sealed.payloadHash) })).toEqual({ kind: "duplicate" });
    expect(judge(placement, { sealed, context: last(4, "other") }).kind).toBe("accepted");
  });
});

describe("a root over the broker", () => {
  const next = aRoot([rootKey], { rootVersion: 2 });
  test("the one in force again is a duplicate; others of its version or older are old", () => {
    const { root } = context.root;
    expect(judge(root, { sealed: seal(root, [rootKey]) })).toEqual({ kind: "duplicate" });
    const other = aRoot([rootKey]);
    expect(judge(other, { sealed: seal(other, [rootKey]) })).toEqual(refused("root-old", false));
    const later = aRoot([rootKey], { rootVersion: 3 });
    expect(judge(later, { sealed: seal(later, [rootKey]) })).toEqual(refused("root-old", false));
  });

  test("the next version is accepted from who holds the root, and strangers leave no trace", () => {
    expect(judge(next, { sealed: seal(next, [rootKey]) })).toEqual({ kind: "accepted", what: "root", root: next });
    const thief = aKey("thief");
    expect(judge(next, { sealed: seal(next, [thief]) })).toEqual(refused("signature", false));
    const ownRoot = aRoot([thief], { rootVersion: 2 });
    expect(judge(ownRoot, { sealed: seal(ownRoot, [thief]) })).toEqual(refused("root-old", false));
  });
});

describe("without a clock to believe", () => {
  const none = { clock: { state: "none", nowMs: 0 } } as const;

  test("a bulletin is accepted, and may sound only while its keys hold too", () => {
    const link = seal(aDelegation(issuerKey, { notBefore: NOW - 10, expiresAt: NOW + 10 }), [rootKey]);
    const broadcast = aBroadcast();
    const verdict = judge(broadcast, { sealed: seal(broadcast, [issuerKey], { chain: [link] }), context: none });
    expect(verdict).toMatchObject({
      kind: "accepted",
      standing: { window: { notBefore: NOW - 10, expiresAt: NOW + 10 } },
    });
  });

  test("keys that never hold in the bulletin's time are refused without any clock", () => {
    const link = seal(aDelegation(issuerKey, { expiresAt: NOW - 1_000 }), [rootKey]);
    const broadcast = aBroadcast();
    const sealed = seal(broadcast, [issuerKey], { chain: [link] });
    expect(judge(broadcast, { sealed, context: none })).toEqual(refused("key-expired", true));
  });

  test("what would take effect at once waits for a clock", () => {
    expect(judge(aPlacement(), { context: none })).toEqual(refused("clock", true));
    expect(judge(anEvidenceAck(), { context: none })).toEqual(refused("clock", true));
  });
});
