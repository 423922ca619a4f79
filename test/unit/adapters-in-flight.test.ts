import fc from "fast-check";
import { expect, test } from "vitest";
import { InFlight } from "../../src/adapters/in-flight.ts";

test("never more than the limit at a time, everybody in order, nobody forgotten", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.array(fc.boolean(), { maxLength: 200 }), (limit, story) => {
      const inFlight = new InFlight(limit);
      const begun: number[] = [];
      let asked = 0;
      let released = 0;
      const release = (): void => {
        if (released === begun.length) return;
        released += 1;
        inFlight.release();
      };
      for (const asks of story) {
        const turn = asked;
        if (asks) inFlight.take(() => begun.push(turn));
        if (asks) asked += 1;
        else release();
        expect(begun.length - released).toBe(Math.min(limit, asked - released));
      }
      while (released < asked) release();
      expect(begun).toEqual(Array.from({ length: asked }, (_, turn) => turn));
    }),
  );
});
