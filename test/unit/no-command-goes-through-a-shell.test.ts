import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const PROJECT = path.resolve(import.meta.dirname, "../..");
/** What takes a program and its arguments apart. The rest of node:child_process reads one text as a command line. */
const BY_ARGUMENTS = new Set(["spawn", "spawnSync", "execFile", "execFileSync", "fork"]);

const sources = globSync(["src/**/*.ts", "scripts/*.{ts,mjs}"], { cwd: PROJECT });

test("programs are started by argument vectors only", () => {
  const faults = sources.flatMap((file) => {
    const text = readFileSync(path.join(PROJECT, file), "utf8");
    const imported = [...text.matchAll(/import \{([^}]*)\} from "node:child_process"/g)]
      .flatMap(([, names = ""]) => names.split(","))
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "));
    const foreign = imported.filter((name) => !BY_ARGUMENTS.has(name) && !/^[A-Z]/.test(name));
    const wholesale = /import \* as \w+ from "node:child_process"|require\("(?:node:)?child_process"\)/.test(text);
    return [
      ...foreign.map((name) => `${file} imports ${name}`),
      ...(wholesale ? [`${file} imports all of node:child_process`] : []),
      ...(/\bshell:\s*(?!false)/.test(text) ? [`${file} asks for a shell`] : []),
    ];
  });
  expect(faults).toEqual([]);
  expect(sources.length).toBeGreaterThan(100);
});
