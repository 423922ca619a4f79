import { expect, test } from "vitest";
import { durationSeconds, listOf, severityFor, wholeNumber } from "../../src/commands/desk-options.ts";
import { timeZoneName } from "../../src/commands/desk-root.ts";
import { parseBrokerAddress } from "../../src/desk/broker-folder.ts";
import { areaId, gatewayId, gatewayIdFrom, issuerName, zoneId, zoneTag } from "../../src/desk/names.ts";
import { isAgentFailure } from "../../src/domain/failure.ts";

/** Each refusal is a usage failure with advice, never a crash. */
function refused(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (error) {
    return isAgentFailure(error) && error.code === "usage" && error.hint !== "";
  }
}

test.each(["ubnd.hoa-binh", "a", "9.9"])("%s is an issuer", (name) => expect(issuerName(name)).toBe(name));
test.each(["", "root", "..", ".a", "-a", "a/b", "A", "a".repeat(65), "a\n"])(
  "%j is none: it becomes a folder's name",
  (name) => {
    expect(refused(() => issuerName(name))).toBe(true);
  },
);

test.each(["+", "#", "a/b", "", "xã", "A"])("area and tag %j would change a topic's meaning", (text) => {
  expect(refused(() => areaId(text))).toBe(true);
  expect(refused(() => zoneTag(text))).toBe(true);
});

test.each(["z0", "z17", "z01", "Z1", "1"])("%s is no zone", (text) => expect(refused(() => zoneId(text))).toBe(true));

test.each(["Asia/Ho_Chi_Minh", "Asia/Bangkok", "UTC"])("%s is a time zone", (text) => {
  expect(timeZoneName(text)).toBe(text);
});
test.each(["Asia/Hanoi", "+07:00", "GMT+7", ""])("%j is none: every box would be placed by it", (text) => {
  expect(refused(() => timeZoneName(text))).toBe(true);
});

test("an id drawn by chance is one that gateways take", () => {
  const id = gatewayIdFrom(Uint8Array.from({ length: 12 }, (_, index) => 255 - index * 17));
  expect(gatewayId(id)).toBe(id);
});

test.each([
  ["mqtts://127.0.0.1:18883", "127.0.0.1", 18_883],
  ["mqtts://broker.example.org", "broker.example.org", 8_883],
  ["mqtts://[::1]:9000", "::1", 9_000],
])("%s is a broker", (url, host, port) => expect(parseBrokerAddress(url)).toEqual({ host, port }));

test.each([
  "mqtt://127.0.0.1:1883",
  "broker.example.org:8883",
  "mqtts://user:secret@broker.example.org",
  "mqtts://broker.example.org/path",
  "mqtts://a,DNS:evil.example.org",
  "mqtts://bro_ker\nx",
  "mqtts://",
])("%j is none: it becomes part of a certificate", (url) => expect(refused(() => parseBrokerAddress(url))).toBe(true));

test.each([
  ["90s", 90],
  ["90m", 5_400],
  ["2h", 7_200],
  ["7d", 604_800],
])("%s lasts %i s", (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds);
});
test.each(["0h", "2", "h", "1.5h", "-1h", "1w", "1000000h"])("%s is no duration", (text) => {
  expect(refused(() => durationSeconds(text))).toBe(true);
});

test("an emergency has a severity that somebody chose, and nothing else has one", () => {
  expect(severityFor("emergency", 2)).toBe(2);
  expect(severityFor("routine", undefined)).toBe(0);
  expect(refused(() => severityFor("emergency", undefined))).toBe(true);
  expect(refused(() => severityFor("priority", 1))).toBe(true);
});

test("numbers keep their range and lists lose their doubles", () => {
  expect(wholeNumber("--days", 1, 10)("10")).toBe(10);
  for (const text of ["0", "11", "1e1", " 1", "", "x"])
    expect(refused(() => wholeNumber("--days", 1, 10)(text))).toBe(true);
  expect(listOf(areaId)("a, b,a")).toEqual(["a", "b"]);
});
