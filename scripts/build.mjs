// Puts the agent's modules and its packages together in dist: what is never called stays out, and so do comments. A gateway holds the
// text of every module in memory and reads each at its start: this way 5 MB less, a third sooner (scripts/bench).
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

/** V8 keeps a module's text at two bytes a character as soon as one of them lies beyond Latin-1: escaped, all of it takes one. */
const latinOnly = {
  name: "latin-only",
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) chunk.code = chunk.code.replace(/[\u0100-\uffff]/g, escaped);
  },
};

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const root = fileURLToPath(new URL("..", import.meta.url));

rmSync(`${root}dist`, { recursive: true, force: true });
await build({
  cwd: root,
  // As deep below the project as the sources are: both find the files that are shipped with them.
  input: { cli: "src/cli.ts", "parts/worker": "src/sound/worker.ts" },
  platform: "node",
  plugins: [latinOnly],
  // MQTT.js's copy of Node's own streams, its ways through WebSockets and SOCKS and its timers for browsers: nothing here goes them.
  resolve: { alias: { "readable-stream": "node:stream", ws: false, socks: false, "worker-timers": false } },
  // These look for files beside their own.
  external: ["better-sqlite3", "fluent-ffmpeg", "pino"],
  output: {
    dir: "dist",
    entryFileNames: "[name].js",
    chunkFileNames: "parts/[name]-[hash].js",
    comments: false,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  },
  logLevel: "warn",
});
