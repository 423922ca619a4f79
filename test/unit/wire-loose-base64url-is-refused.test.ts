import { expect, test } from "vitest";
import { decodeBase64url, encodeBase64url } from "../../src/wire/base64url.ts";

test.each([
  ["padding", "QQ=="],
  ["the other alphabet", "+/+/"],
  ["bits left over", "QR"],
  ["one character too many", "QUJDR"],
  ["white space", "QUJD QUJD"],
  ["a line end", "QUJD\n"],
  ["a foreign character", "QUJD!"],
  ["a full-width letter", "QUJDＡ"],
])("%s", (_, text) => {
  expect(decodeBase64url(text)).toBeUndefined();
});

test.each(["", "QQ", "QUI", "QUJD", "-_-_"])("%j is exact", (text) => {
  const bytes = decodeBase64url(text);
  expect(bytes && encodeBase64url(bytes)).toBe(text);
});

test("a part of a larger buffer is encoded as that part alone", () => {
  expect(encodeBase64url(Uint8Array.of(1, 65, 66, 67, 2).subarray(1, 4))).toBe("QUJD");
});
