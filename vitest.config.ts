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
      // Real brokers, and real cards that play in real time: mostly they wait, so three files at a time leave two cores room.
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/rig/**/*.test.ts"],
          maxWorkers: 3,
          // Nothing in them waits for longer than PATIENCE_MS: this is for a machine that has little time for us.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
