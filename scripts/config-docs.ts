// Writes what is made from the schemas of src/config: the settings table and the JSON Schemas editors check against.
// With --check it writes nothing and fails when a file differs. `--root DIR` takes another folder than the project's.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { settingsPage } from "../src/config/docs.ts";
import { profileSchema } from "../src/config/profile.ts";
import { configSchema } from "../src/config/schema.ts";

const { values: options } = parseArgs({
  options: { check: { type: "boolean", default: false }, root: { type: "string" } },
});
const root = options.root ?? join(import.meta.dirname, "..");

const files = {
  "src/config/SETTINGS.md": settingsPage(),
  "src/config/schema.json": jsonSchema(configSchema),
  "firmware-profiles/schema.json": jsonSchema(profileSchema),
};

const stale = Object.entries(files)
  .map(([name, raw]) => ({ name, text: formatted(name, raw) }))
  .filter(({ name, text }) => {
    const path = join(root, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });

for (const { name, text } of stale) {
  if (options.check) {
    console.error(`${name} differs from the schemas; run \`npm run docs\``);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    console.log(`${name} written`);
  }
}

function jsonSchema(schema: v.GenericSchema): string {
  // What isn't said by a JSON Schema (half the buffer, differing zones) stays with the agent's own check.
  const conversion: ConversionConfig = { typeMode: "input", ignoreActions: ["check", "metadata"] };
  return JSON.stringify(toJsonSchema(schema, conversion));
}

/** JSON as the linter wants it, or its check would fail on what we generate; it leaves Markdown alone. */
function formatted(name: string, text: string): string {
  if (!name.endsWith(".json")) return text;
  return execFileSync("node_modules/.bin/biome", ["format", `--stdin-file-path=${name}`], {
    cwd: join(import.meta.dirname, ".."),
    input: text,
    encoding: "utf8",
  });
}
