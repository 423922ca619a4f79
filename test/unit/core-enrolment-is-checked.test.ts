import { describe, expect, test } from "vitest";
import { enrolledPlacementObjection, enrolledRootObjection } from "../../src/core/enrolment.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import type { ClockReading } from "../../src/domain/time.ts";
import type { Root } from "../../src/domain/trust.ts";
import {
  aDelegation,
  aKey,
  aPlacement,
  aRoot,
  aTrustWorld,
  GATEWAY,
  NOW,
  seal,
  type TestKey,
} from "../fakes/builders.ts";

const clock: ClockReading = { state: "sync", nowMs: NOW * 1000 };
const noClock: ClockReading = { state: "none", nowMs: 0 };

describe("the root of the enrolment folder", () => {
  const a = aKey("a");
  const b = aKey("b");
  const objectionTo = (root: Root, signers: readonly TestKey[], at = clock) =>
    enrolledRootObjection(seal(root, signers), at)?.code;

  test("is good when its own holders signed it", () => {
    expect(objectionTo(aRoot([a, b]), [a, b])).toBeUndefined();
  });

  test.each<[string, Root, readonly TestKey[], string]>([
    ["another issuer", aRoot([a], { issuer: "phuong-1" }), [a], "schema"],
    ["too few holders", aRoot([a, b]), [a], "signature"],
    ["a stranger beside its holders", aRoot([a, b]), [a, b, aKey("c")], "signature"],
    ["a typ of another message", aRoot([a]), [{ ...a, sign: () => Buffer.alloc(64) }], "signature"],
    ["one key twice", aRoot([a, a]), [a], "signature"],
    ["two keys of one holder as two", aRoot([a, aKey("a")]), [a], "schema"],
    ["a threshold of none", aRoot([a], { thresholds: { root: 1, delegation: 0, policy: 1 } }), [a], "schema"],
    ["an end that has passed", aRoot([a], { expiresAt: NOW - 1 }), [a], "expired"],
  ])("with %s is refused", (_name, root, signers, code) => {
    expect(objectionTo(root, signers)).toBe(code);
  });

  test("with a key of small order is refused", () => {
    const weak = { ...b, publicKey: Buffer.alloc(32).toString("base64url") };
    expect(objectionTo(aRoot([a, weak], { thresholds: { root: 1, delegation: 1, policy: 1 } }), [a])).toBe("signature");
  });

  test("may bear the signature of one who left with it, and is none of his alone", () => {
    const later = aRoot([a, b], { rootVersion: 2 });
    expect(objectionTo(later, [a, b, aKey("left")])).toBeUndefined();
    expect(objectionTo(later, [a, aKey("left")])).toBe("signature");
    expect(objectionTo(later, [a, { ...b, sign: () => Buffer.alloc(64) }, aKey("left")])).toBe("signature");
  });

  test("is not judged by a clock that nobody believes", () => {
    expect(objectionTo(aRoot([a], { expiresAt: NOW - 1 }), [a], noClock)).toBeUndefined();
  });
});

describe("the placement of the enrolment folder", () => {
  const { root, rootKey, issuerKey, chain } = aTrustWorld();
  const trust = { gateway: GATEWAY, root, policy: BUILT_IN_POLICY, clock };

  test("is judged by chain, use and expiry, not by areas: containment is only its own word", () => {
    expect(enrolledPlacementObjection(seal(aPlacement(), [issuerKey], { chain }), trust)).toBeUndefined();
    const elsewhere = [seal(aDelegation(issuerKey, { areas: ["commune-7"] }), [rootKey])];
    expect(enrolledPlacementObjection(seal(aPlacement(), [issuerKey], { chain: elsewhere }), trust)).toBeUndefined();
  });

  test.each([
    ["binding", seal(aPlacement({ gateway: "zzzzzzzzzzzz" }), [issuerKey], { chain })],
    ["key-unknown", seal(aPlacement(), [aKey()], { chain })],
    [
      "scope-use",
      seal(aPlacement(), [issuerKey], { chain: [seal(aDelegation(issuerKey, { uses: ["ingest"] }), [rootKey])] }),
    ],
    ["expired", seal(aPlacement({ expiresAt: NOW - 1 }), [issuerKey], { chain })],
  ])("is refused %s", (code, sealed) => {
    expect(enrolledPlacementObjection(sealed, trust)?.code).toBe(code);
  });
});
