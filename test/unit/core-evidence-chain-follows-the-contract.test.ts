import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { chainNext, chainStart, encodeLine, foldLines } from "../../src/core/evidence.ts";
import type { EvidenceLine } from "../../src/domain/report.ts";

const EPOCH = "01KARW00000000000000000001";
const GATEWAY = "0ab1cd2ef3gh";

/** The contract's own words, byte by byte. */
function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  return createHash("sha256")
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest();
}

describe("the evidence chain", () => {
  test("starts from gateway and epoch", () => {
    expect(Buffer.from(chainStart(GATEWAY, EPOCH))).toEqual(
      sha256("loa1.evidence|0ab1cd2ef3gh|01KARW00000000000000000001"),
    );
  });

  test("goes on over 0x01, the digest before and the digest of the line", () => {
    const previous = chainStart(GATEWAY, EPOCH);
    const line = '{"q":1,"title":"Lũ quét"}';
    expect(Buffer.from(chainNext(previous, line))).toEqual(sha256(Uint8Array.of(1), previous, sha256(line)));
  });

  test("folds lines in order; another order, or one line less, is another head", () => {
    const start = chainStart(GATEWAY, EPOCH);
    const head = foldLines(start, ["a", "b"]);
    expect(head).toEqual(chainNext(chainNext(start, "a"), "b"));
    expect(foldLines(start, ["b", "a"])).not.toEqual(head);
    expect(foldLines(start, ["ab"])).not.toEqual(head);
    expect(foldLines(start, [])).toEqual(start);
  });
});

describe("a line", () => {
  const line: EvidenceLine = {
    monotonicMs: 5,
    boot: "boot-1",
    clock: "sync",
    kind: "played",
    q: 7,
    framesExact: true,
    framesPlayed: 960_000,
    zone: "z1",
    itemId: undefined,
  };

  test("has one text, whatever the order in which it was made; what is absent is left out", () => {
    const text =
      '{"q":7,"kind":"played","zone":"z1","clock":"sync","framesPlayed":960000,"framesExact":true,"boot":"boot-1","monotonicMs":5}';
    expect(encodeLine(line)).toBe(text);
    expect(encodeLine(Object.fromEntries(Object.entries(line).toReversed()) as unknown as EvidenceLine)).toBe(text);
  });

  test("loses no member and holds no line end", () => {
    const full = {
      ...line,
      itemId: "01KARW00000000000000000002",
      outcome: "a\nb",
      count: 3,
      payloadHash: "x",
      area: "commune-1",
    };
    expect(encodeLine(full)).not.toContain("\n");
    expect(JSON.parse(encodeLine(full))).toEqual(full);
  });
});
