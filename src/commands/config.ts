import { existsSync } from "node:fs";
import type { Command } from "commander";
import { settingsPage, settingsSections } from "../config/docs.ts";
import { DEFAULT_CONFIG_FILE, loadConfig, loadProfile, profileNames, resolveProfile } from "../config/load.ts";
import { profileSchema } from "../config/profile.ts";
import { configSchema } from "../config/schema.ts";
import { listValues, type SettingValue } from "../config/values.ts";
import { AgentFailure, isAgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";
import { printResult } from "./output.ts";
import { table } from "./table.ts";

interface Files {
  readonly config?: string;
  readonly profile?: string;
}

export function registerConfig(program: Command): void {
  const config = program.command("config").description(say("config.description"));
  withFiles(config.command("check"), "config.check").action((files: Files, command: Command) => {
    const checked = checkFiles(files);
    printResult(command, { good: true, files: checked }, () =>
      checked.length === 0
        ? say("config.check.defaults", { file: DEFAULT_CONFIG_FILE })
        : checked.map((file) => say("config.check.good", { file })).join("\n"),
    );
  });
  withFiles(config.command("show"), "config.show").action((files: Files, command: Command) => {
    const settings = loadConfig(files.config);
    const profile = files.profile === undefined ? undefined : loadProfile(files.profile);
    printResult(command, { config: settings, profile }, () => {
      const configTable = settingsTable(listValues(configSchema, settings));
      if (profile === undefined) return configTable;
      const heading = say("config.show.profile", { name: profile.name });
      return `${configTable}\n\n${heading}\n${settingsTable(listValues(profileSchema, profile))}`;
    });
  });
  config
    .command("docs")
    .description(say("config.docs.description"))
    .option("--markdown", say("config.docs.option.markdown"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("config.docs.examples")}`)
    .action(({ markdown = false }: { readonly markdown?: boolean }, command: Command) => {
      printResult(command, { sections: settingsSections() }, () => (markdown ? settingsPage().trimEnd() : docsText()));
    });
}

/** One block a setting: a table with sentences in it does not fit a terminal. */
function docsText(): string {
  return settingsSections()
    .map(({ title, settings }) =>
      [
        title,
        ...settings.map(({ path, allowed, default: usual, sentence, example }) =>
          say("config.docs.entry", {
            path,
            sentence,
            allowed,
            usual: usual === undefined ? say("config.docs.required") : String(usual),
            example: String(example),
          }),
        ),
      ].join("\n\n"),
    )
    .join("\n\n");
}

function withFiles(command: Command, section: "config.check" | "config.show"): Command {
  return command
    .description(say(`${section}.description`))
    .option("--config <file>", say("cli.option.config", { file: DEFAULT_CONFIG_FILE }))
    .option("--profile <name|file>", say("cli.option.profile", { known: profileNames().join(", ") }))
    .addHelpText("after", `\n${say("cli.examples")}\n${say(`${section}.examples`)}`);
}

/** Both files are read before anything is told: a technician mends all of it in one go. */
function checkFiles({ config, profile }: Files): readonly string[] {
  const outcomes = [attempt(() => loadConfig(config))];
  if (profile !== undefined) outcomes.push(attempt(() => loadProfile(profile)));
  const failures = outcomes.filter((outcome) => outcome !== undefined);
  const [first] = failures;
  if (first !== undefined) {
    throw new AgentFailure(first.code, failures.map(({ message }) => message).join("\n"), { hint: first.hint });
  }
  const settingsFile = config ?? (existsSync(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : undefined);
  return [settingsFile, profile && resolveProfile(profile)].filter((file) => file !== undefined);
}

function attempt(load: () => unknown): AgentFailure | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    if (isAgentFailure(error)) return error;
    throw error;
  }
}

function settingsTable(values: readonly SettingValue[]): string {
  const columns = [
    say("config.show.heading.key"),
    say("config.show.heading.value"),
    say("config.show.heading.default"),
  ];
  return table(
    columns,
    values.map(({ path, value, default: usual }) => [
      path,
      String(value),
      usual === undefined || usual === value ? "" : String(usual),
    ]),
  );
}
