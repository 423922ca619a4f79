import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Forks, type Hearable } from "../../src/sound/forks.ts";
import { monotonicMs } from "../../src/sound/monotonic.ts";

const FORK_MS = 60;
const OUTSTANDING_MS = 200;
/** With less its device holds all there is. */
const PLENTY_MS = 120;

let forked: string[];

beforeEach(() => {
  vi.useFakeTimers();
  forked = [];
});

afterEach(() => void vi.useRealTimers());

/** A zone that sounds, and the least that its sink ever held. */
class Sounding implements Hearable {
  readonly isHeard = true;
  leastMs = OUTSTANDING_MS;
  #lastsUntilMs: number;

  constructor(outstandingMs = OUTSTANDING_MS) {
    this.#lastsUntilMs = monotonicMs() + outstandingMs;
  }

  replenish(nowMs: number): boolean {
    const outstandingMs = this.#lastsUntilMs - nowMs;
    this.leastMs = Math.min(this.leastMs, outstandingMs);
    this.#lastsUntilMs = nowMs + OUTSTANDING_MS;
    return outstandingMs > PLENTY_MS;
  }
}

/** The thread stands still meanwhile: no timer runs. */
function fork(name: string): void {
  forked.push(name);
  vi.advanceTimersByTime(FORK_MS);
}

test("where nothing sounds a child is made at once", () => {
  const forks = new Forks(() => []);
  for (const name of ["a", "b"]) forks.soon(() => fork(name));
  expect(forked).toEqual(["a", "b"]);
});

test("while sixteen zones sound, 32 forks come one after the other, and no sink holds less than one fork takes", () => {
  const zones = Array.from({ length: 16 }, () => new Sounding());
  const forks = new Forks(() => zones);
  const names = Array.from({ length: 32 }, (_, n) => String(n));
  for (const name of names) forks.soon(() => fork(name));
  expect(forked).toEqual([]);
  vi.advanceTimersByTime(32 * (FORK_MS + 10));
  expect(forked).toEqual(names);
  expect(Math.min(...zones.map(({ leastMs }) => leastMs))).toBeGreaterThan(OUTSTANDING_MS - FORK_MS - 20);
  expect(vi.getTimerCount()).toBe(0);
});

test("who has run low is filled up first, and a turn is waited", () => {
  const low = new Sounding(50);
  const forks = new Forks(() => [low]);
  forks.soon(() => fork("a"));
  vi.advanceTimersByTime(10);
  expect(forked).toEqual([]);
  vi.advanceTimersByTime(10);
  expect(forked).toEqual(["a"]);
});

test("who never has plenty holds a child up for half a second only", () => {
  const forks = new Forks(() => [{ isHeard: true, replenish: () => false }]);
  forks.soon(() => fork("a"));
  vi.advanceTimersByTime(490);
  expect(forked).toEqual([]);
  vi.advanceTimersByTime(30);
  expect(forked).toEqual(["a"]);
});

test("what is to be heard at once is not waited with, but what sounds is filled up before", () => {
  const low = new Sounding(50);
  const forks = new Forks(() => [low]);
  vi.advanceTimersByTime(30);
  expect(forks.now(() => "made")).toBe("made");
  expect(low.leastMs).toBe(20);
  expect(low.replenish(monotonicMs())).toBe(true);
});
