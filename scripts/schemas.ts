// Writes the JSON Schemas of the wire from the schemas that the code reads with: one file per payload type, and the envelope.
// With --check it writes nothing and fails when a file differs.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { envelopeSchema, headerSchema } from "../src/wire/envelope-shape.ts";
import { downSchemas, upSchemas } from "../src/wire/payloads/by-type.ts";
import { delegationSchema } from "../src/wire/payloads/delegation.ts";
import { evidenceLineSchema } from "../src/wire/payloads/evidence.ts";

const root = join(import.meta.dirname, "..");
const folder = "src/wire/schemas";
const { values: options } = parseArgs({ options: { check: { type: "boolean", default: false } } });

const schemas = new Map<string, v.GenericSchema>([
  ["envelope", envelopeSchema],
  ["protected-header", headerSchema],
  ...downSchemas,
  ["delegation", delegationSchema],
  ...upSchemas,
  ["evidence-line", evidenceLineSchema],
]);

const wanted = new Map([...schemas].map(([type, schema]) => [`${type}.json`, schemaText(type, schema)]));
mkdirSync(join(root, folder), { recursive: true });
const present = new Map(
  readdirSync(join(root, folder)).map((name) => [name, readFileSync(join(root, folder, name), "utf8")]),
);

for (const name of new Set([...wanted.keys(), ...present.keys()])) {
  const text = wanted.get(name);
  if (text === present.get(name)) continue;
  if (options.check) {
    console.error(`${folder}/${name} differs from the code; run \`npm run schemas\``);
    process.exitCode = 1;
  } else if (text === undefined) {
    rmSync(join(root, folder, name));
    console.log(`${folder}/${name} removed`);
  } else {
    writeFileSync(join(root, folder, name), text);
    console.log(`${folder}/${name} written`);
  }
}

function schemaText(type: string, schema: v.GenericSchema): string {
  // What relates two members, and lengths in bytes, a JSON Schema can't say: PROTOCOL.md does.
  const { $schema, ...rest } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    ignoreActions: ["check", "max_bytes"],
  });
  const json = JSON.stringify({ $schema, title: `LOA/1 ${type}`, ...rest });
  // As the linter wants it, or its check would fail on what is generated.
  return execFileSync("node_modules/.bin/biome", ["format", `--stdin-file-path=${type}.json`], {
    cwd: root,
    input: json,
    encoding: "utf8",
  });
}
