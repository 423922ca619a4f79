import fc from "fast-check";
import { expect, test } from "vitest";
import type { Decision } from "../../src/core/arbitrate.ts";
import type { Plan } from "../../src/core/plan.ts";
import { comparePrecedence } from "../../src/core/precedence.ts";
import { reconcile } from "../../src/core/reconcile.ts";
import { claimOf } from "../../src/core/zone-machine.ts";
import type { Alert, Update } from "../../src/domain/broadcast.ts";
import type { Control } from "../../src/domain/control.ts";
import { BROADCAST_CLASSES, classRank, type Severity } from "../../src/domain/precedence.ts";
import type { Mandate } from "../../src/domain/standing.ts";
import { aBroadcast, anActiveItem, anAudioFile, NOW } from "../fakes/builders.ts";
import { type Scheduled, SimulatedStation } from "../fakes/simulated-station.ts";
import { Rounds } from "../rounds.ts";

const ROUNDS = new Rounds("schedules", 20_000);
const MOST_MS_A_ROUND = 15;
const MOST_CUTS = 3;
const IDS = Array.from({ length: 6 }, (_, n) => `01M85DMB0000000000000000${n}0`);

const anInstant = fc.integer({ min: 0, max: 120_000 }).map((ms) => NOW * 1000 + ms);

const aSpell: fc.Arbitrary<Partial<Alert>> = fc
  .record({
    class: fc.constantFrom(...BROADCAST_CLASSES),
    severity: fc.constantFrom<Severity>(1, 2, 3),
    starts: fc.integer({ min: 0, max: 60 }),
    life: fc.integer({ min: 1, max: 120 }),
    at: fc.option(fc.nat(60), { nil: undefined }),
    startWithinSeconds: fc.option(fc.nat(60), { nil: undefined }),
    seconds: fc.integer({ min: 1, max: 30 }),
    repeat: fc.integer({ min: 1, max: 3 }),
    gapSeconds: fc.nat(10),
    onPreempt: fc.constantFrom("restart", "resume", "drop"),
    tag: fc.constantFrom("market", "school", undefined),
  })
  .map(({ severity, starts, life, at, seconds, tag, startWithinSeconds, ...rest }) => ({
    ...rest,
    severity: rest.class === "emergency" ? severity : 0,
    issuedAt: NOW,
    notBefore: NOW + starts,
    expiresAt: NOW + starts + life,
    plan:
      at === undefined
        ? ({ kind: "now", startWithinSeconds } as const)
        : ({ kind: "at", at: NOW + starts + Math.min(at, life), startWithinSeconds } as const),
    audio: anAudioFile({ durationMs: seconds * 1000 }),
    targets: [{ area: "commune-1", ...(tag !== undefined && { zoneTags: [tag] }) }],
  }));

const MANDATE: Mandate = {
  issuer: "phuong-1",
  level: "commune",
  authorityRank: 2,
  holders: ["Trần Thị Bình"],
  signers: [],
  grants: [["commune-1"]],
  limits: [{ classMax: "emergency", severityMax: 1 }],
};

const aControl: fc.Arbitrary<Control> = fc
  .record({
    n: fc.nat(9),
    op: fc.constantFrom("halt", "halt", "resume", "hold"),
    id: fc.option(fc.constantFrom(...IDS), { nil: undefined }),
    issuedAfter: fc.nat(60),
    life: fc.integer({ min: 1, max: 90 }),
    holders: fc.constantFrom(["Trần Thị Bình"], ["Trần Thị Bình", "Lý Văn Tám"]),
    tag: fc.constantFrom("market", undefined),
  })
  .map(({ n, op, id, issuedAfter, life, holders, tag }) => ({
    key: { issuer: "phuong-1", id: `01M85DMB00000000000000CTR${n}` },
    op,
    item: op === "hold" || id !== undefined ? { issuer: "phuong-1", id: id ?? "none" } : undefined,
    targets: [{ area: "commune-1", ...(tag !== undefined && { zoneTags: [tag] }) }],
    issuedAt: NOW + issuedAfter,
    window: { notBefore: NOW + issuedAfter, expiresAt: NOW + issuedAfter + life },
    mandate: { ...MANDATE, holders },
  }));

const aHappening = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...IDS).map((id) => ({ kind: "withdraw", id }) as const) },
  { weight: 3, arbitrary: aControl.map((control) => ({ kind: "control", control }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "crash" } as const) },
  { weight: 1, arbitrary: fc.constantFrom("z1", "z2").map((zoneId) => ({ kind: "card-gone", zoneId }) as const) },
);

/** Orders, some of them updates that withdraw another in the same instant, and what else may happen to a station. */
const aSchedule: fc.Arbitrary<Scheduled[]> = fc
  .record({
    orders: fc.array(
      fc.record({ spell: aSpell, atMs: anInstant, replaces: fc.option(fc.constantFrom(...IDS), { nil: undefined }) }),
      { minLength: 1, maxLength: IDS.length },
    ),
    others: fc.array(fc.record({ atMs: anInstant, happening: aHappening }), { maxLength: 5 }),
  })
  .map(({ orders, others }) => [
    ...orders.flatMap(({ spell, atMs, replaces }, index): Scheduled[] => {
      const id = IDS[index] ?? "";
      const item = anActiveItem(aBroadcast({ ...spell, id }));
      const order: Scheduled = { atMs, happening: { kind: "order", item } };
      if (replaces === undefined || replaces === id || index % 3 > 0) return [order];
      return [{ atMs, happening: { kind: "withdraw", id: replaces } }, order];
    }),
    ...others,
  ]);

function orderOf(schedule: readonly Scheduled[], claim: string): Alert | Update {
  for (const { happening } of schedule) {
    if (happening.kind === "order" && claim.startsWith(happening.item.order.id)) return happening.item.order;
  }
  throw new Error(`nobody ordered ${claim}`);
}

function chosenIn(decisions: readonly Decision[]) {
  return decisions.map(({ claim, reason }) => ({ claim, reason }));
}

/** What must hold whenever a station has come to rest for an instant. */
function checkAtRest(station: SimulatedStation, planned: Plan): void {
  const decisions = station.decideOn(planned);
  for (const { zoneId, chosen, claim: wanted, candidates } of decisions) {
    const zone = station.zones.get(zoneId);
    const claim = zone && claimOf(zone);
    const onAir = new Map(claim === undefined ? [] : [[zoneId, claim]]);
    const waitsForFade = chosen !== undefined && station.isFading(zoneId) && chosen.key.class !== "emergency";
    if (!waitsForFade) expect(reconcile([{ zoneId, claim: wanted }], onAir)).toEqual([]);
    if (claim === undefined) continue;
    expect(station.isWithdrawn(claim.item.id)).toBe(false);
    const here = candidates.filter(({ halted }) => !halted);
    const running = here.find(({ item }) => item.id === claim.item.id);
    expect(running).toBeDefined();
    if (running === undefined) continue;
    for (const other of here) {
      if (other.key.class !== "emergency") continue;
      expect(running.key.class).toBe("emergency");
      expect(running.key.severity).toBeLessThanOrEqual(other.key.severity);
    }
  }
  const { wakeAtMs } = planned;
  const before = station.planNow(undefined, (wakeAtMs ?? station.nowMs + 86_400_000) - 1);
  expect(chosenIn(station.decideOn(before))).toEqual(chosenIn(decisions));
  const turned = station.planNow([...station.items.values()].reverse());
  expect(chosenIn(station.decideOn(turned))).toEqual(chosenIn(decisions));
}

test(
  "over random schedules with updates, cancels, halts, crashes and lost cards every law holds",
  () => {
    let lived = 0;
    fc.assert(
      fc.property(aSchedule, (schedule) => {
        const station = new SimulatedStation(checkAtRest);
        station.run(schedule);

        for (const [play, { ends }] of station.records) expect([play, ends.length]).toEqual([play, 1]);
        const plays = Map.groupBy(station.records.values(), ({ claim }) => `${claim.item.id} ${claim.zoneId}`);
        for (const [claim, records] of plays) {
          const outcomes = records.flatMap(({ ends }) => ends);
          const order = orderOf(schedule, claim);
          expect(outcomes.filter(({ outcome }) => outcome === "played").length).toBeLessThanOrEqual(order.repeat);
          const cut = outcomes.filter(({ outcome, code }) => outcome === "preempted" && code !== "halted");
          expect(cut.length).toBeLessThanOrEqual(order.onPreempt === "drop" ? 1 : MOST_CUTS + 1);
        }
        for (const zone of station.zones.values()) expect(["idle", "faulted"]).toContain(zone.state.name);
        expect([...station.items.keys()]).toEqual([]);
        for (const { by, running } of station.cutsSeen) {
          const [a, b] = [by.key, running.key];
          expect(classRank(a.class) - classRank(b.class) || a.severity - b.severity).toBeLessThan(0);
          expect(comparePrecedence(a, b)).toBeLessThan(0);
        }
        lived += 1;
        ROUNDS.done(lived);
      }),
      { numRuns: ROUNDS.count },
    );
  },
  ROUNDS.count * MOST_MS_A_ROUND,
);
