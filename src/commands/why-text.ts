import type { ItemStory, Story, StoryStep, ZoneStory } from "../domain/story.ts";
import { say, word } from "../texts/say.ts";
import { titled } from "../texts/titled.ts";
import { coloured } from "./colour.ts";
import { clocksOf, instantText, minutesText } from "./moments.ts";
import { reasonText, shortId } from "./reason-text.ts";

/** A story in sentences, one line a step. */
export function storyText(story: Exclude<Story, { kind: "unknown" }>, about: string): string {
  switch (story.kind) {
    case "item":
      return itemText(story);
    case "zone":
      return zoneText(story);
    case "refused":
      return story.refusals
        .map(({ id, issuer, code }) => say("why.refused", { id, issuer, code: word("code", code) }))
        .join("\n");
    case "ambiguous":
      return [
        say("why.ambiguous", { about }),
        ...story.items.map((item) => say("why.ambiguousItem", { id: item.id, title: titled(item) })),
      ].join("\n");
    default:
      return story satisfies never;
  }
}

function itemText(story: ItemStory): string {
  const { class: named, area, issuer, id, state, expiresAt, steps, ...name } = story;
  const { timeZone, notice } = clocksOf(story.timeZone);
  const until = instantText(expiresAt * 1000, timeZone);
  const values = {
    title: titled(name),
    class: word("class", named),
    area,
    issuer,
    id,
    state: word("state", state),
    until,
  };
  const lines = steps.map((step) => {
    const zoneId = "zoneId" in step && step.zoneId !== "" ? step.zoneId : say("why.allZones");
    return say("why.step", { at: instantText(step.atMs, timeZone), zone: zoneId.padEnd(3), sentence: stepText(step) });
  });
  return [coloured("bold", say("why.item", values)), "", ...lines, ...notice].join("\n");
}

function zoneText({ zoneId, timeZone: placed, steps }: ZoneStory): string {
  if (steps.length === 0) return say("why.zoneNothing", { zone: zoneId });
  const { timeZone, notice } = clocksOf(placed);
  const lines = steps.map((step) => {
    const { id, atMs } = step;
    return say("why.zoneStep", {
      at: instantText(atMs, timeZone),
      title: titled(step),
      id: shortId(id),
      sentence: stepText(step),
    });
  });
  return [coloured("bold", say("why.zone", { zone: zoneId })), ...lines, ...notice].join("\n");
}

function stepText(step: StoryStep): string {
  switch (step.kind) {
    case "accepted":
      return say("why.accepted");
    case "decided":
      return reasonText(step.reason);
    case "began":
      return step.offsetMs === 0
        ? say("why.began", { play: step.play })
        : say("why.resumed", { play: step.play, offset: minutesText(step.offsetMs) });
    case "ended":
      if (step.code === "halted") return say("why.ended.halted", { offset: minutesText(step.offsetMs) });
      return say(`why.ended.${step.outcome}`, {
        offset: minutesText(step.offsetMs),
        code: word("code", step.code ?? ""),
      });
    case "state": {
      const state = word("state", step.state);
      return step.code === undefined
        ? say("why.state", { state })
        : say("why.stateAndCode", { state, code: word("code", step.code) });
    }
    default:
      return step satisfies never;
  }
}
