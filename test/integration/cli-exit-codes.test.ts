import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT_CODES, exitCodeTable } from "../../src/commands/exit-codes.ts";
import { loa } from "./support/cli.ts";

let folder: string;
let faulty: string;
let unreachable: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loa-cli-"));
  faulty = join(folder, "faulty.json");
  unreachable = join(folder, "unreachable.json");
  writeFileSync(faulty, '{"link": {"keepAliveSeconds": 1}, "fetch": {"windowChunks": 99}}');
  writeFileSync(unreachable, JSON.stringify({ dataDirectory: folder, socketPath: join(folder, "nobody.sock") }));
});

afterAll(() => rmSync(folder, { recursive: true }));

test("every failure has a number, and the help says what it means", async () => {
  const { code, stdout, stderr } = await loa("--help");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(exitCodeTable());
  for (const number of Object.values(EXIT_CODES)) expect(exitCodeTable()).toMatch(new RegExp(`^  ${number}  `, "m"));
  for (const command of ["run", "status", "config", "desk"]) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
});

test("the version is package.json's", async () => {
  expect(await loa("--version")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

describe("wrong use ends with 2 and says how to go on", () => {
  test.each([
    ["no command", [], "a command is missing"],
    ["no command below config", ["config"], "a command is missing"],
    ["a misspelt command", ["statsu"], "Did you mean status?"],
    ["a misspelt option", ["config", "check", "--confg", "x"], "Did you mean --config?"],
    ["an option without its value", ["config", "check", "--config"], "argument missing"],
    ["an argument too many", ["config", "check", "extra"], "too many arguments"],
  ])("%s", async (_story, args, message) => {
    const { code, stdout, stderr } = await loa(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^next: .*--help/m);
  });
});

test("faults of settings and of the profile are told together, with 3", async () => {
  const profile = join(folder, "profile.json");
  writeFileSync(
    profile,
    '{"name": "box", "hardware": "a", "description": "b", "zones": [{"id": "z1", "device": "hw:0"}]}',
  );
  const { code, stderr } = await loa("config", "check", "--config", faulty, "--profile", profile);
  expect(code).toBe(3);
  expect(stderr).toContain("link.keepAliveSeconds: found 1");
  expect(stderr).toContain("fetch.windowChunks: found 99");
  expect(stderr).toContain('zones[0].device: found "hw:0"');
});

test("good files end with 0 and are named", async () => {
  const { code, stdout } = await loa("config", "check", "--config", unreachable, "--profile", "virtual");
  expect(code).toBe(0);
  expect(stdout).toMatch(/unreachable\.json: good\n.*virtual\.json: good\n/);
});

test("an agent that isn't there ends with 4", async () => {
  const { code, stderr } = await loa("status", "--config", unreachable);
  expect(code).toBe(4);
  expect(stderr).toContain("nobody.sock");
});

describe("with --json there is one document on standard output and nothing beside it", () => {
  test.each([
    ["wrong use", 2, "usage", () => ["--json", "statsu"]],
    ["no command", 2, "usage", () => ["config", "--json"]],
    ["faulty settings", 3, "config-invalid", () => ["config", "check", "--config", faulty, "--json"]],
    ["an unknown profile", 3, "profile-invalid", () => ["--json", "config", "show", "--profile", "mine"]],
    ["no agent", 4, "agent-unreachable", () => ["status", "--config", unreachable, "--json"]],
  ])("%s", async (_story, expectedCode, failureCode, args) => {
    const { code, stdout, stderr } = await loa(...args());
    expect({ code, stderr }).toEqual({ code: expectedCode, stderr: "" });
    const { error } = JSON.parse(stdout);
    expect(error).toEqual({ code: failureCode, message: expect.any(String), hint: expect.any(String) });
  });

  test("settings in force", async () => {
    const { stdout } = await loa("config", "show", "--config", unreachable, "--profile", "virtual", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      config: { dataDirectory: folder, link: { keepAliveSeconds: 60 } },
      profile: { zones: [{ id: "z1", device: "speaker1" }] },
    });
  });
});

test("the table of settings shows what is set beside its default", async () => {
  const { stdout } = await loa("config", "show", "--config", unreachable);
  expect(stdout).toMatch(/^socketPath +\S+nobody\.sock +\/run\/loa\/loa\.sock$/m);
  expect(stdout).toMatch(/^link\.keepAliveSeconds +60$/m);
});
