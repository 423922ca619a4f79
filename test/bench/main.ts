// Prints every figure the project has promised, with its target and the machine it was measured on. A target that is missed is
// marked and no failure: a bench is no test.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { Measurement } from "./bench-run.ts";
import { Ending } from "./ending.ts";
import { type Figure, figureTable, verdictOf } from "./figure.ts";
import { LONG_RUNS, runLong } from "./long.ts";
import { loadOfLastMinute, thisMachine } from "./machine.ts";
import { measureCard } from "./measure-card.ts";
import { measureCut } from "./measure-cut.ts";
import { measureDisk } from "./measure-disk.ts";
import { measureFlood } from "./measure-flood.ts";
import { measureFrames } from "./measure-frames.ts";
import { measureLoad } from "./measure-load.ts";
import { measurePeers } from "./measure-peers.ts";
import { measurePlan } from "./measure-plan.ts";
import { measureProcess } from "./measure-process.ts";
import { measureReturn } from "./measure-return.ts";
import { measureStart } from "./measure-start.ts";
import { measureSum } from "./measure-sum.ts";
import { measureVerify } from "./measure-verify.ts";

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  cut: measureCut,
  frames: measureFrames,
  load: measureLoad,
  process: measureProcess,
  start: measureStart,
  disk: measureDisk,
  flood: measureFlood,
  return: measureReturn,
  verify: measureVerify,
  plan: measurePlan,
  card: measureCard,
  sum: measureSum,
  peers: measurePeers,
};
/** Only where they are asked for: they take other people's programs. */
const ON_REQUEST: readonly string[] = ["peers"];

const USAGE = `scripts/bench [--only NAME]... [--quick] [--json]
scripts/bench --long [--only NAME]... [--rounds N] [--json]

Measures the built agent on a virtual card, with a broker and a desk of its own.
  --only NAME   ${Object.keys(MEASUREMENTS).join(", ")}; may be given more than once
  --long        in place of the figures, tests with very many rounds, for hours: ${Object.keys(LONG_RUNS).join(", ")}
  --rounds N    so many rounds of each
  --quick       a quarter of an hour instead of one whole, and rougher
  --json        for programs
  --install-peers  with \`--only peers\`: brings Liquidsoap, MPD and mosquitto_sub first (Debian packages, root or sudo)
`;

interface Result {
  readonly measurement: string;
  readonly loadBefore: number;
  readonly figures: readonly Figure[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      long: { type: "boolean", default: false },
      rounds: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const measurements = values.long ? longRuns(values.rounds) : MEASUREMENTS;
  const names = values.only ?? Object.keys(measurements).filter((name) => !ON_REQUEST.includes(name));
  if (values.help || names.some((name) => measurements[name] === undefined)) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const machine = thisMachine({ ffmpeg: versionOf("ffmpeg", ["-version"]), broker: versionOf("mosquitto", ["-h"]) });
  const results: Result[] = [];
  for (const [measurement, measure] of Object.entries(measurements)) {
    if (!names.includes(measurement)) continue;
    process.stderr.write(`bench: ${measurement}\n`);
    const loadBefore = loadOfLastMinute();
    results.push({ measurement, loadBefore, figures: await ended(measure, values.quick) });
  }
  if (values.json) {
    const withVerdicts = results.map(({ figures, ...result }) => ({
      ...result,
      figures: figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) })),
    }));
    process.stdout.write(`${JSON.stringify({ machine, quick: values.quick, results: withVerdicts }, undefined, 2)}\n`);
    return;
  }
  const { processor, cores, memoryGib, kernel, node, ffmpeg, broker } = machine;
  const figures = results.flatMap((result) => result.figures);
  const missed = figures.filter((figure) => verdictOf(figure) === "MISSED").length;
  const loads = results.map(({ measurement, loadBefore }) => `${measurement} ${loadBefore.toFixed(2)}`).join(", ");
  process.stdout.write(
    `${processor}, ${cores} cores, ${memoryGib} GiB, ${kernel}\nNode ${node}, ${ffmpeg}, ${broker}\n` +
      `load of the minute before: ${loads}\n\n${figureTable(figures)}\n\n` +
      `${missed === 0 ? "all targets hold" : `${missed} targets MISSED`}${values.quick ? " (quick: rougher)" : ""}\n`,
  );
}

function longRuns(rounds: string | undefined): Readonly<Record<string, Measurement>> {
  const entries = Object.entries(LONG_RUNS).map(([name, run]): [string, Measurement] => [
    name,
    ({ ending }) => runLong(name, run, rounds === undefined ? run.rounds : Number(rounds), ending),
  ]);
  return Object.fromEntries(entries);
}

const running = new Set<Ending>();

async function ended(measure: Measurement, isQuick: boolean): Promise<readonly Figure[]> {
  const ending = new Ending();
  running.add(ending);
  try {
    return await measure({ isQuick, ending });
  } finally {
    await ending.run();
    running.delete(ending);
  }
}

/** The first line a tool writes about itself; mosquitto answers `-h` with exit code 3. */
function versionOf(tool: string, args: readonly string[]): string {
  try {
    return firstLine(execFileSync(tool, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  } catch (error) {
    return error instanceof Error && "stdout" in error ? firstLine(String(error.stdout)) : tool;
  }
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/ Copyright.*/, "");
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void Promise.all([...running].map((ending) => ending.run())).then(() => process.exit(130));
  });
}

await main();
