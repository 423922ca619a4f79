import { Command, CommanderError } from "commander";
import { AgentFailure } from "../domain/failure.ts";
import { LANGUAGES } from "../texts/catalogue.ts";
import { say, setLanguage } from "../texts/say.ts";
import { exitCodeOf, exitCodeTable } from "./exit-codes.ts";
import { reportFailure } from "./failure-report.ts";
import { wantedLanguage, withoutLanguage } from "./language.ts";
import { localisedHelp, usageText } from "./localised.ts";
import { agentVersion } from "./version.ts";

type Register = (program: Command) => void;

/** In the order of the help. Each is imported only when it is called: `loa run` pays for nobody else. */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  run: async () => (await import("./run.ts")).registerRun,
  enrol: async () => (await import("./enrol.ts")).registerEnrol,
  status: async () => (await import("./status.ts")).registerStatus,
  queue: async () => (await import("./queue.ts")).registerQueue,
  why: async () => (await import("./why.ts")).registerWhy,
  doctor: async () => (await import("./doctor.ts")).registerDoctor,
  config: async () => (await import("./config.ts")).registerConfig,
  desk: async () => (await import("./desk.ts")).registerDesk,
};

/** Runs one command line (without Node and script). Every failure ends here: told once, and in the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes("--json");
  // Programs read English, whatever the person beside them speaks.
  setLanguage(json ? "en" : wantedLanguage(argv, process.env["LANG"]));
  try {
    const program = await buildProgram(argv, json);
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // help or version, already printed
    const failure = error instanceof CommanderError ? usageFailure(error) : error;
    reportFailure(failure, json);
    process.exitCode = exitCodeOf(failure);
  }
}

async function buildProgram(argv: readonly string[], json: boolean): Promise<Command> {
  const program = new Command("loa")
    .description(say("cli.description"))
    .option("--json", say("cli.option.json"))
    .option("--lang <language>", say("cli.option.lang"), knownLanguage)
    .version(agentVersion(), "-V, --version", say("cli.option.version"))
    .helpOption("-h, --help", say("cli.option.help"))
    .helpCommand(false)
    .configureHelp({ ...localisedHelp, showGlobalOptions: true })
    .configureOutput({
      outputError: () => {}, // told by reportFailure
      writeErr: (text) => {
        if (!json) process.stderr.write(text);
      },
    })
    .exitOverride()
    .addHelpText("after", `\n${say("cli.examples")}\n${say("cli.help.examples")}\n\n${exitCodeTable()}`);
  for (const load of wanted(argv)) (await load())(program);
  return program;
}

/** The command's module where one is named; all of them for help and for a misspelt name, whose neighbours are suggested. */
function wanted(argv: readonly string[]): readonly (() => Promise<Register>)[] {
  const name = withoutLanguage(argv).find((word) => !word.startsWith("-"));
  const named = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  return named === undefined ? Object.values(commands) : [named];
}

function usageFailure(error: CommanderError): AgentFailure {
  return new AgentFailure("usage", usageText(error), { hint: say("failure.usage.hint") });
}

/** What `wantedLanguage` did not understand is told here, where the rest of the command line is judged. */
function knownLanguage(value: string): string {
  if (LANGUAGES.some((language) => language === value)) return value;
  const message = say("failure.usage.choice", { name: "--lang", value, choices: LANGUAGES.join(", ") });
  throw new AgentFailure("usage", message, { hint: say("failure.usage.hint") });
}
