import fc from "fast-check";
import { expect, test } from "vitest";
import { groundOf } from "../../src/core/areas.ts";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { NO_BOUNDS, type TimeBounds } from "../../src/core/untimed.ts";
import type { Control } from "../../src/domain/control.ts";
import { anId, aPlacement, NOW } from "../fakes/builders.ts";
import { anyItem } from "../fakes/schedules.ts";

type Changing = { -readonly [Member in keyof ActiveItem]: ActiveItem[Member] };

const GROUNDS = [groundOf(aPlacement()), groundOf(aPlacement({ zones: aPlacement().zones.slice(1) }))] as const;
/** NOW is half past five in the morning where the gateway stands. */
const POLICIES = [
  BUILT_IN_POLICY,
  { ...BUILT_IN_POLICY },
  policyOf({ from: "05:00", until: "05:31" }),
  policyOf({ from: "05:32", until: "21:00" }),
];

/** What may happen to an item between two looks, as the agent does it: in place. */
const CHANGES: Readonly<Record<string, (item: Changing) => void>> = {
  nothing() {},
  audio(item) {
    item.audioReady = !item.audioReady;
  },
  standing(item) {
    item.standing = { ...item.standing, authorityRank: item.standing.authorityRank + 1 };
  },
  "play ends"(item) {
    const end = { outcome: "preempted", atMs: NOW * 1_000, offsetMs: 4_000 } as const;
    item.plays = item.plays.map((play) => (play.end === undefined ? { ...play, end } : play));
  },
  withdrawal(item) {
    item.withdrawn = true;
  },
};

/** The market's zone, in the second half of the minute. */
const HALT: Control = {
  key: { issuer: "phuong-1", id: anId() },
  op: "halt",
  targets: [{ area: "commune-1", zoneTags: ["market"] }],
  issuedAt: NOW - 60,
  window: { notBefore: NOW + 30, expiresAt: NOW + 60 },
  mandate: {
    ...{ issuer: "phuong-1", level: "commune", authorityRank: 0, holders: ["Trần Thị Bình"], signers: [] },
    ...{ grants: [["commune-1"]], limits: [{ classMax: "emergency", severityMax: 1 }] },
  },
};
/** Emergencies of before it are over. */
const LOSS: TimeBounds = { ...NO_BOUNDS, loss: { firstTrusted: NOW + 600 } };

function policyOf(hours: { readonly from: string; readonly until: string }) {
  return { ...BUILT_IN_POLICY, allowedHours: [{ area: "commune-1", hours: [hours] }] };
}

const neverPlayed = anyItem().map((item) => ({ ...item, plays: [] }));

const aLook = fc.record({
  change: fc.constantFrom("nothing", "nothing", "nothing", ...Object.keys(CHANGES)),
  of: fc.nat(5),
  nowMs: fc.integer({ min: (NOW - 20) * 1_000, max: (NOW + 120) * 1_000 }),
  ground: fc.constantFrom(GROUNDS[0], GROUNDS[0], GROUNDS[0], GROUNDS[1]),
  newPolicy: fc.option(fc.constantFrom(...POLICIES), { nil: undefined, freq: 5 }),
  controls: fc.constantFrom([], [], [HALT]),
  bounds: fc.constantFrom(NO_BOUNDS, NO_BOUNDS, NO_BOUNDS, LOSS),
  unsettled: fc.constantFrom(false, false, false, true),
});

test("whatever a look remembers, it plans as one that sees everything for the first time", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyItem(), neverPlayed), { minLength: 1, maxLength: 6 }),
      fc.array(aLook, { minLength: 2, maxLength: 12 }),
      fc.constantFrom(...POLICIES),
      (items, looks, atFirst) => {
        let policy = atFirst;
        for (const { change, of, nowMs, ground, newPolicy, unsettled, controls, bounds } of looks) {
          policy = newPolicy ?? policy;
          const item = items[of % items.length];
          if (item !== undefined) CHANGES[change]?.(item);
          const asked = [ground, { state: "sync", nowMs, unsettled }, { controls, policy }, bounds] as const;
          expect(plan(items, ...asked)).toEqual(plan(structuredClone(items), ...asked));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
