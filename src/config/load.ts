import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type * as v from "valibot";
import { AgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";
import { check } from "./faults.ts";
import { type Profile, profileSchema } from "./profile.ts";
import { type Config, configSchema } from "./schema.ts";

export const DEFAULT_CONFIG_FILE = "/etc/loa/config.json";

const shippedProfiles = join(import.meta.dirname, "../../firmware-profiles");

/**
 * The settings in force: the file's, with a default for every key it leaves out. Without a named file the usual one is
 * read, and every default holds where it isn't there.
 *
 * @throws {AgentFailure} `config-invalid`, naming every fault at once.
 */
export function loadConfig(file?: string): Config {
  const path = file ?? DEFAULT_CONFIG_FILE;
  const input = readJson(path, "config-invalid", file === undefined);
  return accepted(configSchema, input === undefined ? {} : input, path, "config-invalid");
}

/**
 * A shipped profile by its name, or any by its path.
 *
 * @throws {AgentFailure} `profile-invalid`, naming every fault at once.
 */
export function loadProfile(nameOrPath: string): Profile {
  const path = resolveProfile(nameOrPath);
  return accepted(profileSchema, readJson(path, "profile-invalid", false), path, "profile-invalid");
}

/** The file a profile's name stands for. What has a slash in it or ends in `.json` is a path already. */
export function resolveProfile(nameOrPath: string): string {
  if (nameOrPath.includes("/") || nameOrPath.endsWith(".json")) return nameOrPath;
  const known = profileNames();
  if (known.includes(nameOrPath)) return join(shippedProfiles, `${nameOrPath}.json`);
  throw new AgentFailure(
    "profile-invalid",
    say("failure.profileUnknown.message", { name: nameOrPath, known: known.join(", ") }),
    { hint: say("failure.profileUnknown.hint") },
  );
}

export function profileNames(): readonly string[] {
  return readdirSync(shippedProfiles)
    .filter((file) => file.endsWith(".json") && file !== "schema.json")
    .map((file) => basename(file, ".json"))
    .toSorted();
}

type InvalidCode = "config-invalid" | "profile-invalid";

function accepted<Output>(
  schema: v.GenericSchema<unknown, Output>,
  input: unknown,
  file: string,
  code: InvalidCode,
): Output {
  const checked = check(schema, input);
  if (checked.kind === "good") return checked.value;
  const { faults } = checked;
  const text = code === "config-invalid" ? "failure.configInvalid" : "failure.profileInvalid";
  throw new AgentFailure(
    code,
    say(`${text}.message`, { file, count: faults.length, faults: faults.map((fault) => `  ${fault}`).join("\n") }),
    { hint: say(`${text}.hint`, { file }) },
  );
}

/** Undefined when the file isn't there and needn't be. */
function readJson(file: string, code: InvalidCode, mayBeAbsent: boolean): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if (mayBeAbsent && cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new AgentFailure(code, say("failure.fileUnreadable.message", { file, reason: reasonOf(cause) }), {
      hint: say("failure.fileUnreadable.hint"),
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AgentFailure(code, say("failure.notJson.message", { file, reason: reasonOf(cause) }), {
      hint: say("failure.notJson.hint"),
      cause,
    });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
