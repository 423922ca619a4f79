import { describe, expect, test } from "vitest";
import { claimOf, IDLE_ZONE, step, type Zone, type ZoneEffect, type ZoneEvent } from "../../src/core/zone-machine.ts";
import type { Claim } from "../../src/domain/playout.ts";

function aClaim(id: string): Claim {
  return { item: { issuer: "phuong-1", id }, zoneId: "z1", occurrence: 1 };
}

function start(id: string, play: number): ZoneEvent {
  return { kind: "start", claim: aClaim(id), play, cause: "preempted" };
}

function ended(play: number, ending: "drained" | "stopped" | "failed", more: Partial<ZoneEvent> = {}): ZoneEvent {
  return { kind: "ended", play, ending, monotonicMs: 0, ...more } as ZoneEvent;
}

function run(events: readonly ZoneEvent[], from: Zone = IDLE_ZONE): { zone: Zone; effects: ZoneEffect[] } {
  const effects: ZoneEffect[] = [];
  let zone = from;
  for (const event of events) {
    const next = step(zone, event);
    zone = next.zone;
    effects.push(...next.effects);
  }
  return { zone, effects };
}

describe("a zone", () => {
  test("plays an item to its end", () => {
    const { zone, effects } = run([start("A", 1), { kind: "started", play: 1, atMs: 50 }, ended(1, "drained")]);
    expect(effects).toMatchObject([
      { kind: "begin", sounding: { play: 1 } },
      { kind: "record", sounding: { play: 1 }, outcome: "played" },
    ]);
    expect(zone).toEqual(IDLE_ZONE);
  });

  test("belongs to the next item from the cut on; the cut one gets its record when the output lets go", () => {
    const cut = run([start("A", 1), { kind: "started", play: 1, atMs: 50 }, start("B", 2)]);
    expect(claimOf(cut.zone)).toEqual(aClaim("B"));
    const after = run([{ kind: "started", play: 2, atMs: 60 }, ended(1, "stopped")], cut.zone);
    expect(after.effects).toMatchObject([{ kind: "record", sounding: { play: 1 }, outcome: "preempted" }]);
    expect(after.zone.state).toMatchObject({ name: "playing", sounding: { play: 2 } });
  });

  test("told to stop, is free at once for reconcile and silent when the output says so", () => {
    const stopping = run([start("A", 1), { kind: "stop", cause: "expired" }]);
    expect(stopping.effects.at(-1)).toEqual({ kind: "silence" });
    expect(claimOf(stopping.zone)).toBeUndefined();
    const silent = run([ended(1, "stopped")], stopping.zone);
    expect(silent.effects).toMatchObject([{ kind: "record", outcome: "expired" }]);
    expect(silent.zone.state).toEqual({ name: "idle" });
  });

  test("records why it was told to stop, or to make room", () => {
    const halted = { kind: "stop", cause: "preempted", code: "halted" } as const;
    const silent = run([start("A", 1), { kind: "started", play: 1, atMs: 50 }, halted, ended(1, "stopped")]);
    expect(silent.effects.at(-1)).toMatchObject({ kind: "record", outcome: "preempted", code: "halted" });
    const room = { ...start("B", 2), cause: "cancelled" } as ZoneEvent;
    expect(run([start("A", 1), room, ended(1, "stopped")]).effects.at(-1)).toMatchObject({ outcome: "cancelled" });
  });

  test("records what really happened when an item ends by itself in the moment of the cut", () => {
    expect(run([start("A", 1), start("B", 2), ended(1, "drained")]).effects.at(-1)).toMatchObject({
      outcome: "played",
    });
  });

  test("records a play that the output ended unasked as interrupted", () => {
    expect(run([start("A", 1), ended(1, "stopped")]).effects.at(-1)).toMatchObject({
      outcome: "failed",
      code: "interrupted",
    });
  });

  test("that failed by the file is free for the next item", () => {
    const { zone, effects } = run([start("A", 1), ended(1, "failed", { code: "decode" })]);
    expect(effects.at(-1)).toMatchObject({ outcome: "failed", code: "decode" });
    expect(zone.state).toEqual({ name: "idle" });
  });

  test.each([
    ["stalls", "stalled", [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
    ["fails and nobody knows why", undefined, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
    ["goes away, as it did before", "missing", Array.from({ length: 10 }, () => 250)],
    ["is taken by another program", "busy", Array.from({ length: 10 }, () => 250)],
  ] as const)("whose card %s pauses, and takes no item meanwhile", (_what, fault, expected) => {
    let zone = IDLE_ZONE;
    const pauses = Array.from({ length: 10 }, (_, index) => {
      zone = run([start("A", index), ended(index, "failed", { outputFault: fault })], zone).zone;
      const { state } = zone;
      expect(state).toMatchObject({ name: "faulted", fault });
      if (state.name !== "faulted") return 0;
      expect(run([start("B", 99), { kind: "retry", monotonicMs: state.retryAtMs - 1 }], zone)).toEqual({
        zone,
        effects: [],
      });
      zone = run([{ kind: "retry", monotonicMs: state.retryAtMs }], zone).zone;
      return state.retryAtMs;
    });
    expect(pauses).toEqual(expected);
    expect(run([start("A", 50), ended(50, "drained")], zone).zone).toEqual(IDLE_ZONE);
  });
});
