import { describe, expect, test } from "vitest";
import { arbitrate, cuts } from "../../src/core/arbitrate.ts";
import { type Candidate, claimIn } from "../../src/core/plan.ts";
import { comparePrecedence, type PrecedenceKey, urgencyRank } from "../../src/core/precedence.ts";
import { NOW } from "../fakes/builders.ts";
import { passedOver } from "../fakes/per-zone.ts";

function aCandidate(id: string, change: Partial<PrecedenceKey> = {}, rest: Partial<Candidate> = {}): Candidate {
  const item = { issuer: "phuong-1", id };
  const key: PrecedenceKey = {
    ...item,
    class: "routine",
    severity: 0,
    playsDone: 0,
    localOrder: 500,
    authorityRank: 2,
    due: NOW,
    issuedAt: NOW - 60,
    ...change,
  };
  return {
    item,
    occurrence: NOW,
    zones: ["z1"],
    key,
    rank: urgencyRank(key),
    play: 1,
    offsetMs: 0,
    onAirUntilMs: undefined,
    startClosesAfterMs: (NOW + 900) * 1000,
    halted: false,
    ...rest,
  };
}

function onAir(candidate: Candidate): Candidate {
  return { ...candidate, onAirUntilMs: (NOW + 20) * 1000, startClosesAfterMs: undefined };
}

function decide(
  candidates: readonly Candidate[],
  running?: Candidate,
  heldZones = new Set<string>(),
  out = new Set<string>(),
) {
  const sounding = running === undefined ? new Map() : new Map([["z1", claimIn("z1", running)]]);
  const [decision] = arbitrate({ candidates, heldZones }, { zoneIds: ["z1"], onAir: sounding, out });
  return {
    id: decision?.chosen?.key.id,
    reason: decision?.reason,
    passed: decision && passedOver(decision).map((passed) => passed.reason),
  };
}

const EXTREME = { class: "emergency", severity: 1 } as const;
const SEVERE = { class: "emergency", severity: 2 } as const;

describe("the key", () => {
  test.each<[string, Partial<PrecedenceKey>, Partial<PrecedenceKey>]>([
    ["class before all", { class: "priority", authorityRank: 9 }, { authorityRank: 0 }],
    ["severity before plays", { ...EXTREME, playsDone: 9 }, SEVERE],
    [
      "plays of emergencies before authority: nobody silences an equal",
      { ...SEVERE, authorityRank: 9 },
      { ...SEVERE, playsDone: 1, authorityRank: 0 },
    ],
    ["the commune's order before authority", { localOrder: 1, authorityRank: 9 }, { localOrder: 2, authorityRank: 0 }],
    ["plays of others count nothing", { playsDone: 5, authorityRank: 0 }, { playsDone: 0, authorityRank: 1 }],
    ["authority before due", { authorityRank: 0, due: NOW + 5 }, { authorityRank: 1 }],
    ["due before issue", { due: NOW, issuedAt: 5 }, { due: NOW + 1, issuedAt: 0 }],
    ["issue before issuer", { issuedAt: 0, issuer: "z" }, { issuedAt: 1, issuer: "a" }],
    ["issuer by code unit", { issuer: "a.b" }, { issuer: "a0" }],
  ])("%s", (_name, first, second) => {
    const a = aCandidate("B", first).key;
    const b = aCandidate("A", second).key;
    expect(comparePrecedence(a, b)).toBeLessThan(0);
    expect(comparePrecedence(b, a)).toBeGreaterThan(0);
  });

  test("id decides last, and only one claim is equal to itself", () => {
    expect(comparePrecedence(aCandidate("A").key, aCandidate("B").key)).toBeLessThan(0);
    expect(comparePrecedence(aCandidate("A").key, aCandidate("A").key)).toBe(0);
  });
});

describe("what cuts what", () => {
  const routine = onAir(aCandidate("R"));
  const priority = onAir(aCandidate("P", { class: "priority" }));
  const severe = onAir(aCandidate("S", SEVERE));
  const closing = { startClosesAfterMs: (NOW + 20) * 1000 };

  test.each([
    ["an emergency a routine item", aCandidate("E", SEVERE), routine, "emergency-cuts"],
    ["an emergency a priority item", aCandidate("E", SEVERE), priority, "emergency-cuts"],
    ["a more severe emergency a less severe one", aCandidate("E", EXTREME), severe, "more-severe-cuts"],
    ["no emergency its equal", aCandidate("E", { ...SEVERE, authorityRank: 0 }), severe, undefined],
    ["no priority item a routine one that ends in time", aCandidate("E", { class: "priority" }), routine, undefined],
    [
      "a priority item whose window would close",
      aCandidate("E", { class: "priority" }, closing),
      routine,
      "window-would-close",
    ],
    [
      "no begun priority item",
      aCandidate("E", { class: "priority" }, { startClosesAfterMs: undefined }),
      routine,
      undefined,
    ],
    ["no routine item another", aCandidate("E", {}, closing), routine, undefined],
    ["no priority item another", aCandidate("E", { class: "priority" }, closing), priority, undefined],
  ])("%s", (_name, challenger, running, reason) => {
    expect(cuts(challenger, running)).toBe(reason);
  });
});

describe("a zone", () => {
  const routine = aCandidate("R");
  const other = aCandidate("Q");
  const emergency = aCandidate("E", SEVERE);

  test("that is idle takes the first by key and says who is behind", () => {
    expect(decide([routine, other])).toEqual({ id: "Q", reason: "first", passed: ["behind"] });
    expect(decide([])).toEqual({ id: undefined, reason: "idle", passed: [] });
  });

  test("keeps what runs, even against a smaller key", () => {
    const running = onAir(routine);
    expect(decide([other, running], running)).toEqual({ id: "R", reason: "keeps", passed: ["waits-for-end"] });
  });

  test("is cut by an emergency; the rest stays behind", () => {
    const running = onAir(routine);
    expect(decide([other, running, emergency], running)).toEqual({
      id: "E",
      reason: "emergency-cuts",
      passed: ["behind", "cut"],
    });
  });

  test("falls silent when what runs there may not sound any more", () => {
    expect(decide([], onAir(routine))).toEqual({ id: undefined, reason: "no-longer-due", passed: [] });
  });

  test("is kept for emergencies while one waits in a short gap", () => {
    const held = new Set(["z1"]);
    expect(decide([routine], undefined, held)).toEqual({ id: undefined, reason: "idle", passed: ["gap-held"] });
    expect(decide([routine, emergency], undefined, held)).toEqual({ id: "E", reason: "first", passed: ["gap-held"] });
  });

  test("that is out plays nothing", () => {
    expect(decide([emergency], undefined, new Set(), new Set(["z1"]))).toEqual({
      id: undefined,
      reason: "zone-out",
      passed: ["zone-out"],
    });
  });
});
