import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Ending } from "./ending.ts";
import type { Figure } from "./figure.ts";

/** A test that goes on for as long as it is asked to (test/rounds.ts), and how long that is here. */
interface LongRun {
  readonly project: "property" | "integration";
  readonly file: string;
  readonly rounds: number;
  readonly unit: string;
}

/** A further long run is one more line here, and `Rounds` in its test. */
export const LONG_RUNS: Readonly<Record<string, LongRun>> = {
  schedules: {
    project: "property",
    file: "test/property/core-random-schedules-obey-the-laws.test.ts",
    rounds: 1_000_000,
    unit: "schedules",
  },
  kills: {
    project: "integration",
    file: "test/integration/fault-agent-is-killed.test.ts",
    rounds: 1_000,
    unit: "kills",
  },
  /** About an hour on two cores. */
  fuzz: {
    project: "property",
    file: "test/property/wire-fuzz-nothing-forged-is-accepted.test.ts",
    rounds: 6_000_000,
    unit: "messages",
  },
};

const VITEST = path.resolve(import.meta.dirname, "../../node_modules/vitest/vitest.mjs");

/** Runs the test itself with more rounds; what it tells meanwhile, and how it fails, is seen on standard error. */
export async function runLong(name: string, run: LongRun, rounds: number, ending: Ending): Promise<readonly Figure[]> {
  const startedAtMs = performance.now();
  const args = [VITEST, "run", "--disable-console-intercept", "--project", run.project, run.file];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, LOA_LONG_ROUNDS: String(rounds) },
    stdio: ["ignore", process.stderr, process.stderr],
  });
  ending.add(() => child.kill("SIGTERM"));
  const [code] = await once(child, "close");
  const seconds = (performance.now() - startedAtMs) / 1_000;
  return [
    {
      ...{ name: `long ${name}: failed`, value: code === 0 ? 0 : 1, unit: "", target: { exactly: 0 } },
      note: `${rounds.toLocaleString("en")} ${run.unit} in ${Math.round(seconds)} s`,
    },
    { name: `long ${name}: rate`, value: rounds / seconds, unit: `${run.unit} a second` },
  ];
}
