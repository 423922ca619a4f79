import { describe, expect, test } from "vitest";
import { type ItemEvent, type ItemNews, type ItemStage, isOver, stepItem } from "../../src/core/item-machine.ts";
import type { BroadcastClass } from "../../src/domain/precedence.ts";

function run(events: readonly ItemEvent[], itemClass: BroadcastClass): { stage: ItemStage; news: ItemNews[] } {
  let stage: ItemStage = { name: "accepted" };
  const news: ItemNews[] = [];
  for (const event of events) {
    const next = stepItem(stage, event, itemClass);
    stage = next.stage;
    if (next.news !== undefined) news.push(next.news);
  }
  return { stage, news };
}

const MORNING: readonly ItemEvent[] = [
  { kind: "fetching" },
  { kind: "chunks-missing", ranges: [[3, 5]] },
  { kind: "chunks-missing", ranges: [[4, 4]] },
  { kind: "audio-ready" },
  { kind: "queued" },
  { kind: "play-began", zoneId: "z1" },
  { kind: "play-began", zoneId: "z2" },
  { kind: "play-ended", zoneId: "z1", outcome: "played" },
  { kind: "play-ended", zoneId: "z2", outcome: "preempted" },
  { kind: "play-began", zoneId: "z2" },
  { kind: "play-ended", zoneId: "z2", outcome: "played" },
  { kind: "finished", state: "done" },
];

describe("an item", () => {
  test("of everyday class tells only what is missing and what failed", () => {
    const { stage, news } = run(MORNING, "routine");
    expect(stage).toEqual({ name: "done" });
    expect(news).toEqual([
      { state: "fetching", code: "chunks-missing", ranges: [[3, 5]] },
      { state: "fetching", code: "chunks-missing", ranges: [[4, 4]] },
    ]);
    expect(run([{ kind: "finished", state: "failed", code: "decode" }], "priority").news).toEqual([
      { state: "failed", code: "decode" },
    ]);
  });

  test("that is an emergency tells each step, once", () => {
    expect(run(MORNING, "emergency").news.map(({ state }) => state)).toEqual([
      "fetching",
      "fetching",
      "fetching",
      "ready",
      "queued",
      "playing",
      "preempted",
      "playing",
      "queued",
      "done",
    ]);
  });

  test("whose audio turns out damaged is fetched again", () => {
    const { stage } = run([{ kind: "audio-ready" }, { kind: "audio-lost" }], "routine");
    expect(stage).toEqual({ name: "fetching" });
  });

  test("that is over stays over", () => {
    const { stage, news } = run([{ kind: "finished", state: "expired", code: "expired" }, ...MORNING], "emergency");
    expect(stage).toEqual({ name: "expired", code: "expired" });
    expect(news).toEqual([{ state: "expired", code: "expired" }]);
    expect(isOver(stage)).toBe(true);
  });
});

test("an emergency under its tone asks for its audio without ceasing to play", () => {
  const { stage, news } = run(
    [
      { kind: "fetching" },
      { kind: "play-began", zoneId: "z1" },
      { kind: "chunks-missing", ranges: [[0, 2]] },
      { kind: "audio-ready" },
    ],
    "emergency",
  );
  expect(stage).toEqual({ name: "playing", zones: ["z1"] });
  expect(news.at(-1)).toEqual({ state: "fetching", code: "chunks-missing", ranges: [[0, 2]] });
});
