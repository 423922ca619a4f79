import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(PROJECT, "src/wire/THREATS.md"), "utf8");
const named = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, file = ""]) => file);

test("every test that the threat model names exists", () => {
  expect(named.filter((file) => !existsSync(path.join(PROJECT, file)))).toEqual([]);
});

test("every attacker is met by a test", () => {
  const attackers = text.split("\n").filter((line) => /^\| (?!attacker|---)/.test(line));
  expect(attackers.length).toBeGreaterThan(15);
  expect(attackers.filter((line) => !/`test\/[^`]+\.test\.ts` ?(?:, `[^`]+`)*[^|]*\|$/.test(line))).toEqual([]);
});

test("every file of the adversary suite stands in the threat model", () => {
  const suite = globSync("test/integration/adversary-*.test.ts", { cwd: PROJECT });
  expect(suite.filter((file) => !named.includes(file))).toEqual([]);
});
