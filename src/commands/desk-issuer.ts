import type { Command } from "commander";
import { createAuthority } from "../desk/authority.ts";
import { areaId, issuerName } from "../desk/names.ts";
import { BROADCAST_CLASSES, type BroadcastClass, BUILT_IN_LEVELS } from "../domain/precedence.ts";
import { KEY_USES, type KeyUse } from "../domain/trust.ts";
import { say, word } from "../texts/say.ts";
import { listOf, localTime, oneOf, severityFor, thisMoment, wholeNumber, withDesk } from "./desk-options.ts";
import { printResult } from "./output.ts";

const LEVELS = BUILT_IN_LEVELS.map(({ code }) => code);

interface Options {
  readonly holder?: string;
  readonly level: string;
  readonly areas: readonly string[];
  readonly classMax: BroadcastClass;
  readonly severityMax?: number;
  readonly uses: readonly KeyUse[];
  readonly days: number;
  readonly under?: string;
}

export function registerDeskIssuer(desk: Command): void {
  desk
    .command("issuer")
    .argument("<name>", say("desk.issuer.argument"), issuerName)
    .description(say("desk.issuer.description"))
    .requiredOption("--areas <areas>", say("desk.issuer.option.areas"), listOf(areaId))
    .option("--level <level>", say("desk.issuer.option.level"), oneOf("--level", LEVELS), "commune")
    .option(
      "--class-max <class>",
      say("desk.issuer.option.classMax"),
      oneOf("--class-max", BROADCAST_CLASSES),
      "priority",
    )
    .option("--severity-max <n>", say("desk.issuer.option.severityMax"), wholeNumber("--severity-max", 0, 3))
    .option("--uses <uses>", say("desk.issuer.option.uses"), listOf(oneOf("--uses", KEY_USES)), ["broadcast"])
    .option("--holder <name>", say("desk.issuer.option.holder"))
    .option("--days <n>", say("desk.issuer.option.days"), wholeNumber("--days", 1, 3650), 90)
    .option("--under <issuer>", say("desk.issuer.option.under"), issuerName)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.issuer.examples")}`)
    .action(makeIssuer);
}

async function makeIssuer(name: string, options: Options, command: Command): Promise<void> {
  await withDesk(command, ({ folder, settings, database }) => {
    const { holder = name, severityMax, ...scope } = options;
    const severity = severityFor(scope.classMax, severityMax);
    const placements = database.register.all().map(({ placement }) => placement);
    const request = { ...scope, name, holder, severityMax: severity };
    const { delegation, signer } = createAuthority(folder, request, placements, thisMoment());
    const { areas, classMax, uses, expiresAt } = delegation;
    const key = folder.issuer(name).key;
    const document = { issuer: name, kid: signer.kid, areas, classMax, severityMax: severity, uses, expiresAt, key };
    printResult(command, document, () =>
      say("desk.issuer.made", {
        name,
        key,
        uses: uses.join(", "),
        areas: areas.join(", "),
        class: word("class", classMax),
        until: localTime(expiresAt, settings.timeZone),
      }),
    );
  });
}
