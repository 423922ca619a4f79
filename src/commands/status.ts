import { existsSync } from "node:fs";
import type { Command } from "commander";
import { DEFAULT_CONFIG_FILE, loadConfig } from "../config/load.ts";
import { databasePaths } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";
import { AgentFailure, isAgentFailure } from "../domain/failure.ts";
import type { StatusReport, StoredStatus } from "../domain/status.ts";
import { say } from "../texts/say.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printResult } from "./output.ts";
import { agentStatusText, storedStatusText } from "./status-text.ts";

const answerDeadlineMs = 2000;

export function registerStatus(program: Command): void {
  program
    .command("status")
    .description(say("status.description"))
    .option("--config <file>", say("cli.option.config", { file: DEFAULT_CONFIG_FILE }))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("status.examples")}`)
    .action(async ({ config: file }: { readonly config?: string }, command: Command) => {
      await showStatus(loadConfig(file), command);
    });
}

async function showStatus(config: Config, command: Command): Promise<void> {
  try {
    const report = await askForStatus(config.socketPath);
    printResult(command, { source: "agent", ...report }, () => agentStatusText(report));
  } catch (error) {
    if (!isAgentFailure(error) || error.code !== "agent-unreachable") throw error;
    const stored = await readStoredStatus(databasePaths(config).orders);
    if (stored === undefined) throw error; // nothing to show instead
    printResult(command, { source: "database", ...stored }, () => storedStatusText(stored, error));
    process.exitCode = EXIT_CODES["agent-unreachable"];
  }
}

/** The agent speaks for itself; only an answer of something else on that socket is caught here. */
async function askForStatus(socketPath: string): Promise<StatusReport> {
  const { askAgent } = await import("../adapters/status-socket.ts");
  const answer = await askAgent(socketPath, "status", answerDeadlineMs);
  if (typeof answer === "object" && answer !== null && "agentVersion" in answer) return answer as StatusReport;
  throw new AgentFailure("agent-unreachable", say("failure.statusForeign.message", { socketPath }), {
    hint: say("failure.statusForeign.hint"),
  });
}

/** Undefined when no agent has run here yet. A database that is there and can't be read is a finding of its own. */
async function readStoredStatus(path: string): Promise<StoredStatus | undefined> {
  if (!existsSync(path)) return undefined;
  const [{ openOrdersReadOnly }, chain, { storedStatus }] = await Promise.all([
    import("../store/orders.ts"),
    import("../core/evidence.ts"),
    import("../pipeline/stored-status.ts"),
  ]);
  const orders = openOrdersReadOnly(path, chain);
  try {
    return storedStatus(orders, () => undefined);
  } finally {
    orders.close();
  }
}
