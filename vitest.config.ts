import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Texts are compared in English, whoever runs the tests.
    env: { LANG: "C.UTF-8" },
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      { test: { name: "property", include: ["test/property/**/*.test.ts"] } },
      // Real brokers, and real cards that play in real time: mostly they wait, so two files at a time keep two cores half busy.
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/rig/**/*.test.ts"],
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
