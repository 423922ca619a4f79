import type { CommanderError, HelpConfiguration, Option } from "commander";
import type { TextKey } from "../texts/catalogue.ts";
import { say } from "../texts/say.ts";

const headings: Readonly<Record<string, TextKey>> = {
  "Usage:": "cli.heading.usage",
  "Arguments:": "cli.heading.arguments",
  "Options:": "cli.heading.options",
  "Global Options:": "cli.heading.globalOptions",
  "Commands:": "cli.heading.commands",
};

/** What commander itself puts into a help text, from our catalogue. */
export const localisedHelp: HelpConfiguration = {
  styleTitle: (title: string) => {
    const key = headings[title];
    return key === undefined ? title : say(key);
  },
  styleUsage: usageWords,
  styleSubcommandTerm: usageWords,
  optionDescription: (option: Option) => {
    const { description, defaultValue, defaultValueDescription } = option;
    const takesValue = option.required || option.optional;
    if (defaultValue === undefined || !takesValue) return description;
    const value = defaultValueDescription ?? JSON.stringify(defaultValue);
    return `${description} (${say("cli.default", { value })})`;
  },
};

function usageWords(usage: string): string {
  return usage.replace("[options]", say("cli.usage.options")).replace("[command]", say("cli.usage.command"));
}

/** What commander objects to, by its code; the names it quotes are taken out of its own English sentence. */
const objections: Readonly<Record<string, TextKey>> = {
  "commander.unknownCommand": "failure.usage.unknownCommand",
  "commander.unknownOption": "failure.usage.unknownOption",
  "commander.optionMissingArgument": "failure.usage.optionValue",
  "commander.missingMandatoryOptionValue": "failure.usage.optionRequired",
  "commander.missingArgument": "failure.usage.argumentRequired",
};

export function usageText({ code, message }: CommanderError): string {
  if (code === "commander.help") return say("failure.usage.noCommand");
  const details = message.replace(/^error: /, "");
  const key = objections[code];
  if (key !== undefined) {
    const told = say(key, { name: /'([^']*)'/.exec(details)?.[1] ?? "?" });
    const meant = /Did you mean (?:one of )?(.+)\?\)?$/m.exec(details)?.[1];
    return meant === undefined ? told : say("failure.usage.suggestion", { message: told, meant });
  }
  if (code !== "commander.excessArguments") return details;
  return say("failure.usage.excess", { details: /but got \d+: (.*)\.$/s.exec(details)?.[1] ?? details });
}
