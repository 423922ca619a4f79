import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verifyDown } from "../../src/core/verify.ts";
import { BROADCAST_CLASSES, classRank, type Severity } from "../../src/domain/precedence.ts";
import { type Delegation, KEY_USES, type Sealed } from "../../src/domain/trust.ts";
import { aBroadcast, aDelegation, aKey, aTrustWorld, NOW, seal, topicOf } from "../fakes/builders.ts";

// The model says in its own words what a chain may give; the code under test never sees it.

const { context, rootKey } = aTrustWorld();
const keys = [aKey("cấp một"), aKey("cấp hai"), aKey("cấp ba")];
const RANKS: Readonly<Record<string, number>> = { nation: 0, province: 1, commune: 2 };
/** Each area with all that it lies in, by the placement of the builders. `commune-9` is nowhere near. */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  "commune-1": ["commune-1", "province-1", "nation-1"],
  "province-1": ["province-1", "nation-1"],
  "nation-1": ["nation-1"],
};

interface Grant {
  readonly issuer: string;
  readonly level: string;
  readonly areas: readonly string[];
  readonly classMax: Delegation["classMax"];
  readonly severityMax: Severity;
  readonly uses: Delegation["uses"];
}

const aGrant: fc.Arbitrary<Grant> = fc
  .record({
    issuer: fc.constantFrom("tinh-1", "phuong-1", "phuong-2"),
    level: fc.constantFrom("nation", "province", "commune"),
    areas: fc.uniqueArray(fc.constantFrom("commune-1", "province-1", "nation-1", "commune-9"), { minLength: 1 }),
    classMax: fc.constantFrom(...BROADCAST_CLASSES),
    severity: fc.constantFrom<Severity>(1, 2, 3),
    uses: fc.uniqueArray(fc.constantFrom(...KEY_USES), { minLength: 1 }),
    helpful: fc.boolean(),
  })
  .map(({ severity, helpful, uses, ...grant }) => ({
    ...grant,
    severityMax: grant.classMax === "emergency" ? severity : (0 as const),
    // Random sets of uses hardly ever reach the interesting checks behind them.
    uses: helpful ? [...new Set([...uses, "broadcast" as const, "delegate" as const])] : uses,
  }));

function covered(areas: readonly string[], area: string): boolean {
  return (WITHIN[area] ?? [area]).some((outer) => areas.includes(outer));
}

function isWithin(child: Grant, parent: Grant): boolean {
  const sameName = child.level !== parent.level || child.issuer === parent.issuer;
  const lowerOrSame = (RANKS[child.level] ?? -1) >= (RANKS[parent.level] ?? 99);
  const known = child.areas.filter((area) => area in WITHIN);
  const calmer =
    classRank(child.classMax) > classRank(parent.classMax) ||
    (child.classMax === parent.classMax && child.severityMax >= parent.severityMax);
  return (
    sameName &&
    lowerOrSame &&
    calmer &&
    known.every((area) => covered(parent.areas, area)) &&
    child.uses.every((use) => parent.uses.includes(use)) &&
    parent.uses.includes("delegate")
  );
}

function chainOf(grants: readonly Grant[]): readonly Sealed<Delegation>[] {
  return grants.map((grant, index) => {
    const key = keys[index] ?? rootKey;
    const parent = grants[index - 1];
    const { issuer, level, ...scope } = grant;
    const signer = (parent === undefined ? undefined : keys[index - 1]) ?? rootKey;
    const link = aDelegation(key, {
      ...scope,
      issuer: parent?.issuer ?? "root",
      level: parent?.level ?? "root",
      subject: { publicKey: key.publicKey, holder: key.holder, issuer, level },
    });
    return seal(link, [signer]);
  });
}

function isAccepted(grants: readonly Grant[]): boolean {
  const leaf = grants.at(-1);
  const key = keys[grants.length - 1];
  if (leaf === undefined || key === undefined) return false;
  const urgency = { class: leaf.classMax, severity: leaf.severityMax };
  const broadcast = aBroadcast({ issuer: leaf.issuer, level: leaf.level, ...urgency, expiresAt: NOW + 60 });
  const sealed = seal(broadcast, [key], { chain: chainOf(grants) });
  const verdict = verifyDown(sealed, topicOf(broadcast), context);
  // Quorum is asked only when every scope has been found good.
  return verdict.kind === "accepted" || (verdict.kind === "refused" && verdict.code === "quorum");
}

function mayBeAccepted(grants: readonly Grant[]): boolean {
  const leaf = grants.at(-1);
  const nested = grants.every((grant, index) => {
    const parent = grants[index - 1];
    return parent === undefined || isWithin(grant, parent);
  });
  if (!nested || leaf === undefined) return false;
  return leaf.uses.includes("broadcast") && grants.every(({ areas }) => covered(areas, "commune-1"));
}

describe("a chain gives what all its links give, and never more", () => {
  test("a chain of random grants is accepted exactly when each lies within the one above it", () => {
    fc.assert(
      fc.property(fc.array(aGrant, { minLength: 1, maxLength: 3 }), (grants) => {
        expect(isAccepted(grants)).toBe(mayBeAccepted(grants));
      }),
      { numRuns: 600 },
    );
  });

  test("a good chain with any one scope of any lower link widened is refused", () => {
    const good: Grant = {
      issuer: "phuong-1",
      level: "commune",
      areas: ["commune-1"],
      classMax: "priority",
      severityMax: 0,
      uses: ["broadcast", "delegate"],
    };
    const widenings: readonly Partial<Grant>[] = [
      { areas: ["commune-1", "province-1"] },
      { areas: ["nation-1"] },
      { classMax: "emergency", severityMax: 3 },
      { classMax: "emergency", severityMax: 1 },
      ...KEY_USES.filter((use) => !good.uses.includes(use)).map((use) => ({ uses: [...good.uses, use] })),
      { level: "province" },
      { level: "nation" },
      { issuer: "phuong-2" },
    ];
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3 }), fc.nat(2), fc.constantFrom(...widenings), (length, at, widening) => {
        const grants: Grant[] = Array.from({ length }, () => good);
        expect(isAccepted(grants)).toBe(true);
        const index = Math.max(1, Math.min(at, length - 1));
        expect(isAccepted(grants.map((grant, i) => (i === index ? { ...grant, ...widening } : grant)))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
