import type { Command } from "commander";

/** Whether the caller is a program: `--json` may stand anywhere on the command line. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ readonly json?: boolean }>().json === true;
}

/** Prints a command's result: `document` for programs, `text` for people. */
export function printResult(command: Command, document: unknown, text: () => string): void {
  process.stdout.write(`${wantsJson(command) ? JSON.stringify(document) : text()}\n`);
}
