import type { Command } from "commander";
import { createAuthority } from "../desk/delegate.ts";
import { appointHerald } from "../desk/herald.ts";
import { areaId, holderName, issuerName } from "../desk/names.ts";
import { BROADCAST_CLASSES, type BroadcastClass } from "../domain/precedence.ts";
import { KEY_USES, type KeyUse } from "../domain/trust.ts";
import { say, word } from "../texts/say.ts";
import { listOf, oneOf, severityFor, thisMoment, wholeNumber, withDesk } from "./desk-options.ts";
import { localTime } from "./moments.ts";
import { printResult } from "./output.ts";

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

/** What an authority may let others do: whatever people sign. What services sign it gets by --uses. */
const AUTHORITY_USES: readonly KeyUse[] = ["delegate", "revoke", "broadcast", "control", "beacon", "index"];

export function registerDeskIssuer(desk: Command): void {
  registerKey(desk, "issuer", { level: "commune", classMax: "priority", uses: ["broadcast", "control"], days: 90 });
  registerKey(desk, "authority", { level: "province", classMax: "emergency", uses: AUTHORITY_USES, days: 730 });
}

type Usual = Pick<Options, "level" | "classMax" | "uses" | "days">;

/** An authority is an issuer that may let others speak. */
function registerKey(desk: Command, kind: "issuer" | "authority", usual: Usual): void {
  desk
    .command(kind)
    .argument("<name>", say("desk.issuer.argument"), issuerName)
    .description(say(`desk.${kind}.description`))
    .requiredOption("--areas <areas>", say("desk.issuer.option.areas"), listOf(areaId))
    .option("--level <level>", say("desk.issuer.option.level"), usual.level)
    .option(
      "--class-max <class>",
      say("desk.issuer.option.classMax"),
      oneOf("--class-max", BROADCAST_CLASSES),
      usual.classMax,
    )
    .option("--severity-max <n>", say("desk.issuer.option.severityMax"), wholeNumber("--severity-max", 0, 3))
    .option("--uses <uses>", say("desk.issuer.option.uses"), listOf(oneOf("--uses", KEY_USES)), usual.uses)
    .option("--holder <name>", say("desk.issuer.option.holder"), holderName)
    .option("--days <n>", say("desk.issuer.option.days"), wholeNumber("--days", 1, 3650), usual.days)
    .option("--under <issuer>", say("desk.issuer.option.under"), issuerName)
    .addHelpText("after", `\n${say("cli.examples")}\n${say(`desk.${kind}.examples`)}`)
    .action(makeIssuer);
}

async function makeIssuer(name: string, options: Options, command: Command): Promise<void> {
  await withDesk(command, async (desk) => {
    const { settings, database, policy } = desk;
    oneOf(
      "--level",
      policy.levels.map(({ code }) => code),
    )(options.level);
    const { holder = name, severityMax, ...scope } = options;
    const severity = severityFor(scope.classMax, severityMax);
    const placements = database.register.all().map(({ placement }) => placement);
    const request = { ...scope, name, holder, severityMax: severity };
    const { delegation, signer, keyPath: key } = await createAuthority(desk, request, placements, thisMoment());
    const heralded = await appointHerald(desk, request, placements, thisMoment());
    const { areas, classMax, uses, expiresAt } = delegation;
    const document = {
      issuer: name,
      holder,
      kid: signer.kid,
      areas,
      classMax,
      severityMax: severity,
      uses,
      expiresAt,
      key,
      heralded,
    };
    printResult(command, document, () => {
      const made = say("desk.issuer.made", {
        name,
        holder,
        key,
        uses: uses.join(", "),
        areas: areas.join(", "),
        class: word("class", classMax),
        until: localTime(expiresAt, settings.timeZone),
      });
      return heralded ? made : `${made}\n${say("desk.issuer.unheralded", { name })}`;
    });
  });
}
