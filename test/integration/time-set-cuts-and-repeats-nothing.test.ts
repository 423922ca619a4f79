import { expect, test } from "vitest";
import { SETTLES_AFTER_MS } from "../../src/core/clock-machine.ts";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import type { Play } from "../../src/domain/playout.ts";
import type { Milliseconds } from "../../src/domain/time.ts";
import { TrustedClock } from "../../src/pipeline/trusted-clock.ts";
import { aBroadcast, anActiveItem, anAudioFile, NOW } from "../fakes/builders.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { perZone } from "../fakes/per-zone.ts";
import { GROUND } from "../fakes/schedules.ts";
import { FakeTimers } from "../fakes/timers.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

const HOUR_MS = 3_600_000;
const STEPS: readonly Milliseconds[] = [1_000, -1_000, HOUR_MS, -HOUR_MS, 6 * 365 * 24 * HOUR_MS];
const PLAY_MS = 15 * 60_000;
const SLICE_MS = 5_000;

/** A box whose wall clock the test sets, with a time service that stands by whatever it shows. */
function aBox(folder = temporaryFolder(), source = new FakeClock(NOW * 1000), boot = "boot-1") {
  const { orders } = openTestOrders(folder);
  const timers = new FakeTimers(source);
  const log = new FakeLog();
  const machine = { boot, hasHardwareClock: false };
  const clock = new TrustedClock({ source, memory: orders.clock, machine, settleMs: SETTLES_AFTER_MS, timers, log });
  clock.start();
  return { source, timers, clock, orders, folder };
}

/** One zone that plays an item of 15 min to its end: how often it began, and for how long it sounded. */
function listen(stepMs: Milliseconds, stepAtMs: Milliseconds): { readonly begun: number; readonly soundedMs: number } {
  const { source, timers, clock } = aBox();
  timers.advance(SETTLES_AFTER_MS);
  const audio = anAudioFile({ durationMs: PLAY_MS });
  const order = aBroadcast({ audio, targets: [{ area: "commune-1", zoneTags: ["market"] }] });
  let item: ActiveItem | undefined = anActiveItem(order);
  let [begun, soundedMs, endsAtMs] = [0, 0, 0];
  for (let passedMs = 0; passedMs < 3 * PLAY_MS; passedMs += SLICE_MS) {
    if (passedMs === stepAtMs) source.step(stepMs);
    timers.advance(SLICE_MS);
    const reading = clock.read();
    const last: Play | undefined = item?.plays.at(-1);
    if (item !== undefined && last !== undefined && last.end === undefined && clock.monotonicMs() >= endsAtMs) {
      const end = { outcome: "played", atMs: reading.nowMs, offsetMs: PLAY_MS } as const;
      item = { ...item, plays: [...item.plays.slice(0, -1), { ...last, end }] };
    }
    const { candidates, finished } = perZone(plan(item === undefined ? [] : [item], GROUND, reading));
    if (finished.length > 0) item = undefined;
    const [candidate] = candidates;
    if (candidate === undefined || item === undefined) continue;
    soundedMs += SLICE_MS;
    if (candidate.onAirUntilMs !== undefined) continue;
    begun += 1;
    endsAtMs = clock.monotonicMs() + PLAY_MS;
    const { claim, play, offsetMs } = candidate;
    const began = { zoneId: claim.zoneId, occurrence: claim.occurrence, play, startedAtMs: reading.nowMs, offsetMs };
    item = { ...item, plays: [...item.plays, began] };
  }
  return { begun, soundedMs };
}

test.each(STEPS)("a step of %i ms while an item sounds leaves it whole, and heard once", (stepMs) => {
  expect(listen(stepMs, 60_000)).toEqual({ begun: 1, soundedMs: PLAY_MS });
});

test("what a hold says survives a restart of the agent and not a boot without a hardware clock, and floors stay", () => {
  const { source, timers, clock, orders, folder } = aBox();
  timers.advance(SETTLES_AFTER_MS);
  expect(clock.read()).toEqual({ state: "sync", nowMs: NOW * 1000 + SETTLES_AFTER_MS });
  clock.issued(NOW + 60);
  clock.issued(NOW + 100_000); // From the future: a wrong clock somewhere else is no reason to distrust ours.
  clock.stop();
  orders.close();

  source.become("none");
  source.step(-HOUR_MS);
  source.advance(HOUR_MS);
  const again = aBox(folder, source);
  expect(again.clock.read()).toMatchObject({ state: "hold", nowMs: NOW * 1000 + SETTLES_AFTER_MS + HOUR_MS });
  expect(again.clock.signedFloor).toBe(NOW + 60);
  again.orders.close();
  const booted = aBox(folder, source, "boot-2");
  expect(booted.clock.read()).toMatchObject({ state: "floor", nowMs: NOW * 1000 + SETTLES_AFTER_MS });
  expect(booted.clock.signedFloor).toBe(NOW + 60);
});
