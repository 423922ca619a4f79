import type { Command } from "commander";
import { DEFAULT_CONFIG_FILE, loadConfig } from "../config/load.ts";
import { AgentFailure } from "../domain/failure.ts";
import type { Story } from "../domain/story.ts";
import { say } from "../texts/say.ts";
import { askOrRead, type Question } from "./agent-question.ts";
import { coloured } from "./colour.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printResult } from "./output.ts";
import { storyText } from "./why-text.ts";

export function registerWhy(program: Command): void {
  program
    .command("why")
    .argument("<zone|id>", say("why.argument"))
    .description(say("why.description"))
    .option("--config <file>", say("cli.option.config", { file: DEFAULT_CONFIG_FILE }))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("why.examples")}`)
    .action(async (about: string, { config: file }: { readonly config?: string }, command: Command) => {
      const question: Question<Story> = { ask: "why", about, known: "kind" };
      const told = await askOrRead<Story>(loadConfig(file), question, async (orders) => {
        const { storyAbout } = await import("../pipeline/stories.ts");
        return storyAbout(orders, about);
      });
      const { source, answer } = told;
      if (answer.kind === "unknown") throw unknown(about);
      printResult(command, { source, ...answer }, () => {
        const text = storyText(answer, about);
        if (source === "agent") return text;
        return `${coloured("red", say("why.stored", { reason: told.why.message }))}\n\n${text}`;
      });
      if (source === "database") process.exitCode = EXIT_CODES["agent-unreachable"];
    });
}

function unknown(about: string): AgentFailure {
  return new AgentFailure("usage", say("failure.whyUnknown.message", { about }), {
    hint: say("failure.whyUnknown.hint"),
  });
}
