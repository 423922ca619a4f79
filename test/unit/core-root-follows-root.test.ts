import { describe, expect, test } from "vitest";
import { verifyDown } from "../../src/core/verify.ts";
import type { Root } from "../../src/domain/trust.ts";
import { aKey, aRoot, aTrustWorld, NOW, seal, type TestKey, topicOf } from "../fakes/builders.ts";

const [an, binh, chau, hoa, dung] = ["An", "Bình", "Châu", "Hoa", "Dũng"].map((name) => aKey(name)) as [
  TestKey,
  TestKey,
  TestKey,
  TestKey,
  TestKey,
];
const TWO = { root: 2, delegation: 1, policy: 2 };
const first = aRoot([an, binh, chau], { thresholds: TWO });
const { context } = aTrustWorld();
const world = { ...context, root: { root: first, payloadHash: seal(first, [an, binh]).payloadHash } };

function judge(next: Root, signers: readonly TestKey[], at = world) {
  return verifyDown(seal(next, signers), topicOf(next), at);
}

describe("two of three before, two of three after", () => {
  const next = aRoot([binh, hoa, dung], { rootVersion: 2, thresholds: TWO });
  test.each<[string, readonly TestKey[], object]>([
    ["one who stays counts for both", [an, binh, hoa], { kind: "accepted" }],
    ["two who go and two who come", [an, chau, hoa, dung], { kind: "accepted" }],
    ["none of the former", [hoa, dung], { code: "root-old", signed: false }],
    ["one of the former", [binh, hoa], { code: "root-old", signed: false }],
    ["one of the next", [an, binh], { code: "quorum", signed: true }],
    ["a stranger beside enough", [an, binh, hoa, aKey("x")], { code: "signature", signed: false }],
  ])("%s", (_name, signers, verdict) => {
    expect(judge(next, signers)).toMatchObject(verdict);
  });

  test("two keys of one holder are one holder, on either side", () => {
    const again = aKey("Bình");
    const twice = aRoot([binh, again, hoa], { rootVersion: 2, thresholds: TWO });
    expect(judge(twice, [an, binh, again])).toMatchObject({ code: "quorum" });
    const before = aRoot([an, aKey("Bình"), binh], { thresholds: TWO });
    const other = before.keys[1];
    expect(other?.holder).toBe("Bình");
    expect(judge(next, [binh, hoa], { ...world, root: { root: before, payloadHash: "x" } })).toMatchObject({
      code: "root-old",
    });
  });
});

test("only the version whose turn it is, and never an earlier one", () => {
  for (const rootVersion of [1, 3, 7]) {
    expect(judge(aRoot([an, binh], { rootVersion }), [an, binh])).toMatchObject({ code: "root-old", signed: false });
  }
});

test("an expired root is followed, and one that has expired is passed through, with or without a clock", () => {
  const expired = { ...world, root: { ...world.root, root: { ...first, expiresAt: NOW - 1 } } };
  const next = aRoot([an, binh], { rootVersion: 2, expiresAt: NOW - 1 });
  expect(judge(next, [an, binh], expired).kind).toBe("accepted");
  expect(judge(next, [an, binh], { ...expired, clock: { state: "none", nowMs: 0 } }).kind).toBe("accepted");
});

test.each<[string, Partial<Root>, string]>([
  ["a threshold that nobody can meet", { thresholds: { ...TWO, delegation: 3 } }, "schema"],
  ["a threshold of none", { thresholds: { ...TWO, policy: 0 } }, "schema"],
  ["another name", { issuer: "phuong-1" }, "schema"],
  ["a weak key", { keys: [{ publicKey: Buffer.alloc(32).toString("base64url"), holder: "x" }] }, "signature"],
])("a root with %s is refused, whoever signed it", (_name, change, code) => {
  const sound = aRoot([an, binh], { rootVersion: 2 });
  const keys = [...sound.keys, ...(change.keys ?? [])];
  expect(judge({ ...sound, ...change, keys }, [an, binh])).toMatchObject({ kind: "refused", code });
});
