import fc from "fast-check";
import { expect, test } from "vitest";
import { nextWindow, toRanges } from "../../src/core/missing.ts";

const someChunks = fc.uniqueArray(fc.nat(511), { maxLength: 512 });

test("ranges are few, ascending, apart from each other, and name the lowest missing chunks and no others", () => {
  fc.assert(
    fc.property(someChunks, (missing) => {
      const ranges = toRanges(missing);
      expect(ranges.length).toBeLessThanOrEqual(64);
      for (const [index, [first, last]] of ranges.entries()) {
        expect(first).toBeLessThanOrEqual(last);
        const before = ranges[index - 1];
        if (before !== undefined) expect(first).toBeGreaterThan(before[1] + 1);
      }
      const named = ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
      const sorted = missing.toSorted((a, b) => a - b);
      expect(named).toEqual(sorted.slice(0, named.length));
      if (ranges.length < 64) expect(named).toHaveLength(missing.length);
    }),
  );
});

test("every second chunk missing is told as the first 64 ranges", () => {
  const missing = Array.from({ length: 200 }, (_, i) => 2 * i);
  expect(toRanges(missing).at(-1)).toEqual([126, 126]);
});

test("the window takes the lowest missing chunks, as many as there is room for, 60 at most", () => {
  fc.assert(
    fc.property(someChunks, fc.integer({ min: -5, max: 100 }), (missing, room) => {
      const window = nextWindow(missing, room);
      expect(window).toHaveLength(Math.max(0, Math.min(room, 60, missing.length)));
      expect(window).toEqual(missing.toSorted((a, b) => a - b).slice(0, window.length));
    }),
  );
});
