import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitrate, cuts, type Decision } from "../../src/core/arbitrate.ts";
import { plan } from "../../src/core/plan.ts";
import { comparePrecedence, type PrecedenceKey } from "../../src/core/precedence.ts";
import { classRank } from "../../src/domain/precedence.ts";
import { NOW } from "../fakes/builders.ts";
import { type CandidateInZone, passedOver, perZone } from "../fakes/per-zone.ts";
import { anyItem, GROUND } from "../fakes/schedules.ts";

const ZONES = ["z1", "z2"];
const NOBODY: ReadonlySet<string> = new Set();

/** Candidates as plan makes them, without those of it that are on air: who is on air is what these tests choose. */
const someCandidates = fc
  .tuple(fc.array(anyItem(), { maxLength: 12 }), fc.integer({ min: -40, max: 100 }))
  .map(([items, s]) =>
    perZone(plan(items, GROUND, { state: "sync", nowMs: (NOW + s) * 1000 })).candidates.map(
      (candidate): CandidateInZone => ({ ...candidate, onAirUntilMs: undefined }),
    ),
  );

function decide(candidates: readonly CandidateInZone[], onAir: CandidateInZone | undefined): Decision[] {
  const running = onAir === undefined ? new Map() : new Map([[onAir.claim.zoneId, onAir.claim]]);
  return [...arbitrate({ candidates, heldZones: NOBODY }, { zoneIds: ZONES, onAir: running, out: NOBODY })];
}

function withOnAir(
  candidates: readonly CandidateInZone[],
  pick: number,
  untilSeconds: number,
): [CandidateInZone[], CandidateInZone | undefined] {
  const chosen = candidates[pick % Math.max(1, candidates.length)];
  if (chosen === undefined) return [[], undefined];
  const running = { ...chosen, onAirUntilMs: (NOW + untilSeconds) * 1000, startClosesAfterMs: undefined };
  return [candidates.map((candidate) => (candidate === chosen ? running : candidate)), running];
}

function comparable(decisions: readonly Decision[]) {
  return decisions.map((decision) => ({
    ...decision,
    candidates: [],
    passedOver: passedOver(decision)
      .map(({ item, reason }) => `${item.id} ${reason}`)
      .sort(),
  }));
}

const aKeyOfPrecedence: fc.Arbitrary<PrecedenceKey> = fc.record({
  class: fc.constantFrom("emergency", "priority", "routine"),
  severity: fc.constantFrom(0, 1, 2, 3),
  playsDone: fc.nat(2),
  localOrder: fc.nat(2),
  authorityRank: fc.nat(2),
  due: fc.nat(2),
  issuedAt: fc.nat(2),
  issuer: fc.constantFrom("a", "a.b", "b"),
  id: fc.constantFrom("A", "B"),
});

describe("arbitration", () => {
  test("the key is a total order", () => {
    fc.assert(
      fc.property(aKeyOfPrecedence, aKeyOfPrecedence, aKeyOfPrecedence, (a, b, c) => {
        expect(Math.sign(comparePrecedence(a, b)) + Math.sign(comparePrecedence(b, a))).toBe(0);
        if (comparePrecedence(a, b) <= 0 && comparePrecedence(b, c) <= 0) {
          expect(comparePrecedence(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("does not depend on the order of arrival", () => {
    fc.assert(
      fc.property(
        someCandidates,
        fc.nat(),
        fc.integer({ min: -60, max: 120 }),
        fc.nat(),
        (candidates, pick, until, turn) => {
          const [all, running] = withOnAir(candidates, pick, until);
          const shuffled = all.map((c, i) => ({ c, at: (i * 7 + turn) % 13 })).sort((a, b) => a.at - b.at);
          expect(
            comparable(
              decide(
                shuffled.map(({ c }) => c),
                running,
              ),
            ),
          ).toEqual(comparable(decide(all, running)));
          expect(comparable(decide(all.toReversed(), running))).toEqual(comparable(decide(all, running)));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("an idle zone takes the smallest key; a lower claim never changes the winner, on air or not", () => {
    fc.assert(
      fc.property(
        someCandidates,
        fc.nat(),
        fc.integer({ min: -60, max: 120 }),
        fc.boolean(),
        (candidates, pick, until, busy) => {
          const [all, running] = busy ? withOnAir(candidates, pick, until) : [candidates, undefined];
          for (const { zoneId, chosen } of decide(all, running)) {
            if (chosen === undefined) continue;
            const lower = all.filter((one) => one !== chosen && comparePrecedence(one.key, chosen.key) > 0);
            const without = decide(
              all.filter((one) => one === running || !lower.includes(one)),
              running,
            );
            expect(without.find((decision) => decision.zoneId === zoneId)?.chosen).toBe(chosen);
            if (running?.claim.zoneId === zoneId) continue;
            const behind = all.filter((one) => one !== chosen && one.claim.zoneId === zoneId);
            for (const one of behind) expect(comparePrecedence(chosen.key, one.key)).toBeLessThan(0);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("pre-emption never cycles: (class, severity) falls strictly with every cut, so a zone settles at once", () => {
    fc.assert(
      fc.property(someCandidates, fc.nat(), fc.integer({ min: -60, max: 120 }), (candidates, pick, until) => {
        let [all, running] = withOnAir(candidates, pick, until);
        for (let cutCount = 0; running !== undefined; cutCount += 1) {
          expect(cutCount).toBeLessThanOrEqual(5);
          const zoneId = running.claim.zoneId;
          const next = decide(all, running).find((decision) => decision.zoneId === zoneId)?.chosen;
          if (next === undefined || next === running) break;
          expect(cuts(next, running)).toBeDefined();
          expect(cuts(running, next)).toBeUndefined();
          const [a, b] = [next.key, running.key];
          expect(classRank(a.class) - classRank(b.class) || a.severity - b.severity).toBeLessThan(0);
          [all, running] = withOnAir(all, all.indexOf(next as CandidateInZone), until);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("zones are independent of each other", () => {
    fc.assert(
      fc.property(someCandidates, (candidates) => {
        const alone = candidates.filter(({ claim }) => claim.zoneId === "z1");
        expect(decide(alone, undefined)[0]).toEqual(decide(candidates, undefined)[0]);
      }),
    );
  });
});
