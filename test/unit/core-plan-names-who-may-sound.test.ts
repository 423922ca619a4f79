import { describe, expect, test } from "vitest";
import { groundOf } from "../../src/core/areas.ts";
import { pastsOf } from "../../src/core/past.ts";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import type { Play, PlayEnd } from "../../src/domain/playout.ts";
import type { FaultCode } from "../../src/domain/report.ts";
import { aBroadcast, anActiveItem, anAudioFile, aPlacement, NOW } from "../fakes/builders.ts";
import { perZone } from "../fakes/per-zone.ts";

const ground = groundOf(aPlacement());
const DUE = NOW - 60;

function at(item: ActiveItem, seconds = 0) {
  return perZone(plan([item], ground, { state: "sync", nowMs: (NOW + seconds) * 1000 }));
}

function played(zoneId: string, play: number, end?: Partial<PlayEnd>): Play {
  const ended = end && { outcome: "played" as const, atMs: NOW * 1000, offsetMs: 20_000, ...end };
  return { zoneId, occurrence: DUE, play, startedAtMs: DUE * 1000, offsetMs: 0, end: ended };
}

/** The same history in both zones. */
function inBoth(...ends: Partial<PlayEnd>[]): Play[] {
  return ["z1", "z2"].flatMap((zone) => ends.map((end, index) => played(zone, index + 1, end)));
}

function failures(code: FaultCode, times: number): Partial<PlayEnd>[] {
  return Array.from({ length: times }, () => ({ outcome: "failed" as const, code, offsetMs: 5_000 }));
}

describe("an item that was never played", () => {
  const order = aBroadcast({
    notBefore: NOW + 10,
    expiresAt: NOW + 1_000,
    plan: { kind: "now", startWithinSeconds: 100 },
  });
  const item = anActiveItem(order);

  test("waits for its due instant, and is called then", () => {
    expect(at(item)).toMatchObject({
      candidates: [],
      waiting: [
        { zoneId: "z1", reason: "early" },
        { zoneId: "z2", reason: "early" },
      ],
      wakeAtMs: (NOW + 10) * 1000,
    });
  });

  test("may sound in every zone it names from then on", () => {
    const { candidates, wakeAtMs } = at(item, 10);
    expect(candidates).toMatchObject([
      {
        claim: { zoneId: "z1", occurrence: NOW + 10 },
        play: 1,
        offsetMs: 0,
        startClosesAfterMs: (NOW + 110) * 1000 + 1,
      },
      { claim: { zoneId: "z2" } },
    ]);
    expect(wakeAtMs).toBe((NOW + 110) * 1000 + 1);
  });

  test("is over when its start window closed, to the millisecond", () => {
    expect(at(item, 110).candidates).toHaveLength(2);
    expect(at(item, 110.001)).toMatchObject({
      candidates: [],
      finished: [{ item: { id: order.id }, state: "expired", reason: "window-closed" }],
      wakeAtMs: undefined,
    });
  });

  test("waits for its audio, and still runs out of time", () => {
    const silent = { ...item, audioReady: false };
    expect(at(silent, 10)).toMatchObject({ candidates: [], waiting: [{ reason: "audio" }, { reason: "audio" }] });
    expect(at(silent, 111).finished).toMatchObject([{ state: "expired", reason: "window-closed" }]);
  });

  test("that is an emergency does not wait for its audio, until its tone has once sounded alone", () => {
    const urgent = { ...item, audioReady: false, standing: { ...item.standing, class: "emergency" } } as const;
    expect(at(urgent, 10).candidates).toHaveLength(2);
    const [failed] = failures("chunks-missing", 1);
    const alone = { ...played("z1", 1, failed), occurrence: NOW + 10 };
    expect(at({ ...urgent, plays: [alone] }, 10)).toMatchObject({
      candidates: [{ claim: { zoneId: "z2" }, play: 1 }],
      waiting: [{ zoneId: alone.zoneId, reason: "audio" }],
    });
    expect(at({ ...urgent, plays: [alone], audioReady: true }, 10).candidates).toMatchObject([
      { claim: { zoneId: alone.zoneId }, play: 2, offsetMs: 0 },
      { claim: { zoneId: "z2" }, play: 1 },
    ]);
  });

  test("that no longer matches stays silent to its expiry", () => {
    const elsewhere = anActiveItem(order, { standing: { ...item.standing, grants: [["commune-1"], ["commune-2"]] } });
    expect(at(elsewhere, 50)).toMatchObject({
      waiting: [{ reason: "not-targeted" }],
      wakeAtMs: (NOW + 1_000) * 1000 + 1,
    });
    expect(at(elsewhere, 1_001).finished).toMatchObject([{ state: "expired", reason: "life-over" }]);
  });

  test("may sound only within the window of its standing", () => {
    const standing = { ...item.standing, window: { notBefore: NOW + 30, expiresAt: NOW + 40 } };
    const bounded = anActiveItem(order, { standing });
    expect(at(bounded, 29)).toMatchObject({ candidates: [], wakeAtMs: (NOW + 30) * 1000 });
    expect(at(bounded, 30).candidates).toHaveLength(2);
    expect(at(bounded, 41).finished).toMatchObject([{ state: "expired", reason: "life-over" }]);
  });
});

describe("an item with a history", () => {
  const order = aBroadcast({ plan: { kind: "now", startWithinSeconds: 100 }, expiresAt: NOW + 20_000 });

  test("on air stays a candidate beyond its start window, to the end of its slack", () => {
    const item = anActiveItem(order, { plays: [played("z1", 1)] });
    const slackEnds = DUE - NOW + 100 + 20 + 3_600;
    expect(at(item, slackEnds).candidates).toMatchObject([
      { claim: { zoneId: "z1" }, onAirUntilMs: DUE * 1000 + 20_000 },
    ]);
    expect(at(item, slackEnds + 1)).toMatchObject({ candidates: [], finished: [] });
  });

  test("played everywhere is done; played in one zone it still waits for the other", () => {
    expect(at(anActiveItem(order, { plays: inBoth({}) })).finished).toMatchObject([{ state: "done" }]);
    const half = at(anActiveItem(order, { plays: [played("z1", 1, {})] }));
    expect(half.finished).toEqual([]);
    expect(half.candidates).toMatchObject([{ claim: { zoneId: "z2" } }]);
  });

  test("failed in one zone and played in the other counts as failed: somebody did not hear it", () => {
    const plays = [played("z1", 1, {}), played("z2", 1, { outcome: "failed", code: "decode" })];
    expect(at(anActiveItem(order, { plays })).finished).toMatchObject([{ state: "failed", code: "decode" }]);
  });

  test("is played again after two crashes in a row, not after three", () => {
    const twice = at(anActiveItem(order, { plays: inBoth(...failures("crash", 2)) }));
    expect(twice.candidates).toMatchObject([{ play: 3 }, { play: 3 }]);
    const thrice = at(anActiveItem(order, { plays: inBoth(...failures("crash", 3)) }));
    expect(thrice.finished).toMatchObject([{ state: "failed", reason: "failed-for-good", code: "crash" }]);
  });

  test("counts crashes in a row only", () => {
    const ends = [...failures("crash", 2), ...failures("interrupted", 1), ...failures("crash", 2)];
    expect(at(anActiveItem(order, { plays: inBoth(...ends) })).candidates).toMatchObject([{ play: 6 }, { play: 6 }]);
  });

  test.each([
    ["decode", 1],
    ["disk", 3],
    ["hash", 3],
    ["output", 10],
  ] as const)("gives %s at most %i tries", (code, tries) => {
    expect(at(anActiveItem(order, { plays: inBoth(...failures(code, tries)) })).finished).toHaveLength(1);
    const before = inBoth(...failures(code, tries - 1));
    expect(at(anActiveItem(order, { plays: before })).candidates).toHaveLength(2);
  });

  test("cut: goes on 3 s earlier, starts anew, or is dropped, as it says", () => {
    const plays = inBoth({ outcome: "preempted", offsetMs: 8_000 });
    const offset = (onPreempt: "resume" | "restart") =>
      at(anActiveItem({ ...order, onPreempt }, { plays })).candidates.map((candidate) => candidate.offsetMs);
    expect(offset("resume")).toEqual([5_000, 5_000]);
    expect(offset("restart")).toEqual([0, 0]);
    const dropped = at(anActiveItem({ ...order, onPreempt: "drop" }, { plays })).finished;
    expect(dropped).toMatchObject([{ state: "expired", reason: "dropped" }]);
  });

  test.each(["crash", "interrupted"] as const)("ended by %s goes on by the same rule, and is no cut", (code) => {
    const next = (onPreempt: "resume" | "restart" | "drop") =>
      at(anActiveItem({ ...order, onPreempt }, { plays: inBoth(...failures(code, 1)) }));
    expect(next("resume").candidates).toMatchObject([{ play: 2, offsetMs: 2_000 }, { play: 2 }]);
    expect(next("restart").candidates).toMatchObject([{ play: 2, offsetMs: 0 }, { play: 2 }]);
    expect(next("drop").finished).toMatchObject([{ state: "expired", reason: "dropped" }]);
  });

  test("a card that went away drops nothing; what failed by its own fault starts anew", () => {
    const next = (code: FaultCode, onPreempt: "resume" | "drop") =>
      at(anActiveItem({ ...order, onPreempt }, { plays: inBoth(...failures(code, 1)) })).candidates[0]?.offsetMs;
    expect(next("output", "resume")).toBe(2_000);
    expect(next("output", "drop")).toBe(0);
    expect(next("hash", "resume")).toBe(0);
  });

  test("halted any number of times is not cut too often", () => {
    const halted = { outcome: "preempted", code: "halted", offsetMs: 8_000 } as const;
    const plays = inBoth(halted, halted, halted, halted, halted);
    expect(at(anActiveItem(order, { plays })).candidates).toMatchObject([{ offsetMs: 5_000 }, { offsetMs: 5_000 }]);
  });

  test("cut over three times is over", () => {
    const cut = { outcome: "preempted", offsetMs: 8_000 } as const;
    expect(at(anActiveItem(order, { plays: inBoth(cut, cut, cut) })).candidates).toHaveLength(2);
    const finished = at(anActiveItem(order, { plays: inBoth(cut, cut, cut, cut) })).finished;
    expect(finished).toMatchObject([{ state: "expired", reason: "cut-too-often" }]);
  });

  test("repeats after its gap, from the start, and holds the zone if it is an emergency with a short gap", () => {
    const twice = { ...order, repeat: 2, gapSeconds: 30, onPreempt: "resume" as const };
    const emergency = { class: "emergency" as const, severity: 2 as const };
    const item = anActiveItem({ ...twice, ...emergency }, { plays: inBoth({}) });
    const inGap = at(item, 29);
    expect(inGap).toMatchObject({ candidates: [], wakeAtMs: (NOW + 30) * 1000 });
    expect(inGap.heldZones).toEqual(new Set(["z1", "z2"]));
    expect(at(item, 30).candidates).toMatchObject([{ play: 2, offsetMs: 0, key: { playsDone: 1 } }, { play: 2 }]);
    expect(at(anActiveItem(twice, { plays: inBoth({}) }), 29).heldZones).toEqual(new Set());
    const long = anActiveItem({ ...twice, ...emergency, gapSeconds: 121 }, { plays: inBoth({}) });
    expect(at(long, 29).heldZones).toEqual(new Set());
  });

  test("still on air after its life is stopped first and finished then", () => {
    const short = aBroadcast({ expiresAt: NOW + 5, audio: anAudioFile({ durationMs: 100_000 }) });
    const sounding = anActiveItem(short, { plays: [played("z1", 1), played("z2", 1)] });
    expect(at(sounding, 5).candidates).toHaveLength(2);
    expect(at(sounding, 5.001)).toMatchObject({ candidates: [], finished: [] });
    const stopped = anActiveItem(short, { plays: inBoth({ outcome: "expired" }) });
    expect(at(stopped, 6).finished).toMatchObject([{ state: "expired", reason: "life-over" }]);
  });

  test("cancelled stays silent", () => {
    const item = anActiveItem(order, { plays: inBoth({ outcome: "cancelled" }) });
    expect(at(item).finished).toMatchObject([{ state: "cancelled" }]);
  });
});

describe("an item that its issuer no longer names", () => {
  const twice = aBroadcast({ repeat: 2, expiresAt: NOW + 5, audio: anAudioFile({ durationMs: 100_000 }) });
  const withdrawn = (plays: readonly Play[]) => anActiveItem(twice, { plays, withdrawn: true });

  test("begins nothing, and ends when the last zone has fallen silent", () => {
    const { candidates, waiting, finished } = at(withdrawn([played("z1", 1)]));
    expect(candidates).toMatchObject([{ claim: { zoneId: "z1" }, onAirUntilMs: expect.any(Number) }]);
    expect({ waiting, finished }).toEqual({ waiting: [], finished: [] });
    expect(at(withdrawn([])).finished).toMatchObject([{ state: "withdrawn" }]);
    expect(at(withdrawn(inBoth({}))).finished).toMatchObject([{ state: "withdrawn" }]);
  });

  test("falls silent at the end of its time, and is called then", () => {
    expect(at(withdrawn([played("z1", 1)]), 5)).toMatchObject({ candidates: [{}], wakeAtMs: (NOW + 5) * 1000 + 1 });
    expect(at(withdrawn([played("z1", 1)]), 5.001)).toMatchObject({ candidates: [], finished: [] });
  });

  test("goes on without a clock", () => {
    const planned = plan([withdrawn([played("z1", 1)])], ground, { state: "none", nowMs: 0 });
    expect(perZone(planned).candidates).toMatchObject([{ claim: { zoneId: "z1" } }]);
    expect(planned.waiting).toEqual([]);
  });
});

describe("without a clock to believe", () => {
  const noClock = { state: "none", nowMs: 0 } as const;

  test("nothing starts and nothing is over", () => {
    const items = [anActiveItem(aBroadcast()), anActiveItem(aBroadcast({ expiresAt: NOW - 10 }))];
    expect(plan(items, ground, noClock)).toMatchObject({
      candidates: [],
      finished: [],
      waiting: [{ reason: "clock" }, { reason: "clock" }],
      wakeAtMs: undefined,
    });
  });

  test("what is on air goes on", () => {
    const item = anActiveItem(aBroadcast(), { plays: [played("z1", 1)] });
    expect(perZone(plan([item], ground, noClock)).candidates).toMatchObject([{ claim: { zoneId: "z1" } }]);
  });
});

test("zones that have heard the same of an item share one candidate, others have their own", () => {
  const order = aBroadcast({ notBefore: DUE, repeat: 3 });
  const zones = (plays: readonly Play[], onPreempt: "restart" | "resume" = "restart") =>
    plan([anActiveItem({ ...order, onPreempt }, { plays })], ground, {
      state: "sync",
      nowMs: NOW * 1000,
    }).candidates.map((candidate) => candidate.zones);
  expect(zones([])).toEqual([["z1", "z2"]]);
  expect(zones(inBoth({ outcome: "preempted" }))).toEqual([["z1", "z2"]]);
  expect(zones([played("z1", 1, { outcome: "preempted" })])).toEqual([["z1"], ["z2"]]);
  // The same next play, but one of them has a repeat behind it: it comes after its equals.
  expect(zones([played("z1", 1, { outcome: "played" }), played("z2", 1, { outcome: "preempted" })])).toEqual([
    ["z1"],
    ["z2"],
  ]);
  const cutApart = [8_000, 8_020].map((offsetMs, n) => played(`z${n + 1}`, 1, { outcome: "preempted", offsetMs }));
  expect(zones(cutApart)).toEqual([["z1", "z2"]]);
  expect(zones(cutApart, "resume")).toEqual([["z1"], ["z2"]]);
  expect(zones([played("z1", 1), played("z2", 1)])).toEqual([["z1"], ["z2"]]);
});

test("orders that are due at the same instant are candidates of their own", () => {
  const orders = [aBroadcast({ notBefore: DUE }), aBroadcast({ notBefore: DUE })];
  const items = orders.map((order) => anActiveItem(order));
  const { candidates } = plan(items, ground, { state: "sync", nowMs: NOW * 1000 });
  expect(candidates.map(({ item, zones }) => [item.id, zones])).toEqual(orders.map(({ id }) => [id, ["z1", "z2"]]));
});

test("the past of one occurrence is none of another's", () => {
  const plays = [played("z1", 1, { outcome: "played" }), { ...played("z1", 1), occurrence: DUE + 60 }];
  expect(pastsOf(plays, DUE).get("z1")).toMatchObject({ playsDone: 1, last: { occurrence: DUE } });
  expect(pastsOf(plays, DUE + 60).get("z1")).toMatchObject({ playsDone: 0, last: { occurrence: DUE + 60 } });
  expect(pastsOf(plays, DUE + 120).size).toBe(0);
});
