import fc from "fast-check";
import { expect, test } from "vitest";
import { type PlayEffect, type PlayInput, type PlayState, step, UNPREPARED } from "../../src/sound/play-machine.ts";
import { DRAINED, failed, STOPPED } from "../../src/sound/verdict.ts";

const outputGone = failed("output", "gone", "missing");

function run(inputs: readonly PlayInput[]): { state: PlayState; effects: PlayEffect[] } {
  const effects: PlayEffect[] = [];
  let state: PlayState = UNPREPARED;
  for (const input of inputs) {
    const next = step(state, input);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

const toSounding: readonly PlayInput[] = [{ kind: "card-free" }, { kind: "head-ready" }, { kind: "sink-ready" }];
const kinds = (effects: readonly PlayEffect[]) => effects.map(({ kind }) => kind);

const anInput: fc.Arbitrary<PlayInput> = fc.constantFrom<PlayInput>(
  { kind: "head-ready" },
  { kind: "card-free" },
  { kind: "sink-ready" },
  { kind: "all-written", verdict: DRAINED },
  { kind: "break", verdict: STOPPED },
  { kind: "break", verdict: outputGone },
  { kind: "sink-ended", failure: undefined },
  { kind: "sink-ended", failure: outputGone },
  { kind: "overdue" },
);

test("whatever comes in whatever order, a play reports at most once, and exactly once when it has ended", () => {
  fc.assert(
    fc.property(fc.array(anInput, { maxLength: 30 }), (inputs) => {
      const { state, effects } = run(inputs);
      expect(kinds(effects).filter((kind) => kind === "report")).toHaveLength(state.name === "ended" ? 1 : 0);
    }),
    { numRuns: 5000 },
  );
});

test("from every state a break and the end of the sink lead to the end", () => {
  fc.assert(
    fc.property(fc.array(anInput, { maxLength: 30 }), (inputs) => {
      const { state } = run([
        ...inputs,
        { kind: "break", verdict: STOPPED },
        { kind: "sink-ended", failure: undefined },
      ]);
      expect(state.name).toBe("ended");
    }),
  );
});

test("a sink is opened at most once, and only with sound in hand and the card free", () => {
  fc.assert(
    fc.property(fc.array(anInput, { maxLength: 30 }), (inputs) => {
      const opened = inputs.findIndex((_, last) => kinds(run(inputs.slice(0, last + 1)).effects).includes("open-sink"));
      if (opened < 0) return;
      const before = inputs.slice(0, opened + 1).map(({ kind }) => kind);
      expect(before).toContain("head-ready");
      expect(before).toContain("card-free");
      expect(kinds(run(inputs).effects).filter((kind) => kind === "open-sink")).toHaveLength(1);
    }),
  );
});

test("an opened sink that did not end by itself is finished or killed", () => {
  fc.assert(
    fc.property(fc.array(anInput, { maxLength: 30 }), (inputs) => {
      const { state, effects } = run(inputs);
      const sinkEnded = inputs.some(({ kind }) => kind === "sink-ended");
      if (state.name !== "ended" || sinkEnded || !kinds(effects).includes("open-sink")) return;
      expect(kinds(effects)).toContain("kill-sink");
    }),
  );
});

test("a play that drains reports its verdict as drained", () => {
  const { effects } = run([
    ...toSounding,
    { kind: "all-written", verdict: DRAINED },
    { kind: "sink-ended", failure: undefined },
  ]);
  expect(kinds(effects)).toEqual(["open-sink", "write", "kill-decoder", "finish-sink", "kill-decoder", "report"]);
  expect(effects.at(-1)).toEqual({ kind: "report", verdict: DRAINED, drained: true });
});

test("the first reason of a cut is the one reported, once the sink is gone", () => {
  const cut = run([...toSounding, { kind: "break", verdict: STOPPED }, { kind: "break", verdict: outputGone }]);
  expect(cut.state).toEqual({ name: "closing", verdict: STOPPED });
  const { effects } = step(cut.state, { kind: "sink-ended", failure: outputGone });
  expect(effects.at(-1)).toEqual({ kind: "report", verdict: STOPPED, drained: false });
});

test("a stop before there is sound ends at once: there is no sink to wait for", () => {
  expect(run([{ kind: "card-free" }, { kind: "break", verdict: STOPPED }]).state).toEqual({ name: "ended" });
});
