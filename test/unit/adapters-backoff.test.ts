import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BackoffSettings, DEFAULT_BACKOFF, type Ending, nextRetry } from "../../src/adapters/backoff.ts";

const aFraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const settings: fc.Arbitrary<BackoffSettings> = fc.record({
  baseSeconds: fc.integer({ min: 1, max: 60 }),
  ceilingSeconds: fc.integer({ min: 60, max: 3600 }),
  firstRetrySpreadSeconds: fc.integer({ min: 0, max: 600 }),
  steadySeconds: fc.integer({ min: 1, max: 600 }),
});
const anEnding: fc.Arbitrary<Ending> = fc.oneof(
  fc.constant<Ending>({ kind: "never-connected" }),
  fc.constant<Ending>({ kind: "taken-over" }),
  fc.record({ kind: fc.constantFrom("lost" as const, "dropped" as const), upMs: fc.nat(1_000_000) }),
);

describe("the wait before the next attempt", () => {
  test("stays in its bounds, whatever happened and however often", () => {
    fc.assert(
      fc.property(settings, fc.array(fc.tuple(anEnding, aFraction), { maxLength: 100 }), (given, story) => {
        let failures = 0;
        for (const [ending, fraction] of story) {
          const retry = nextRetry(given, failures, ending, fraction);
          const most = Math.max(given.ceilingSeconds, given.firstRetrySpreadSeconds, 120) * 1000;
          expect(retry.delayMs).toBeGreaterThanOrEqual(ending.kind === "taken-over" ? 30_000 : 0);
          expect(retry.delayMs).toBeLessThanOrEqual(ending.kind === "taken-over" ? 120_000 : most);
          failures = retry.failures;
        }
      }),
    );
  });

  test("is drawn over the whole of min(ceiling, base * 2^n), for ever", () => {
    let failures = 0;
    for (const seconds of [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, ...Array<number>(5_000).fill(300)]) {
      expect(nextRetry(DEFAULT_BACKOFF, failures, { kind: "never-connected" }, 0).delayMs).toBe(0);
      const retry = nextRetry(DEFAULT_BACKOFF, failures, { kind: "never-connected" }, 1);
      expect(retry.delayMs).toBe(seconds * 1000);
      failures = retry.failures;
    }
  });

  test("is linear in chance: full jitter has no favourite", () => {
    fc.assert(
      fc.property(settings, fc.nat(50), aFraction, (given, failures, fraction) => {
        const whole = nextRetry(given, failures, { kind: "never-connected" }, 1).delayMs;
        const part = nextRetry(given, failures, { kind: "never-connected" }, fraction).delayMs;
        expect(Math.abs(part - fraction * whole)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("after the loss of a connection that held spreads over the first-retry time and starts counting anew", () => {
    fc.assert(
      fc.property(settings, fc.nat(50), fc.nat(1_000_000), (given, failures, moreMs) => {
        const ending: Ending = { kind: "lost", upMs: given.steadySeconds * 1000 + moreMs };
        const retry = nextRetry(given, failures, ending, 1);
        expect(retry).toEqual({ delayMs: given.firstRetrySpreadSeconds * 1000, failures: 0 });
      }),
    );
  });

  test("goes on growing when connections come up and fall at once", () => {
    let failures = 0;
    const waits = Array.from({ length: 12 }, () => {
      const retry = nextRetry(DEFAULT_BACKOFF, failures, { kind: "lost", upMs: 500 }, 1);
      failures = retry.failures;
      return retry.delayMs / 1000;
    });
    expect(waits).toEqual([60, 60, 60, 60, 60, 64, 128, 256, 300, 300, 300, 300]);
  });

  test("after a fault of our own is short the first time: there is no herd", () => {
    expect(nextRetry(DEFAULT_BACKOFF, 7, { kind: "dropped", upMs: 60_000 }, 1)).toEqual({
      delayMs: 2_000,
      failures: 1,
    });
    expect(nextRetry(DEFAULT_BACKOFF, 3, { kind: "dropped", upMs: 10 }, 1)).toEqual({ delayMs: 16_000, failures: 4 });
  });
});
