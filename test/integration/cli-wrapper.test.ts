import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { project, run } from "./support/cli.ts";

/** An installation with nothing in it but the wrapper. */
function bareInstallation(): string {
  const root = mkdtempSync(join(tmpdir(), "loa-wrapper-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "scripts"));
  copyFileSync(join(project, "scripts/loa"), join(root, "scripts/loa"));
  return root;
}

test("scripts/loa says what is missing, then starts Node with the limits, from wherever it is called", async () => {
  const root = bareInstallation();
  const wrapper = join(root, "scripts/loa");
  expect(await run(wrapper, ["status"])).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining(`the packages are not installed.\nnext: run ${root}/scripts/setup`),
  });

  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  const node = join(root, "node_modules/.bin/node");
  writeFileSync(node, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(node, 0o755);
  expect(await run(wrapper, ["status"])).toMatchObject({ code: 1, stderr: expect.stringContaining("not built yet") });

  mkdirSync(join(root, "dist"));
  writeFileSync(join(root, "dist/cli.js"), "");
  const link = join(root, "elsewhere");
  symlinkSync(wrapper, link);
  const { code, stdout } = await run(link, ["status", "two words"]);
  expect(code).toBe(0);
  const words = stdout.trimEnd().split("\n");
  const script = words.findIndex((word) => word.endsWith("/dist/cli.js"));
  expect(words.slice(0, script)).toEqual(
    expect.arrayContaining(["--max-semi-space-size=1", "--max-old-space-size=64", "--no-opt", "--no-maglev"]),
  );
  expect(words.slice(script + 1)).toEqual(["status", "two words"]);
});
