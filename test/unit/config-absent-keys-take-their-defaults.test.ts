import * as v from "valibot";
import { expect, test } from "vitest";
import { check } from "../../src/config/faults.ts";
import { profileSchema } from "../../src/config/profile.ts";
import { configSchema } from "../../src/config/schema.ts";
import { listSettings } from "../../src/config/tree.ts";
import { listValues } from "../../src/config/values.ts";

const whole = v.parse(configSchema, {});

test("an empty file gives the defaults of the contract", () => {
  expect(whole).toMatchObject({
    dataDirectory: "/var/lib/loa",
    socketPath: "/run/loa/loa.sock",
    link: { keepAliveSeconds: 60, backoffBaseSeconds: 2, backoffCeilingSeconds: 300, firstRetrySpreadSeconds: 60 },
    audio: { budgetMb: 2048 },
    heartbeat: { intervalSeconds: 60 },
    evidence: { resendSeconds: 600 },
  });
});

test("a given key leaves its neighbours at their defaults", () => {
  expect(v.parse(configSchema, { link: { keepAliveSeconds: 120 } }).link).toEqual({
    ...whole.link,
    keepAliveSeconds: 120,
  });
});

test("every default is a value that would be accepted", () => {
  expect(check(configSchema, whole)).toEqual({ kind: "good", value: whole });
});

test.each(listSettings(configSchema))("$path: its example is accepted and differs from its default", (setting) => {
  expect(setting.example).not.toEqual(setting.default);
  const [group, key] = setting.path.split(".");
  const input =
    key === undefined ? { [String(group)]: setting.example } : { [String(group)]: { [key]: setting.example } };
  expect(check(configSchema, input)).toMatchObject({ kind: "good" });
});

test.each([
  ["config", configSchema],
  ["profile", profileSchema],
] as const)("every key of the %s says what it is for", (_name, schema) => {
  for (const { path, sentence, allowed } of listSettings(schema)) {
    expect.soft(sentence, path).toMatch(/\.$/);
    expect.soft(allowed, path).not.toBe("");
  }
});

test("listing the values in force names every key once", () => {
  expect(listValues(configSchema, whole).map(({ path }) => path)).toEqual(
    listSettings(configSchema).map(({ path }) => path),
  );
});
