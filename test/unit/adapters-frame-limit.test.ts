import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameLimit } from "../../src/adapters/frame-limit.ts";

const LIMIT = 1_000;

function packet(bodyBytes: number): Buffer {
  const length: number[] = [];
  let rest = bodyBytes;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bodyBytes, 0xff)]);
}

/** The stream cut at any places, as TCP does. */
function accepts(stream: Buffer, cuts: readonly number[]): boolean {
  const limit = new FrameLimit(LIMIT);
  const edges = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return edges.slice(1).every((end, index) => limit.accepts(stream.subarray(edges[index], end)));
}

describe("the limit on packets", () => {
  test("lets every stream of packets within it pass, wherever it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(LIMIT), { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 20 }), (sizes, cuts) => {
        expect(accepts(Buffer.concat(sizes.map(packet)), cuts)).toBe(true);
      }),
    );
  });

  test("stops at the header of one above it, wherever it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(LIMIT), { maxLength: 5 }),
        fc.integer({ min: LIMIT + 1, max: 268_435_455 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (sizes, over, cuts) => {
          const header = packet(over % 200_000 > LIMIT ? over % 200_000 : LIMIT + 1).subarray(0, 5);
          expect(accepts(Buffer.concat([...sizes.map(packet), header]), cuts)).toBe(false);
        },
      ),
    );
  });

  test("does not follow a length without an end", () => {
    expect(accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x00]), [])).toBe(false);
  });
});
