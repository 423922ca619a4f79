import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isUnplugged, pauseAfterMs } from "../../src/sound/card-watch.ts";

const MINUTE_MS = 60_000;

let cards: string;

beforeEach(() => {
  cards = mkdtempSync(path.join(tmpdir(), "loa-cards-"));
  mkdirSync(path.join(cards, "loaz1"));
});

afterEach(() => rmSync(cards, { recursive: true }));

test("a card that just went is looked for twice a second, one that has been away for long every few seconds", () => {
  expect([0, MINUTE_MS, 9 * MINUTE_MS].map(pauseAfterMs)).toEqual([500, 500, 500]);
  expect([10 * MINUTE_MS, 600 * MINUTE_MS].map(pauseAfterMs)).toEqual([5_000, 5_000]);
});

test("only a card that the kernel would list and doesn't is known to be unplugged", () => {
  expect(isUnplugged("plughw:CARD=loaz1,DEV=0", cards)).toBe(false);
  expect(isUnplugged("plughw:CARD=loaz2,DEV=0", cards)).toBe(true);
  expect(isUnplugged("speaker1", cards)).toBe(false);
  expect(isUnplugged("plughw:CARD=loaz2,DEV=0", path.join(cards, "no-list"))).toBe(false);
});
