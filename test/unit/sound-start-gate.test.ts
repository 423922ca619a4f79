import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StartGates } from "../../src/sound/start-gate.ts";

let gone: string[];
let gates: StartGates;

beforeEach(() => {
  vi.useFakeTimers();
  gone = [];
  gates = new StartGates();
});

afterEach(() => vi.useRealTimers());

function arrive(id: number, name: string, size = 3): void {
  gates.of({ id, size }, true).arrive(() => gone.push(name));
}

test("nobody goes before all are there, and then all go at once", () => {
  arrive(1, "a");
  arrive(1, "b");
  expect(gone).toEqual([]);
  arrive(1, "c");
  expect(gone).toEqual(["a", "b", "c"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("where nothing is urgent, they go when it has been calm for 30 ms", () => {
  const gate = gates.of({ id: 1, size: 3 }, false);
  arrive(1, "a");
  arrive(1, "b");
  vi.advanceTimersByTime(100);
  gate.withdraw();
  vi.advanceTimersByTime(29);
  expect(gone).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(gone).toEqual(["a", "b"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("groups do not wait for each other", () => {
  arrive(1, "a");
  arrive(2, "b", 1);
  expect(gone).toEqual(["b"]);
});

test("one that will not come is not waited for", () => {
  const gate = gates.of({ id: 1, size: 3 }, true);
  arrive(1, "a");
  gate.withdraw();
  arrive(1, "b");
  expect(gone).toEqual(["a", "b"]);
});

test("one that is 150 ms late holds nobody, and goes when it comes", () => {
  const gate = gates.of({ id: 1, size: 3 }, true);
  arrive(1, "a");
  vi.advanceTimersByTime(100);
  arrive(1, "b");
  vi.advanceTimersByTime(149);
  expect(gone).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(gone).toEqual(["a", "b"]);
  gate.arrive(() => gone.push("late"));
  expect(gone).toEqual(["a", "b", "late"]);
});
