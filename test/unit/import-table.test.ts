import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

// A rule nobody saw fail is no rule: each forbidden import is planted in a copy of the tree.
const project = join(import.meta.dirname, "../..");
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "loa-import-table-"));
  for (const path of ["src", "scripts", "tsconfig.json", "package.json"]) {
    cpSync(join(project, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function cruise(): { readonly status: number | null; readonly output: string } {
  const binary = join(project, "node_modules/.bin/depcruise");
  const { status, stdout } = spawnSync(binary, ["--config", "scripts/dependency-rules.cjs", "src"], {
    cwd: copy,
    encoding: "utf8",
  });
  return { status, output: stdout };
}

test("the tree as it stands obeys the table", () => {
  expect(cruise()).toMatchObject({ status: 0 });
});

test.each([
  ["a lower layer reaching up", "domain", 'import "../pipeline/planted-target.ts";', "domain-imports-only-itself"],
  ["the core touching the disk", "core", 'import "node:fs";', "core-uses-only-"],
  ["the pipeline using a package", "pipeline", 'import "mqtt";', "pipeline-uses-only-no-package"],
  [
    "a type-only import counts too",
    "core",
    'import type {} from "../store/planted-target.ts";',
    "core-imports-only-domain",
  ],
  ["the composition root imported", "pipeline", 'import "../cli.ts";', "nobody-imports-the-composition-root"],
])("%s is refused", (_story, layer, line, rule) => {
  const target = join(copy, "src", layer === "domain" ? "pipeline" : "store", "planted-target.ts");
  const planted = join(copy, "src", layer, "planted.ts");
  mkdirSync(join(copy, "src", layer), { recursive: true });
  writeFileSync(target, "export const target = 1;\n");
  writeFileSync(planted, `${line}\nexport const planted = 1;\n`);
  try {
    const { status, output } = cruise();
    expect(output).toContain(rule);
    expect(output).toContain("planted.ts");
    expect(status).not.toBe(0);
  } finally {
    rmSync(planted);
    rmSync(target);
  }
});

test("default exports are refused by the linter", () => {
  const planted = join(copy, "src/domain/planted.ts");
  writeFileSync(planted, "const planted = 1;\nexport default planted;\n");
  cpSync(join(project, "biome.json"), join(copy, "biome.json"));
  try {
    const lint = () =>
      execFileSync(join(project, "node_modules/.bin/biome"), ["lint", planted], { cwd: copy, stdio: "pipe" });
    expect(lint).toThrow(/noDefaultExport/);
  } finally {
    rmSync(planted);
  }
});
