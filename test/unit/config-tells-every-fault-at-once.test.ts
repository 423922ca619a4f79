import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { AgentFailure } from "../../src/domain/failure.ts";

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "loa-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "config.json");
  writeFileSync(file, text);
  return file;
}

function failureOf(text: string): AgentFailure {
  try {
    loadConfig(fileWith(text));
  } catch (error) {
    if (error instanceof AgentFailure) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

test("five faults are all told, each with its place, what was found and what is allowed", () => {
  const failure = failureOf(
    JSON.stringify({
      dataDirectory: "data",
      link: { keepAliveSeconds: 5, keepaliveSeconds: 60 },
      clock: { source: "ntp" },
      colour: "blue",
    }),
  );
  expect(failure.code).toBe("config-invalid");
  const [heading, ...faults] = failure.message.split("\n");
  expect(heading).toMatch(/faults in .*config\.json: 5/);
  expect(faults.map((line) => line.trim()).toSorted()).toEqual([
    'clock.source: found "ntp"; allowed: one of timesyncd, chrony, assumed',
    expect.stringMatching(/^colour: unknown key; known here: .*dataDirectory, socketPath, clock, link/),
    'dataDirectory: found "data"; allowed: an absolute path',
    "link.keepAliveSeconds: found 5; allowed: a whole number from 10 to 600",
    "link.keepaliveSeconds: unknown key; did you mean keepAliveSeconds?",
  ]);
  expect(failure.hint).toContain("loa config check");
});

test("a key that breaks several rules is one fault", () => {
  expect(failureOf('{"link": {"keepAliveSeconds": 0.5}}').message.split("\n")).toHaveLength(2);
});

test("a value where a group belongs is a fault, and the group's keys are named", () => {
  expect(failureOf('{"audio": 3}').message).toContain("audio: found 3; allowed: a group of keys: budgetMb");
});

test.each(["[]", "null", '"text"', "3"])("a file that is %s and no group is refused", (text) => {
  expect(failureOf(text).message).toContain(`the file: found ${text}`);
});

test("a list where a group belongs is refused, also an empty one", () => {
  expect(failureOf('{"link": []}').message).toContain("link: found []");
});

test("a long value is shown shortened", () => {
  expect(failureOf(JSON.stringify({ log: { level: "x".repeat(5000) } })).message.length).toBeLessThan(400);
});

test("what isn't JSON tells where", () => {
  const failure = failureOf('{"link": {,}}');
  expect(failure.code).toBe("config-invalid");
  expect(failure.message).toMatch(/is not JSON: .*position 10/);
});

test("a named file that isn't there is a failure, with the path", () => {
  expect(() => loadConfig("/nowhere/config.json")).toThrow(/\/nowhere\/config\.json can't be read/);
});
