import fc from "fast-check";
import { expect, test } from "vitest";
import { claimOf, IDLE_ZONE, step, type Zone, type ZoneEffect, type ZoneEvent } from "../../src/core/zone-machine.ts";
import type { Claim, PlayHandle } from "../../src/domain/playout.ts";

/** What the world may do next. `which` picks among the plays that the output has not ended yet, the oldest first. */
type Move =
  | { readonly kind: "start"; readonly id: string }
  | { readonly kind: "stop" }
  | { readonly kind: "started"; readonly which: number }
  | {
      readonly kind: "ended";
      readonly which: number;
      readonly ending: "drained" | "stopped" | "failed";
      readonly fault: boolean;
    }
  | { readonly kind: "retry"; readonly afterMs: number };

const aMove: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant("start" as const), id: fc.constantFrom("A", "B", "C") }),
  fc.record({ kind: fc.constant("stop" as const) }),
  fc.record({ kind: fc.constant("started" as const), which: fc.nat(3) }),
  fc.record({
    kind: fc.constant("ended" as const),
    which: fc.nat(3),
    ending: fc.constantFrom("drained", "stopped", "failed"),
    fault: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("retry" as const), afterMs: fc.nat(70_000) }),
);

function aClaim(id: string): Claim {
  return { item: { issuer: "phuong-1", id }, zoneId: "z1", occurrence: 1 };
}

test("whatever happens in whatever order, every play begun gets exactly one record", () => {
  fc.assert(
    fc.property(fc.array(aMove, { maxLength: 40 }), (moves) => {
      let zone: Zone = IDLE_ZONE;
      let nowMs = 0;
      let handles = 0;
      const open: PlayHandle[] = [];
      const begun: PlayHandle[] = [];
      const recorded: PlayHandle[] = [];
      const feed = (event: ZoneEvent): readonly ZoneEffect[] => {
        const result = step(zone, event);
        zone = result.zone;
        for (const effect of result.effects) {
          if (effect.kind === "begin") {
            begun.push(effect.sounding.play);
            open.push(effect.sounding.play);
          }
          if (effect.kind === "record") recorded.push(effect.sounding.play);
        }
        return result.effects;
      };

      for (const move of moves) {
        switch (move.kind) {
          case "start":
            handles += 1;
            feed({ kind: "start", claim: aClaim(move.id), play: handles, cause: "preempted" });
            break;
          case "stop":
            feed({ kind: "stop", cause: "cancelled" });
            break;
          case "started":
            feed({ kind: "started", play: open[move.which] ?? 99, atMs: nowMs });
            break;
          case "ended": {
            const [play] = open.splice(move.which, 1);
            const outputFault = move.ending === "failed" && move.fault ? "missing" : undefined;
            const code = move.fault ? undefined : ("decode" as const);
            feed({ kind: "ended", play: play ?? 99, ending: move.ending, code, outputFault, monotonicMs: nowMs });
            break;
          }
          default:
            nowMs += move.afterMs;
            feed({ kind: "retry", monotonicMs: nowMs });
        }
        expect(claimOf(zone) === undefined).toBe(!["starting", "playing"].includes(zone.state.name));
      }
      for (const play of open.splice(0)) {
        feed({ kind: "ended", play, ending: "stopped", outputFault: undefined, monotonicMs: nowMs });
      }
      expect(recorded.toSorted((a, b) => a - b)).toEqual(begun);
      expect(zone.leaving).toEqual([]);
      expect(["idle", "faulted"]).toContain(zone.state.name);
    }),
    { numRuns: 3_000 },
  );
});
