import { describe, expect, test } from "vitest";
import { groundOf } from "../../src/core/areas.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { isTakenBack, revocationObjection } from "../../src/core/revocation.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { KeyMark } from "../../src/domain/standing.ts";
import type { Revoked, RevokedKey } from "../../src/domain/trust.ts";
import {
  aBroadcast,
  aDelegation,
  aKey,
  anEvidenceAck,
  aPlacement,
  aRevoked,
  aTrustWorld,
  NOW,
  seal,
  topicOf,
} from "../fakes/builders.ts";

const FROM = NOW - 100;
const { context, issuerKey, rootKey, chain } = aTrustWorld();
const ground = groundOf(aPlacement());

function list(reason: RevokedKey["reason"], change: Partial<Revoked> = {}, kid = issuerKey.kid): Revoked {
  return aRevoked({ keys: [{ kid, from: FROM, reason }], ...change });
}

function judge(revoked: readonly Revoked[], issuedAt: number, signedAt = issuedAt): string {
  const message = aBroadcast({ issuedAt, notBefore: issuedAt });
  const verdict = verifyDown(seal(message, [issuerKey], { chain, signedAt }), topicOf(message), {
    ...context,
    revoked,
  });
  return verdict.kind === "refused" ? verdict.code : verdict.kind;
}

describe("a message that comes", () => {
  test("from a compromised key is refused whatever dates it bears", () => {
    expect(judge([], NOW - 60)).toBe("accepted");
    expect(judge([list("compromised")], NOW - 60)).toBe("key-revoked");
    expect(judge([list("compromised")], FROM - 5_000)).toBe("key-revoked");
  });

  test("from a retired key is good if it was issued before", () => {
    expect(judge([list("retired")], FROM - 1, FROM + 10)).toBe("accepted");
    expect(judge([list("retired")], FROM)).toBe("key-revoked");
  });

  test("is refused for a key anywhere in its chain", () => {
    const below = aKey("cấp dưới");
    const lower = seal(aDelegation(below, { issuer: "phuong-1", level: "commune", uses: ["broadcast"] }), [issuerKey]);
    const message = aBroadcast();
    const sealed = seal(message, [below], { chain: [...chain, lower] });
    const at = (revoked: readonly Revoked[]) => verifyDown(sealed, topicOf(message), { ...context, revoked });
    expect(at([]).kind).toBe("accepted");
    expect(at([list("compromised")])).toMatchObject({ code: "key-revoked", signed: true });
    // The link was issued before the key above it retired.
    expect(at([list("retired", { keys: [{ kid: issuerKey.kid, from: NOW, reason: "retired" }] })]).kind).toBe(
      "accepted",
    );
  });

  test("of any type is refused, and what is known already stays a repeat", () => {
    for (const payload of [aPlacement(), anEvidenceAck()]) {
      const sealed = seal(payload, [issuerKey], { chain });
      const at = { ...context, revoked: [list("compromised")] };
      expect(verifyDown(sealed, topicOf(payload), at)).toMatchObject({ code: "key-revoked" });
      expect(verifyDown(sealed, topicOf(payload), { ...at, seen: () => sealed.payloadHash }).kind).toBe("duplicate");
    }
  });

  test("without a good signature is told nothing of it", () => {
    const message = aBroadcast();
    const forged = seal(message, [{ ...issuerKey, sign: rootKey.sign }], { chain });
    const at = { ...context, revoked: [list("compromised")] };
    expect(verifyDown(forged, topicOf(message), at)).toMatchObject({ code: "signature", signed: false });
  });
});

describe("who is heeded", () => {
  test.each<[string, Partial<Revoked>, string]>([
    ["its own issuer", {}, "key-revoked"],
    ["a higher authority", { issuer: "tinh-1", level: "province" }, "key-revoked"],
    ["for the whole province", { issuer: "tinh-1", level: "province", area: "province-1" }, "key-revoked"],
    ["a peer", { issuer: "phuong-2" }, "accepted"],
    ["a level without rank", { issuer: "nobody", level: "nobody" }, "accepted"],
    ["for another area", { issuer: "tinh-1", level: "province", area: "commune-9" }, "accepted"],
  ])("%s", (_name, change, verdict) => {
    expect(judge([list("compromised", change)], NOW - 60)).toBe(verdict);
  });

  test("for another key: nothing happens", () => {
    expect(judge([list("compromised", {}, aKey().kid)], NOW - 60)).toBe("accepted");
  });
});

describe("what was accepted before", () => {
  const mark: KeyMark = {
    kid: issuerKey.kid,
    issuer: "phuong-1",
    level: "commune",
    signedAt: FROM - 9,
    issuedAt: FROM - 9,
  };
  const taken = (reason: RevokedKey["reason"], change: Partial<KeyMark>, acceptedAt: number) =>
    isTakenBack([{ ...mark, ...change }], acceptedAt, { revoked: [list(reason)], ground, policy: BUILT_IN_POLICY });

  test("goes if the thief may have signed it, by its own dates or by when it came", () => {
    expect(taken("compromised", {}, FROM - 1)).toBe(false);
    expect(taken("compromised", { signedAt: FROM }, FROM - 1)).toBe(true);
    expect(taken("compromised", {}, FROM)).toBe(true);
    expect(taken("retired", { issuedAt: FROM - 1, signedAt: FROM + 5 }, FROM + 10)).toBe(false);
    expect(taken("retired", { issuedAt: FROM }, FROM + 10)).toBe(true);
  });

  test("is not touched by an empty list", () => {
    expect(revocationObjection([mark], { revoked: [], ground, policy: BUILT_IN_POLICY })).toBeUndefined();
  });
});

describe("before its notBefore, a newer list", () => {
  const before = list("compromised");
  const at = (keys: Revoked["keys"], nowSeconds: number) => {
    const clerk = aKey();
    const newer = aRevoked({ sequence: 9, notBefore: NOW + 600, keys });
    const chain = [seal(aDelegation(clerk, { uses: ["revoke"] }), [rootKey])];
    const topic = { kind: "revoked", area: newer.area, issuer: newer.issuer } as const;
    const clock = { state: "sync", nowMs: nowSeconds * 1000 } as const;
    const verdict = verifyDown(seal(newer, [clerk], { chain }), topic, { ...context, revoked: [before], clock });
    return verdict.kind === "refused" ? verdict.code : verdict.kind;
  };

  test("that only takes trust away is in force at once", () => {
    expect(at([...before.keys, { kid: aKey().kid, from: FROM, reason: "compromised" }], NOW)).toBe("accepted");
  });

  test("that gives trust back waits", () => {
    expect(at([], NOW)).toBe("not-yet");
    expect(at([], NOW + 600)).toBe("accepted");
  });
});

describe("without a clock, a newer list", () => {
  const before = list("compromised");
  const untimed = { ...context, revoked: [before], clock: { state: "none", nowMs: NOW * 1000 } } as const;
  const other = { kid: aKey().kid, from: FROM, reason: "retired" } as const;

  test.each<[string, Partial<Revoked>, string]>([
    ["that names one more key is taken: it only takes trust away", { keys: [...before.keys, other] }, "accepted"],
    ["that takes a key off waits for a clock to judge its own keys by", { keys: [other] }, "clock"],
    [
      "that calls a stolen key retired waits",
      { keys: before.keys.map((one) => ({ ...one, reason: "retired" })) },
      "clock",
    ],
    [
      "that lets a key be stolen later waits",
      { keys: before.keys.map((one) => ({ ...one, from: FROM + 1 })) },
      "clock",
    ],
    ["of another issuer gives nothing back", { keys: [], issuer: "phuong-2" }, "scope-use"],
  ])("%s", (_name, change, expected) => {
    const clerk = aKey();
    const newer = aRevoked({ sequence: 9, ...change });
    const link = seal(aDelegation(clerk, { uses: ["revoke"] }), [rootKey]);
    const topic = { kind: "revoked", area: newer.area, issuer: newer.issuer } as const;
    const verdict = verifyDown(seal(newer, [clerk], { chain: [link] }), topic, untimed);
    expect(verdict.kind === "refused" ? verdict.code : verdict.kind).toBe(expected);
  });
});
