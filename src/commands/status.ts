import type { Command } from "commander";
import { DEFAULT_CONFIG_FILE, loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import type { StatusReport, StoredStatus } from "../domain/status.ts";
import { say } from "../texts/say.ts";
import { askOrRead, STATUS } from "./agent-question.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printResult } from "./output.ts";
import { agentStatusText, storedStatusText } from "./status-text.ts";

interface Options {
  readonly config?: string;
  readonly watch?: boolean;
}

export function registerStatus(program: Command): void {
  program
    .command("status")
    .description(say("status.description"))
    .option("--config <file>", say("cli.option.config", { file: DEFAULT_CONFIG_FILE }))
    .option("--watch", say("status.option.watch"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("status.examples")}`)
    .action(async ({ config: file, watch = false }: Options, command: Command) => {
      const config = loadConfig(file);
      if (!watch) return await showStatus(config, command);
      const { watchStatus } = await import("./status-watch.ts");
      await watchStatus(config, command);
    });
}

async function showStatus(config: Config, command: Command): Promise<void> {
  const told = await askOrRead<StatusReport, StoredStatus>(config, STATUS, async (orders) => {
    const { storedStatus } = await import("../pipeline/stored-status.ts");
    return storedStatus(orders, () => undefined);
  });
  if (told.source === "agent") {
    printResult(command, { source: told.source, ...told.answer }, () => agentStatusText(told.answer));
    return;
  }
  printResult(command, { source: told.source, ...told.answer }, () => storedStatusText(told.answer, told.why));
  process.exitCode = EXIT_CODES["agent-unreachable"];
}
