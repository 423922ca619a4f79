#!/usr/bin/env node
// Only Node's own modules are imported up here, and node:module as a whole: this file must load on an old Node to refuse it.
import module from "node:module";
import { join } from "node:path";

const oldestNode = 24;

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  // Before any import of ours: better-sqlite3 installs on Node 20 and segfaults there at its first use.
  process.stderr.write(
    `loa: this is Node ${process.versions.node}; loa needs Node ${oldestNode} or newer.\n` +
      "next: start it through scripts/loa, which uses the Node that `npm ci` brought.\n",
  );
  process.exitCode = 1;
} else {
  // Inside the installation and not in the shared /tmp: whoever may write there could plant code.
  module.enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/loa"));
  const { main } = await import("./commands/program.ts");
  await main(process.argv.slice(2));
}
