import { join } from "node:path";
import { expect, test } from "vitest";
import { check } from "../../src/config/faults.ts";
import { loadProfile, profileNames, resolveProfile } from "../../src/config/load.ts";
import { profileSchema, zoneSinks } from "../../src/config/profile.ts";

const profile = {
  name: "box",
  hardware: "a box",
  description: "for tests",
  zones: [
    { id: "z1", device: "one" },
    { id: "z2", device: "two" },
  ],
};

function faults(changes: Record<string, unknown>): readonly string[] {
  const outcome = check(profileSchema, { ...profile, ...changes });
  return outcome.kind === "faulty" ? outcome.faults : [];
}

test.each(profileNames())("the shipped profile %s is valid and bears its file's name", (name) => {
  expect(loadProfile(name).name).toBe(name);
});

test("the virtual profile is one zone on the bench's device", () => {
  expect(zoneSinks(loadProfile("virtual"))).toEqual([
    { zoneId: "z1", device: "speaker1", rateHz: 48_000, channels: 1, bufferMs: 100, periodMs: 20, leadInMs: 0 },
  ]);
});

test("a name stands for a shipped file, a path for itself", () => {
  expect(resolveProfile("virtual")).toBe(join(import.meta.dirname, "../../firmware-profiles/virtual.json"));
  expect(resolveProfile("./virtual")).toBe("./virtual");
  expect(resolveProfile("mine.json")).toBe("mine.json");
});

test.each(["virtal", "schema", "../virtual"])("%s is no profile", (name) => {
  expect(() => loadProfile(name)).toThrow(/there is no profile .* there are: .*virtual|can't be read/);
});

test("missing keys are named with what they want", () => {
  const outcome = check(profileSchema, {});
  expect(outcome).toEqual({
    kind: "faulty",
    faults: [
      "name: missing; allowed: small letters, digits and hyphens, at most 64",
      "hardware: missing; allowed: text of 1 to 120 characters",
      "description: missing; allowed: text of 1 to 500 characters",
      "zones: missing; allowed: a list of 1 to 16 zones",
    ],
  });
});

test("unknown keys of every zone are told", () => {
  const zones = [
    { id: "z1", device: "one", rateHertz: 1 },
    { id: "z2", device: "two", mixer: 1 },
  ];
  expect(faults({ zones })).toEqual([
    "zones[0].rateHertz: unknown key; did you mean rateHz?",
    expect.stringMatching(/^zones\[1\]\.mixer: unknown key; known here: id, device/),
  ]);
});

test.each([
  ["no zone", []],
  ["seventeen zones", Array.from({ length: 17 }, (_, index) => ({ id: "z1", device: `d${index}` }))],
])("%s is refused", (_story, zones) => {
  expect(faults({ zones }).join()).toContain("allowed: a list of 1 to 16 zones");
});

test.each([
  ["id", [profile.zones[0], { id: "z1", device: "other" }]],
  ["device", [profile.zones[0], { id: "z2", device: "one" }]],
])("two zones with the same %s are refused", (_key, zones) => {
  expect(faults({ zones })).toEqual([expect.stringMatching(/^zones: .*zones that differ in id and in device$/)]);
});

test("a period over half the buffer is refused", () => {
  expect(faults({ zones: [{ id: "z1", device: "one", bufferMs: 30, periodMs: 20 }] })).toEqual([
    "zones[0].periodMs: found 20; allowed: at most half of bufferMs",
  ]);
});
