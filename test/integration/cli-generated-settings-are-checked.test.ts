import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { node, project, run } from "./support/cli.ts";

const script = join(project, "scripts/config-docs.ts");

test("the settings page and the JSON Schemas are those of the code", async () => {
  expect(await run(node, [script, "--check"])).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a page that was changed by hand is found and named, and is written anew only when asked", async () => {
  const root = mkdtempSync(join(tmpdir(), "loa-docs-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  expect(await run(node, [script, "--root", root])).toMatchObject({ code: 0 });
  expect(await run(node, [script, "--root", root, "--check"])).toMatchObject({ code: 0 });

  const page = join(root, "src/config/SETTINGS.md");
  const text = readFileSync(page, "utf8");
  const changed = text.replace("from 10 to 600", "from 1 to 600");
  expect(changed).not.toBe(text);
  writeFileSync(page, changed);
  const ended = await run(node, [script, "--root", root, "--check"]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain("src/config/SETTINGS.md differs");
  expect(ended.stderr).not.toContain("schema.json");
  expect(readFileSync(page, "utf8")).toBe(changed);
});
