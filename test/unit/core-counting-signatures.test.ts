import { describe, expect, test } from "vitest";
import type { TrustContext } from "../../src/core/trust-context.ts";
import { verifyDown } from "../../src/core/verify.ts";
import {
  aBroadcast,
  aDelegation,
  aKey,
  aPlacement,
  aRevoked,
  aTrustWorld,
  NOW,
  seal,
  type TestKey,
  topicOf,
} from "../fakes/builders.ts";

// A signature that does not count beside one that does: it adds nothing, and it spoils nothing.

const { context, rootKey } = aTrustWorld();
const [lan, minh, thief] = [aKey("Lan"), aKey("Minh"), aKey("Hoa")];
const EXTREME = { class: "emergency", severity: 1, targets: [{ area: "commune-1" }, { area: "commune-2" }] } as const;
const stolen = { revoked: [aRevoked({ keys: [{ kid: thief.kid, from: NOW - 100, reason: "compromised" }] })] } as const;

type Times = Parameters<typeof aDelegation>[1];

function link(key: TestKey, times: Times = {}) {
  return seal(aDelegation(key, times), [rootKey]);
}

function judged(
  order: Parameters<typeof aBroadcast>[0],
  signers: readonly (readonly [TestKey, Times?])[],
  change: Partial<TrustContext> = {},
) {
  const message = aBroadcast(order);
  const chain = signers.map(([key, times]) => link(key, times));
  const sealed = seal(
    message,
    signers.map(([key]) => key),
    { chain },
  );
  return verifyDown(sealed, topicOf(message), { ...context, ...change });
}

describe.each<[string, Times, Partial<TrustContext>]>([
  ["revoked", {}, stolen],
  ["over", { expiresAt: NOW - 1 }, {}],
  ["not valid yet", { notBefore: NOW + 60 }, {}],
])("a signature of a key that is %s", (_name, times, change) => {
  test("spoils nothing that stands without it", () => {
    const verdict = judged({}, [[lan], [thief, times]], change);
    expect(verdict).toMatchObject({ kind: "accepted", standing: { signers: [{ kid: lan.kid }] } });
    const both = judged(EXTREME, [[thief, times], [minh], [lan]], change);
    expect(both).toMatchObject({ kind: "accepted", standing: { severity: 1 } });
    const names = both.kind === "accepted" && both.what === "broadcast" ? both.standing.signers : [];
    expect(names.map(({ holder }) => holder)).toEqual(["Minh", "Lan"]);
  });

  test("adds nothing to what is short of one", () => {
    expect(judged(EXTREME, [[lan], [thief, times]], change)).toMatchObject({ code: "quorum", holders: 1 });
  });

  test("alone is told for what it is", () => {
    const code = { revoked: "key-revoked", over: "key-expired", "not valid yet": "not-yet" }[_name];
    expect(judged({}, [[thief, times]], change)).toMatchObject({ code });
  });
});

test("what is short of one whose key becomes valid is judged again then", () => {
  const verdict = judged(EXTREME, [[lan], [minh, { notBefore: NOW + 60 }], [thief, { notBefore: NOW + 30 }]]);
  expect(verdict).toMatchObject({ code: "quorum", passesAt: NOW + 30 });
});

test("a key without the right spoils what it signs, also beside good ones: it counts", () => {
  expect(judged({}, [[lan], [thief, { uses: ["placement"] }]])).toMatchObject({ code: "scope-use" });
});

test("revoked ones alone are told of before anything else that is wrong", () => {
  expect(judged({ expiresAt: NOW - 1 }, [[thief]], stolen)).toMatchObject({ code: "key-revoked" });
  expect(judged({ expiresAt: NOW - 1 }, [[lan], [thief]], stolen)).toMatchObject({ code: "expired" });
});

test("a placement stands on every key that it shows but for revoked ones", () => {
  const placement = aPlacement();
  const at = (times: Times, change: Partial<TrustContext>) =>
    verifyDown(seal(placement, [lan, thief], { chain: [link(lan), link(thief, times)] }), topicOf(placement), {
      ...context,
      ...change,
    });
  expect(at({}, stolen).kind).toBe("accepted");
  expect(at({ expiresAt: NOW - 1 }, {})).toMatchObject({ code: "key-expired" });
});
