import { resolve } from "node:path";
import type { Command } from "commander";
import { createDesk } from "../desk/desk.ts";
import { areaId, areaKind } from "../desk/names.ts";
import { MAXIMUM_HOLDERS } from "../desk/root.ts";
import type { AreaKind } from "../domain/broadcast.ts";
import { say } from "../texts/say.ts";
import { deskPath, localTime, thisMoment, wholeNumber } from "./desk-options.ts";
import { printResult } from "./output.ts";

interface Options {
  readonly broker: string;
  readonly holders: number;
  readonly territory: string;
  readonly territoryKind: AreaKind;
  readonly timeZone: string;
}

export function registerDeskRoot(desk: Command): void {
  desk
    .command("root")
    .description(say("desk.root.description"))
    .requiredOption("--broker <url>", say("desk.root.option.broker"))
    .option("--holders <n>", say("desk.root.option.holders"), wholeNumber("--holders", 1, MAXIMUM_HOLDERS), 1)
    .option("--territory <area>", say("desk.root.option.territory"), areaId, "province")
    .option("--territory-kind <kind>", say("desk.root.option.territoryKind"), areaKind, "province")
    .option("--time-zone <zone>", say("desk.root.option.timeZone"), "Asia/Ho_Chi_Minh")
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.root.examples")}`)
    .action(makeRoot);
}

async function makeRoot(options: Options, command: Command): Promise<void> {
  const { broker, holders, timeZone } = options;
  const path = resolve(deskPath(command));
  const territory = { id: options.territory, kind: options.territoryKind };
  const root = await createDesk({ path, holders, broker, territory, timeZone }, thisMoment());
  const document = { desk: path, rootVersion: root.rootVersion, expiresAt: root.expiresAt, broker, territory };
  printResult(command, document, () =>
    say("desk.root.made", { path, holders, until: localTime(root.expiresAt, timeZone) }),
  );
}
