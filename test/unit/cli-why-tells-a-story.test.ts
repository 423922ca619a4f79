import { afterEach, beforeEach, expect, test } from "vitest";
import { reasonText } from "../../src/commands/reason-text.ts";
import { storyText } from "../../src/commands/why-text.ts";
import type { Play } from "../../src/domain/playout.ts";
import type { ItemStory } from "../../src/domain/story.ts";
import { stepsOf } from "../../src/pipeline/stories.ts";
import type { Decision } from "../../src/store/decisions.ts";
import { setLanguage } from "../../src/texts/say.ts";
import { NOW } from "../fakes/builders.ts";
import { machineElsewhere } from "../fakes/machine-elsewhere.ts";

beforeEach(machineElsewhere);
afterEach(() => setLanguage("en"));

const item = { issuer: "ubnd.hoa-binh", id: "01JD3W9K2M4N6P8Q0R1S2T3V4W" };

function at(seconds: number): number {
  return (NOW + seconds) * 1000;
}

function decided(seconds: number, zoneId: string, reason: string): Decision {
  return { zoneId, atMs: at(seconds), item, reason };
}

/** A bulletin whose audio came late, that an emergency cut, and that went on afterwards. Rows newest first, as the store has them. */
const decisions = [
  decided(40, "z1", "first"),
  decided(20, "z1", "cut"),
  decided(10, "z1", "first"),
  decided(0, "z1", "waits-audio"),
];
const plays: readonly Play[] = [
  {
    ...{ zoneId: "z1", occurrence: NOW, play: 1, startedAtMs: at(10), offsetMs: 0 },
    end: { outcome: "preempted", atMs: at(20), offsetMs: 10_000 },
  },
  {
    ...{ zoneId: "z1", occurrence: NOW, play: 2, startedAtMs: at(40), offsetMs: 7_000 },
    end: { outcome: "played", atMs: at(63), offsetMs: 30_000 },
  },
];
const row = { acceptedAtMs: at(0), state: "done", stateAtMs: at(63) } as const;

const story: ItemStory = {
  kind: "item",
  ...item,
  timeZone: "Asia/Ho_Chi_Minh",
  title: "Bản tin chiều",
  status: "actual",
  class: "routine",
  area: "xa-hoa-binh",
  state: "done",
  expiresAt: NOW + 3_600,
  steps: stepsOf(row, decisions, plays),
};

test("from acceptance to the end, in the order in which it happened", () => {
  expect(story.steps.map((step) => (step.kind === "decided" ? step.reason : step.kind))).toEqual([
    ...["accepted", "waits-audio", "first", "began"],
    ...["ended", "cut", "first", "began"],
    ...["ended", "state"],
  ]);
});

test("each step is one line with its time and a sentence", () => {
  const [, , , ...lines] = storyText(story, item.id).split("\n");
  expect(lines.map((line) => line.slice(0, 19))).toEqual(
    ["00", "00", "10", "10", "20", "20", "40", "40"]
      .map((seconds) => `2026-11-24 05:30:${seconds}`)
      .concat("2026-11-24 05:31:03", "2026-11-24 05:31:03"),
  );
  expect(lines.map((line) => line.slice(21))).toEqual([
    "all It was accepted: signature, right and target were checked.",
    "z1  It waits: its audio has not arrived whole yet.",
    "z1  It may speak: nothing else here comes before it.",
    "z1  It went on air (play 1).",
    "z1  It was cut at 0:10 by something more urgent.",
    "z1  It was cut by something more urgent.",
    "z1  It may speak: nothing else here comes before it.",
    "z1  It went on air again from 0:07 on (play 2).",
    "z1  It was heard to its end.",
    "all It is now: done.",
  ]);
});

test("the same in Vietnamese", () => {
  setLanguage("vi");
  const text = storyText(story, item.id);
  expect(text).toContain("Bản tin chiều (thông thường), cho xa-hoa-binh, của ubnd.hoa-binh");
  expect(text).toContain("Bị bản tin khẩn hơn ngắt ở 0:10.");
  expect(text).toContain("Hiện nay: đã phát xong.");
});

test("a reason of a newer agent is shown as it is", () => {
  expect(reasonText("zone-out")).toMatch(/sound card/);
  expect(reasonText("moon-is-full")).toBe("moon-is-full");
  expect(reasonText("toString")).toBe("toString");
});
