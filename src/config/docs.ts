import type * as v from "valibot";
import { say } from "../texts/say.ts";
import { DEFAULT_CONFIG_FILE } from "./load.ts";
import { profileSchema } from "./profile.ts";
import { configSchema } from "./schema.ts";
import { listSettings, type Setting } from "./tree.ts";

export interface SettingsSection {
  readonly title: string;
  readonly settings: readonly Setting[];
}

/** Every key of the two files, with all that is known of it. */
export function settingsSections(): readonly SettingsSection[] {
  return [
    section(say("config.docs.config", { file: DEFAULT_CONFIG_FILE }), configSchema),
    section(say("config.docs.profile"), profileSchema),
  ];
}

/** As one Markdown page: SETTINGS.md is this page in English. */
export function settingsPage(): string {
  const parts = settingsSections().flatMap(({ title, settings }) => [`## ${title}`, settingsTable(settings)]);
  return `${[`# ${say("config.docs.title")}`, say("config.docs.intro"), ...parts].join("\n\n")}\n`;
}

function section(title: string, schema: v.GenericSchema): SettingsSection {
  return { title, settings: listSettings(schema) };
}

function settingsTable(settings: readonly Setting[]): string {
  const rows = settings.map(({ path, allowed, default: usual, sentence, example }) =>
    [
      `\`${path}\``,
      allowed,
      usual === undefined ? say("config.docs.required") : code(usual),
      sentence,
      code(example),
    ].join(" | "),
  );
  return [say("config.docs.columns"), "|---|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join("\n");
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}
