import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readStrictJson } from "../../src/wire/strict-json.ts";

const text = fc.string({ unit: "grapheme" }).map((value) => value.toWellFormed().normalize("NFC"));
const { value: strictValue } = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    text,
    fc.maxSafeInteger().map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
  ),
  value: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    tie("leaf"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  ),
}));

/** The same value, written in another of the ways JSON allows: white space, escapes. */
const spacing = fc.constantFrom("", " ", "\n", "\t ", "\r\n");
function written(value: unknown, space: string): string {
  const compact = JSON.stringify(value, null, space.replace(/[\r\n]/g, ""));
  return space + compact + space;
}

function escaped(json: string): string {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

test("what follows the rules reads as JSON.parse reads it", () => {
  fc.assert(
    fc.property(strictValue, spacing, fc.boolean(), (value, space, inAscii) => {
      const json = inAscii ? escaped(written(value, space)) : written(value, space);
      expect(readStrictJson(Buffer.from(json))).toEqual({ kind: "value", value: JSON.parse(json) });
    }),
    { numRuns: 1_000 },
  );
});

test("what is read from any bytes is what JSON.parse reads, and would be written the same again", () => {
  const nearJson = fc
    .tuple(
      strictValue,
      fc.nat(),
      fc.constantFrom('"', "{", "}", "[", "]", ",", ":", "\\", "0", "-", ".", "e", "\u0301", " "),
    )
    .map(([value, at, put]) => {
      const json = JSON.stringify(value);
      const cut = at % (json.length + 1);
      return (json.slice(0, cut) + put + json.slice(cut)).toWellFormed();
    });
  fc.assert(
    fc.property(nearJson, (json) => {
      const reading = readStrictJson(Buffer.from(json));
      if (reading.kind === "malformed") return;
      expect(reading.value).toEqual(JSON.parse(json));
      const again = readStrictJson(Buffer.from(JSON.stringify(reading.value)));
      expect(again).toEqual(reading);
    }),
    { numRuns: 3_000 },
  );
});

test("a name twice is found wherever it stands", () => {
  const names = fc.uniqueArray(text, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(names, fc.nat(), fc.nat(5), (all, pick, depth) => {
      const twice = all[pick % all.length] ?? "";
      const members = [...all, twice].map((name) => `${JSON.stringify(name)}:1`).join(",");
      const json = `${'{"a":'.repeat(depth)}{${members}}${"}".repeat(depth)}`;
      expect(readStrictJson(Buffer.from(json))).toMatchObject({ detail: expect.stringContaining("twice") });
    }),
  );
});

test("any bytes end in a value or a reason", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(["value", "malformed"]).toContain(readStrictJson(bytes).kind);
    }),
    { numRuns: 2_000 },
  );
});
