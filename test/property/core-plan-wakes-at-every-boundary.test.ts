import fc from "fast-check";
import { expect, test } from "vitest";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import { NOW } from "../fakes/builders.ts";
import { anyItem, GROUND } from "../fakes/schedules.ts";

const BEGIN_MS = (NOW - 60) * 1000;
const END_MS = (NOW + 260) * 1000;

/** Of copies: a plan remembers its items. */
function planAt(items: readonly ActiveItem[], nowMs: number) {
  return plan(structuredClone(items), GROUND, { state: "sync", nowMs });
}

test("between now and the wake-up it names, a plan does not change", () => {
  fc.assert(
    fc.property(
      fc.array(anyItem(), { maxLength: 6 }),
      fc.integer({ min: BEGIN_MS, max: END_MS }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (items, nowMs, share) => {
        const now = planAt(items, nowMs);
        const wakeAtMs = now.wakeAtMs ?? END_MS + 1_000_000;
        expect(wakeAtMs).toBeGreaterThan(nowMs);
        for (const laterMs of [nowMs + Math.floor(share * (wakeAtMs - 1 - nowMs)), wakeAtMs - 1]) {
          expect({ ...planAt(items, laterMs), wakeAtMs: undefined }).toEqual({ ...now, wakeAtMs: undefined });
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test("who sleeps from wake-up to wake-up misses nothing, and comes to an end", () => {
  fc.assert(
    fc.property(fc.array(anyItem(), { maxLength: 6 }), (items) => {
      let nowMs = BEGIN_MS;
      for (let wakes = 0; ; wakes += 1) {
        expect(wakes).toBeLessThan(60);
        const { wakeAtMs } = planAt(items, nowMs);
        if (wakeAtMs === undefined) break;
        nowMs = wakeAtMs;
      }
      const last = planAt(items, Number.MAX_SAFE_INTEGER);
      expect({ ...planAt(items, nowMs), wakeAtMs: undefined }).toEqual({ ...last, wakeAtMs: undefined });
      expect(last.candidates).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test("every item is somewhere: a candidate, waiting, finished, or on air past its time", () => {
  fc.assert(
    fc.property(fc.array(anyItem(), { maxLength: 6 }), fc.integer({ min: BEGIN_MS, max: END_MS }), (items, nowMs) => {
      const { candidates, waiting, finished } = planAt(items, nowMs);
      for (const { order, plays } of items) {
        const accounted =
          candidates.some(({ item }) => item.id === order.id) ||
          [...waiting, ...finished].some(({ item }) => item.id === order.id) ||
          plays.some(({ end }) => end === undefined);
        expect(accounted).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});
