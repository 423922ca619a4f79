import type { Command } from "commander";
import { DEFAULT_CONFIG_FILE, loadConfig, loadProfile } from "../config/load.ts";
import type { Finding } from "../diagnostics/finding.ts";
import { isAgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";
import { askTheAgent, STATUS } from "./agent-question.ts";
import { type Colour, coloured } from "./colour.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printResult } from "./output.ts";
import { DEFAULT_ENROLMENT } from "./run.ts";

interface Options {
  readonly config?: string;
  readonly profile?: string;
  readonly enrolment: string;
}

export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description(say("doctor.description"))
    .option("--config <file>", say("cli.option.config", { file: DEFAULT_CONFIG_FILE }))
    .option("--profile <name|file>", say("doctor.option.profile"))
    .option("--enrolment <folder>", say("run.option.enrolment"), DEFAULT_ENROLMENT)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("doctor.examples")}`)
    .action(doctor);
}

async function doctor(options: Options, command: Command): Promise<void> {
  const config = loadConfig(options.config);
  const profile = options.profile === undefined ? undefined : loadProfile(options.profile);
  const { examine } = await import("./doctor-checks.ts");
  const agent = await askTheAgent(config, STATUS).catch((error: unknown) => {
    if (isAgentFailure(error)) return error;
    throw error;
  });
  const { findings, clocks } = await examine({ config, profile, enrolmentDirectory: options.enrolment, agent });
  const worst = findings.find(({ verdict }) => verdict === "bad");
  printResult(command, { healthy: worst === undefined, findings }, () =>
    [...clocks.notice, findingsText(findings)].join("\n"),
  );
  if (worst?.verdict === "bad") process.exitCode = EXIT_CODES[worst.code];
}

const marks: Readonly<Record<Finding["verdict"], Colour>> = { good: "green", doubtful: "yellow", bad: "red" };

export function findingsText(findings: readonly Finding[]): string {
  const names = findings.map(({ check }) => say(`doctor.check.${check}`));
  const widest = Math.max(...names.map((name) => name.length));
  const markWidth = Math.max(
    ...(["good", "doubtful", "bad"] as const).map((verdict) => say(`doctor.${verdict}`).length),
  );
  const lines = findings.flatMap((finding, index) => {
    const { verdict, message } = finding;
    const mark = coloured(marks[verdict], say(`doctor.${verdict}`).padEnd(markWidth));
    const line = say("doctor.line", { mark, check: (names[index] ?? "").padEnd(widest), message });
    return "advice" in finding ? [line, say("doctor.advice", { advice: finding.advice })] : [line];
  });
  return [...lines, "", summary(findings)].join("\n");
}

function summary(findings: readonly Finding[]): string {
  const named = (verdict: Finding["verdict"]) => {
    const checks = findings
      .filter((finding) => finding.verdict === verdict)
      .map(({ check }) => say(`doctor.check.${check}`));
    return [...new Set(checks)].join(", ");
  };
  const bad = named("bad");
  const doubtful = named("doubtful");
  if (bad !== "") return coloured("red", say("doctor.summary.bad", { bad, doubtful: doubtful || "-" }));
  return doubtful === "" ? coloured("green", say("doctor.summary.good")) : say("doctor.summary.doubtful", { doubtful });
}
