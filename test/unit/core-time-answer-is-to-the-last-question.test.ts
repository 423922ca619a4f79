import { expect, test } from "vitest";
import { ANSWERED_WITHIN_MS, pauseBeforeAskingMs, readAnswer } from "../../src/core/time-answer.ts";

const QUESTION = { nonce: "A".repeat(22), askedAtMs: 1_000 };
const answer = (nonce = QUESTION.nonce) => ({ nonce, nowMs: 5_000_000 });

test("half of the round trip passed since it was said, and half of it is the error", () => {
  expect(readAnswer(QUESTION, answer(), 1_301)).toEqual({ kind: "time", nowMs: 5_000_151, errorMs: 151 });
});

test("an answer to another question, to none, or one that was kept back says nothing", () => {
  const ignored = (reason: string) => ({ kind: "ignored", reason });
  expect(readAnswer(undefined, answer(), 1_001)).toEqual(ignored("not-asked"));
  expect(readAnswer(QUESTION, answer("B".repeat(22)), 1_001)).toEqual(ignored("not-asked"));
  expect(readAnswer(QUESTION, answer(), 1_000 + ANSWERED_WITHIN_MS).kind).toBe("time");
  expect(readAnswer(QUESTION, answer(), 1_001 + ANSWERED_WITHIN_MS)).toEqual(ignored("late"));
});

test("the pauses between questions double to ten minutes, a quarter more or less, and leave an answer its time", () => {
  expect([1, 2, 3, 7, 100].map((asked) => pauseBeforeAskingMs(asked, 0.5))).toEqual([15e3, 30e3, 60e3, 600e3, 600e3]);
  expect(pauseBeforeAskingMs(1, 0)).toBeGreaterThan(ANSWERED_WITHIN_MS);
});
