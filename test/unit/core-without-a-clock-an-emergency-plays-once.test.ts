import { describe, expect, test } from "vitest";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import { NO_CONTROLS } from "../../src/core/restraints.ts";
import { NO_BOUNDS, type TimeBounds } from "../../src/core/untimed.ts";
import type { Alert } from "../../src/domain/broadcast.ts";
import type { Play, PlayEnd } from "../../src/domain/playout.ts";
import type { ClockReading } from "../../src/domain/time.ts";
import { aBroadcast, anActiveItem, NOW } from "../fakes/builders.ts";
import { perZone } from "../fakes/per-zone.ts";
import { GROUND } from "../fakes/schedules.ts";

const HOUR = 3_600;
const UNTIMED: ClockReading = { state: "floor", nowMs: 0, unsettled: true };

function anEmergency(change: Partial<Alert> = {}, item: Partial<ActiveItem> = {}): ActiveItem {
  const order = aBroadcast({ class: "emergency", severity: 2, repeat: 3, targets: [{ area: "commune-1" }], ...change });
  return anActiveItem(order, { cameUntimed: true, ...item });
}

/** Zones in which it may sound. */
function heard(item: ActiveItem, clock: ClockReading = UNTIMED, bounds: Partial<TimeBounds> = {}): readonly string[] {
  const { candidates } = perZone(plan([item], GROUND, clock, NO_CONTROLS, { ...NO_BOUNDS, ...bounds }));
  return candidates.filter(({ halted }) => !halted).map(({ claim }) => claim.zoneId);
}

function aPlay(item: ActiveItem, zoneId: string, end?: Partial<PlayEnd>): Play {
  const play = { zoneId, occurrence: item.order.notBefore, play: 1, startedAtMs: 0, offsetMs: 0 };
  return end === undefined ? play : { ...play, end: { outcome: "played", atMs: 1, offsetMs: 0, ...end } };
}

describe("while nobody knows the time", () => {
  test("a new emergency may begin, in all its zones, and nothing else", () => {
    expect(heard(anEmergency())).toEqual(["z1", "z2"]);
    for (const other of ["routine", "priority"] as const) {
      const { candidates, waiting } = plan([anEmergency({ class: other, severity: 0 })], GROUND, UNTIMED);
      expect([candidates, waiting.map(({ reason }) => reason)]).toEqual([[], ["clock"]]);
    }
  });

  test.each<[string, ActiveItem, Partial<TimeBounds>]>([
    ["lives over six hours", anEmergency({ expiresAt: NOW - 60 + 6 * HOUR + 1 }), {}],
    ["ended before something that was signed", anEmergency(), { signedFloor: NOW + HOUR }],
    ["was here before", anEmergency({}, { cameUntimed: false }), {}],
    ["is meant for later", anEmergency({ notBefore: NOW + HOUR, expiresAt: NOW + 2 * HOUR }), {}],
    ["has an hour of its own", anEmergency({ plan: { kind: "at", at: NOW } }), {}],
    ["came after the database was lost", anEmergency(), { loss: { firstTrusted: undefined } }],
    ["was taken back", anEmergency(), { isTakenBack: () => true }],
  ])("not one that %s", (_what, item, bounds) => {
    expect(heard(item, UNTIMED, bounds)).toEqual([]);
  });

  test("it is heard to its end once in each zone: again after a cut, not after a play", () => {
    const item = anEmergency();
    const cut = { outcome: "preempted" } as const;
    expect(heard({ ...item, plays: [aPlay(item, "z1", {})] })).toEqual(["z2"]);
    expect(heard({ ...item, plays: [aPlay(item, "z1", cut), aPlay(item, "z2", {})] })).toEqual(["z1"]);
  });

  test("nothing of it is over, and what sounds goes on until somebody takes it back", () => {
    const item = anEmergency();
    const sounding = { ...item, plays: [aPlay(item, "z1")] };
    expect(heard(sounding, { ...UNTIMED, nowMs: NOW * 2_000 }, { signedFloor: NOW * 2 })).toEqual(["z1"]);
    expect(plan([sounding], GROUND, UNTIMED).finished).toEqual([]);
    expect(heard(sounding, UNTIMED, { isTakenBack: () => true })).toEqual([]);
  });
});

describe("a hold", () => {
  test("is trusted like sync, and ends nothing for good", () => {
    const hold = (nowMs: number): ClockReading => ({ state: "hold", nowMs, errorMs: 10, unsettled: true });
    const bulletin = anActiveItem(aBroadcast());
    expect(heard(bulletin, hold(NOW * 1000))).toEqual(["z1", "z2"]);
    const over = hold((NOW + 2 * HOUR) * 1000);
    expect(heard(bulletin, over)).toEqual([]);
    const { finished, waiting } = plan([bulletin], GROUND, over);
    expect([finished, new Set(waiting.map(({ reason }) => reason))]).toEqual([[], new Set(["unsettled"])]);
    expect(plan([bulletin], GROUND, { state: "sync", nowMs: over.nowMs }).finished).toMatchObject([
      { state: "expired" },
    ]);
  });
});

describe("after a database was lost", () => {
  const lost = (firstTrusted: number | undefined) => ({ loss: { firstTrusted } });
  const sync: ClockReading = { state: "sync", nowMs: NOW * 1000 };

  test("nothing sounds before the first trusted time", () => {
    expect(heard(anActiveItem(aBroadcast()), sync, lost(undefined))).toEqual([]);
    expect(heard(anActiveItem(aBroadcast()), sync, lost(NOW))).toEqual(["z1", "z2"]);
  });

  test("an emergency of over ten minutes before it never does", () => {
    const at = (issuedAt: number) => anEmergency({ issuedAt, notBefore: issuedAt });
    expect(heard(at(NOW - 600), sync, lost(NOW))).toEqual(["z1", "z2"]);
    expect(heard(at(NOW - 601), sync, lost(NOW))).toEqual([]);
    const { finished } = plan([at(NOW - 601)], GROUND, sync, NO_CONTROLS, { ...NO_BOUNDS, ...lost(NOW) });
    expect(finished).toMatchObject([{ state: "expired", reason: "before-loss" }]);
    const young = plan([at(NOW - 601)], GROUND, { ...sync, unsettled: true }, NO_CONTROLS, {
      ...NO_BOUNDS,
      ...lost(NOW),
    });
    expect([young.finished, young.candidates]).toEqual([[], []]);
  });
});
