import { expect, test } from "vitest";
import { MissingChunks } from "../../src/desk/missing-chunks.ts";
import { RefusalTally } from "../../src/desk/refusal-tally.ts";

test("chunks that many gateways miss go out once", () => {
  const missing = new MissingChunks();
  expect(
    missing.due(
      "hash-a",
      [
        [0, 2],
        [5, 5],
      ],
      1_000,
    ),
  ).toEqual([0, 1, 2, 5]);
  expect(missing.due("hash-a", [[0, 6]], 1_500)).toEqual([3, 4, 6]);
  expect(missing.due("hash-a", [[0, 6]], 2_000)).toEqual([]);
});

test("one file's chunks do not stand for another's", () => {
  const missing = new MissingChunks();
  missing.due("hash-a", [[0, 9]], 1_000);
  expect(missing.due("hash-b", [[0, 1]], 1_000)).toEqual([0, 1]);
});

test("a gateway that asks again after its half minute is answered again", () => {
  const missing = new MissingChunks();
  missing.due("hash-a", [[0, 1]], 1_000);
  expect(missing.due("hash-a", [[0, 1]], 20_999)).toEqual([]);
  expect(missing.due("hash-a", [[0, 1]], 31_000)).toEqual([0, 1]);
});

test("a flood of refused messages is one line in ten seconds, with its number", () => {
  const tally = new RefusalTally();
  expect(tally.count("signature", 0)).toBe(1);
  for (let n = 1; n <= 50; n += 1) expect(tally.count("signature", n)).toBe(0);
  expect(tally.count("schema", 60)).toBe(1);
  expect(tally.count("signature", 10_000)).toBe(51);
});
