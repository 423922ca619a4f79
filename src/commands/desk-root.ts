import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { createDesk } from "../desk/desk.ts";
import { deskFailure } from "../desk/failure.ts";
import { areaId, areaKind, holderName } from "../desk/names.ts";
import { MAXIMUM_HOLDERS } from "../desk/root.ts";
import type { AreaKind } from "../domain/broadcast.ts";
import { isTimeZone } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { deskPath, listOf, thisMoment, wholeNumber } from "./desk-options.ts";
import { localTime } from "./moments.ts";
import { printResult } from "./output.ts";
import { passphrasesFor } from "./passphrases.ts";

interface Options {
  readonly broker: string;
  readonly holders: readonly string[];
  readonly threshold?: number;
  readonly territory: string;
  readonly territoryKind: AreaKind;
  readonly timeZone: string;
}

export function registerDeskRoot(desk: Command): void {
  desk
    .command("root")
    .description(say("desk.root.description"))
    .requiredOption("--broker <url>", say("desk.root.option.broker"))
    .addOption(
      new Option("--holders <names>", say("desk.root.option.holders"))
        .argParser(holdersOf)
        .default(holdersOf("1"), "1"),
    )
    .option("--threshold <n>", say("desk.root.option.threshold"), wholeNumber("--threshold", 1, MAXIMUM_HOLDERS))
    .option("--territory <area>", say("desk.root.option.territory"), areaId, "province")
    .option("--territory-kind <kind>", say("desk.root.option.territoryKind"), areaKind, "province")
    .option("--time-zone <zone>", say("desk.root.option.timeZone"), timeZoneName, "Asia/Ho_Chi_Minh")
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.root.examples")}`)
    .action(makeRoot);
}

async function makeRoot(options: Options, command: Command): Promise<void> {
  const { broker, holders, timeZone } = options;
  const { threshold = Math.floor(holders.length / 2) + 1 } = options;
  if (threshold > holders.length) throw deskFailure("desk.root.threshold", { holders: holders.length }, "usage");
  const path = resolve(deskPath(command));
  const territory = { id: options.territory, kind: options.territoryKind };
  const passphrases = passphrasesFor(command);
  const request = { path, holders, threshold, broker, territory, timeZone, passphrases };
  const { rootVersion, expiresAt } = await createDesk(request, thisMoment());
  printResult(command, { desk: path, rootVersion, holders, threshold, expiresAt, broker, territory }, () =>
    say("desk.root.made", { path, holders: holders.length, threshold, until: localTime(expiresAt, timeZone) }),
  );
}

/** Every box is placed by it, so it has to be one. Offsets such as `+07:00`, which Node takes too, no placement may name. */
export function timeZoneName(text: string): string {
  if (/^[A-Za-z]/.test(text) && isTimeZone(text)) return text;
  throw deskFailure("desk.name.timeZone", { text }, "usage");
}

/** How many, or their names. */
function holdersOf(text: string): readonly string[] {
  if (!/^[0-9]+$/.test(text)) {
    const names = listOf(holderName)(text);
    wholeNumber("--holders", 1, MAXIMUM_HOLDERS)(String(names.length));
    return names;
  }
  const count = wholeNumber("--holders", 1, MAXIMUM_HOLDERS)(text);
  return Array.from({ length: count }, (_, index) => `holder-${index + 1}`);
}
