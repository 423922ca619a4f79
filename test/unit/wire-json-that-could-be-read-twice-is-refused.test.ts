import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { readStrictJson } from "../../src/wire/strict-json.ts";

function read(text: string) {
  return readStrictJson(Buffer.from(text));
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("JSON that two parsers could read differently is refused", () => {
  test.each([
    ["a name twice", '{"a":1,"a":1}', "twice"],
    ["a name twice, once escaped", '{"a":1,"\\u0061":2}', "twice"],
    ["a name twice, deep inside", '[{"x":{"b":1,"c":2,"b" : 3}}]', "twice"],
    ["__proto__ twice", '{"__proto__":1,"__proto__":2}', "twice"],
    ["the empty name twice", '{"":1,"":2}', "twice"],
    ["seven levels", nested(7), "deeper"],
    ["a million levels", nested(1_000_000), "deeper"],
    ["a fraction", "1.5", "safe integer"],
    ["an integer written as a fraction", '{"a":1.0}', "safe integer"],
    ["an exponent", "1e3", "safe integer"],
    ["minus zero", "-0", "safe integer"],
    ["beyond the safe integers", "9007199254740992", "safe integer"],
    ["below the safe integers", "-9007199254740992", "safe integer"],
    ["a very long number", "9".repeat(400), "safe integer"],
    ["a leading zero", "01", "safe integer"],
    ["text in form NFD", '"Tie\u0302\u0301ng"', "NFC"],
    ["escaped text in form NFD", '"e\\u0301"', "NFC"],
    ["a name in form NFD", '{"e\u0301":1}', "NFC"],
    ["31 combining marks in a row", `"a${"\u0316".repeat(31)}"`, "combining"],
    ["a lone surrogate", '"\\ud800"', "surrogate"],
    ["a lone low surrogate in a name", '{"\\udc00":1}', "surrogate"],
    ["a byte order mark", "\ufeff{}", "not JSON"],
    ["nothing", "", "not JSON"],
    ["white space", "  \n", "not JSON"],
    ["two values", "{} {}", "not JSON"],
    ["a trailing comma", "[1,]", "not JSON"],
    ["a comment", "{}//", "not JSON"],
    ["a bare word", "{a:1}", "not JSON"],
    ["NaN", "NaN", "not JSON"],
    ["an open string", '"abc', "not JSON"],
    ["an open string that ends in a backslash", '"abc\\', "not JSON"],
    ["an escape that is none", '"\\x41"', "not JSON"],
    ["a raw control character", '"a\u0001"', "not JSON"],
    ["a plus sign", "+1", "not JSON"],
    ["a minus sign alone", "-", "safe integer"],
  ])("%s", (_, text, detail) => {
    expect(read(text)).toMatchObject({ kind: "malformed", detail: expect.stringContaining(detail) });
  });

  test.each([
    ["a broken sequence", [0x22, 0xc3, 0x22]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])("invalid UTF-8: %s", (_, bytes) => {
    expect(readStrictJson(Uint8Array.from(bytes))).toEqual({ kind: "malformed", detail: "not UTF-8" });
  });

  test.each([
    ["six levels", nested(6)],
    ["six levels of objects", '{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}'],
    ["the same name in two objects", '[{"a":1},{"a":2}]'],
    ["a value like a name", '{"a":"a","b":["a","a"]}'],
    ["the largest integers", "[9007199254740991,-9007199254740991,0]"],
    ["Vietnamese in form NFC", '"Thông báo: mưa lũ, sạt lở"'],
    ["30 combining marks in a row", `"a${"\u0316".repeat(30)}"`],
    ["a pair of escaped surrogates", '"\\ud83d\\udce2"'],
    ["brackets and quotes in text", '{"a":"}]\\"{[","b":"\\\\"}'],
    ["white space of all four kinds", ' {\t"a" \r\n: 1 } '],
    ["literals", "[true,false,null]"],
  ])("but not %s", (_, text) => {
    expect(read(text)).toEqual({ kind: "value", value: JSON.parse(text) });
  });

  test("a name too long for a log is cut in the detail", () => {
    const name = "x".repeat(10_000);
    const reading = read(`{"${name}":1,"${name}":2}`);
    expect(reading.kind === "malformed" && reading.detail.length).toBeLessThan(80);
  });
});
