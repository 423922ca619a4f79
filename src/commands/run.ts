import module from "node:module";
import type { Command } from "commander";
import { readEnrolment, refuseOtherHardware } from "../config/enrolment.ts";
import { DEFAULT_CONFIG_FILE, loadConfig, loadProfile } from "../config/load.ts";
import { say } from "../texts/say.ts";
import { agentVersion } from "./version.ts";

interface RunOptions {
  readonly config?: string;
  readonly profile: string;
  readonly enrolment: string;
}

export const DEFAULT_ENROLMENT = "/etc/loa/enrolment";
/** Compiled code is kept for the next start once this one is over its hurry. */
const FLUSH_COMPILE_CACHE_MS = 10_000;

export function registerRun(program: Command): void {
  program
    .command("run")
    .description(say("run.description"))
    .option("--config <file>", say("cli.option.config", { file: DEFAULT_CONFIG_FILE }))
    .requiredOption("--profile <name>", say("run.option.profile"))
    .option("--enrolment <folder>", say("run.option.enrolment"), DEFAULT_ENROLMENT)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("run.examples")}`)
    .action(run);
}

/** Returns when the agent has been told to stop and has stopped. */
async function run({ config: file, profile, enrolment: directory }: RunOptions): Promise<void> {
  const { composeAgent } = await import("../agent.ts");
  const { PinoLog } = await import("../adapters/log.ts");
  const { readHardwareSerial } = await import("../adapters/hardware-serial.ts");
  const { raisePriority } = await import("../adapters/priority.ts");
  const config = loadConfig(file);
  const log = new PinoLog(config.log.level);
  const version = agentVersion();
  const niceness = raisePriority();
  log.write("info", "agent.starting", { version, node: process.versions.node, profile, niceness }, "the agent starts");
  const enrolment = readEnrolment(directory, process.getuid?.());
  refuseOtherHardware(enrolment, readHardwareSerial());
  const agent = await composeAgent({
    config,
    profile: loadProfile(profile),
    enrolment,
    enrolmentDirectory: directory,
    agentVersion: version,
    log,
  });
  const told = stopSignal();
  try {
    await agent.start();
    log.write("info", "agent.started", { afterMs: Math.round(performance.now()) }, "the agent runs");
    const flush = setTimeout(() => module.flushCompileCache(), FLUSH_COMPILE_CACHE_MS).unref();
    const signal = await told;
    clearTimeout(flush);
    log.write("info", "agent.stopping", { signal }, "the agent was told to stop");
  } finally {
    await agent.stop();
  }
  log.write("info", "agent.stopped", {}, "the agent has stopped");
  // A part that was left behind must not keep the process alive.
  process.exit();
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}
