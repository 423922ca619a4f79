// The table of imports (README, "How it is built") as rules that every check runs. A layer may import itself and what stands
// behind it here; test/unit/import-table.test.ts plants a forbidden import to see this file refuse it.
const mayImport = {
  domain: [],
  texts: [],
  wire: ["domain"],
  core: ["domain"],
  config: ["domain", "texts"],
  store: ["domain", "texts"],
  sound: ["domain", "texts"],
  adapters: ["domain", "texts"],
  pipeline: ["domain", "wire", "core", "store"],
  diagnostics: ["domain", "texts", "wire", "config", "store"],
  desk: ["domain", "texts", "wire", "core", "config", "store", "sound", "adapters"],
  enrol: ["domain", "texts", "wire", "core", "config", "adapters", "desk"],
};

// Third-party packages and node built-ins a layer may use; anything else is refused.
const mayUse = {
  domain: [],
  texts: [],
  wire: ["valibot", "node:crypto", "node:buffer"],
  core: ["node:crypto"],
  config: ["valibot", "node:fs", "node:path"],
  store: ["better-sqlite3", "node:crypto", "node:fs", "node:path"],
  sound: ["fluent-ffmpeg", "node:"],
  pipeline: [],
  diagnostics: [],
};

const layerRules = Object.entries(mayImport).map(([layer, allowed]) => ({
  name: `${layer}-imports-only-${allowed.join("-") || "itself"}`,
  severity: "error",
  from: { path: `^src/${layer}/` },
  to: { path: "^src/", pathNot: [layer, ...allowed].map((name) => `^src/${name}/`) },
}));

const literally = (name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const packageRules = Object.entries(mayUse).map(([layer, allowed]) => ({
  name: `${layer}-uses-only-${allowed.join("-").replaceAll(":", "-") || "no-package"}`,
  severity: "error",
  from: { path: `^src/${layer}/` },
  to: {
    dependencyTypesNot: ["local"],
    pathNot: [
      "^src/",
      ...allowed.map((name) =>
        name.startsWith("node:")
          ? `^(node:)?${literally(name.slice("node:".length))}`
          : `node_modules/(@types/)?${literally(name)}/`,
      ),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...packageRules,
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "nobody-imports-the-composition-root",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/((agent|cli)\\.ts$|commands/)" },
      to: { path: "^src/(agent|agent-ground|cli)\\.ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
