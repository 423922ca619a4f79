import { expect, test } from "vitest";
import { Memory } from "../../src/domain/memory.ts";

test("holds no more than its limit, and what was asked for last stays", () => {
  const memory = new Memory<number>(2);
  memory.set("first", 1);
  memory.set("second", 2);
  expect(memory.get("first")).toBe(1);
  memory.set("third", 3);
  expect(["first", "second", "third"].map((name) => memory.get(name))).toEqual([1, undefined, 3]);
});

test("an answer given again takes no second place", () => {
  const memory = new Memory<number>(2);
  memory.set("first", 1);
  memory.set("second", 2);
  memory.set("second", 2);
  expect(memory.get("first")).toBe(1);
});
