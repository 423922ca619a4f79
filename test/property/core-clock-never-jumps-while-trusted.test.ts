import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ClockLook,
  type ClockMachine,
  hearBeacon,
  observe,
  raiseFloor,
  readClock,
  SETTLES_AFTER_MS,
  wakeClock,
} from "../../src/core/clock-machine.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { isTrusted } from "../../src/domain/time.ts";
import { NOW } from "../fakes/builders.ts";

const RULES = BUILT_IN_POLICY.clock;
const TOLERANCE_MS = RULES.beaconToleranceSeconds * 1000;

interface Moment {
  readonly passMs: number;
  readonly setByMs: number;
  readonly synchronised: boolean;
  readonly event: "none" | "beacon" | "document";
  readonly now: number;
}

const aMoment: fc.Arbitrary<Moment> = fc.record({
  passMs: fc.constantFrom(0, 1, 1_000, 30_000, 700_000, 86_400_000),
  setByMs: fc.constantFrom(0, 0, 0, 1_000, -1_000, 3_600_000, -3_600_000, 6 * 365 * 86_400_000),
  synchronised: fc.constantFrom(true, true, true, false),
  event: fc.constantFrom("none", "none", "beacon", "document"),
  now: fc.integer({ min: NOW - 5_000, max: NOW + 5_000 }),
});

test("a trusted time goes on with the monotonic one: whoever sets the wall clock is waited for, and floors only rise", () => {
  fc.assert(
    fc.property(fc.array(aMoment, { maxLength: 40 }), (moments) => {
      let look: ClockLook = { synchronised: false, wallMs: NOW * 1000, monotonicMs: 1_000 };
      let machine: ClockMachine = wakeClock(undefined, undefined, look, { boot: "b", hasHardwareClock: false }, RULES);
      let sawStrayAtMs: number | undefined;
      for (const { passMs, setByMs, synchronised, event, now } of moments) {
        const before = readClock(machine, look);
        const floorBefore = machine.floors.signed ?? 0;
        look = {
          synchronised,
          wallMs: look.wallMs + passMs + setByMs,
          monotonicMs: look.monotonicMs + passMs,
        };
        if (event === "beacon") machine = hearBeacon(machine, { issuer: "a", now, isFresh: true }, look, RULES);
        if (event === "document") machine = raiseFloor(machine, now);
        machine = observe(machine, look, RULES, SETTLES_AFTER_MS);
        const after = readClock(machine, look);
        expect(machine.floors.signed ?? 0).toBeGreaterThanOrEqual(floorBefore);
        if (after.state === "sync") expect(machine.doubters.size).toBe(0);
        if (after.unsettled !== true) expect(after.state).toBe("sync");
        if (isTrusted(before) && isTrusted(after)) {
          const jumpMs = Math.abs(after.nowMs - before.nowMs - passMs);
          // Only a step that was seen to stand for ten minutes may move it further.
          if (jumpMs > TOLERANCE_MS + 1) {
            expect(sawStrayAtMs).toBeDefined();
            expect(look.monotonicMs - (sawStrayAtMs ?? 0)).toBeGreaterThanOrEqual(SETTLES_AFTER_MS);
            expect(after.unsettled).toBe(true);
          }
        }
        const { phase } = machine;
        sawStrayAtMs = phase.name === "hold" ? phase.stray?.sinceMs : undefined;
      }
    }),
  );
});
