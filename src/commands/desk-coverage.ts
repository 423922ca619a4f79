import type { Command } from "commander";
import { coverageOf, type GatewayCoverage, type Verdict } from "../desk/coverage.ts";
import { gatherWitnesses } from "../desk/witnesses.ts";
import { say, word } from "../texts/say.ts";
import { titled } from "../texts/titled.ts";
import { type Colour, coloured } from "./colour.ts";
import { withDesk } from "./desk-options.ts";
import { clocksOf, instantText, localTime } from "./moments.ts";
import { printResult } from "./output.ts";
import { reasonText } from "./reason-text.ts";
import { table } from "./table.ts";

export function registerDeskCoverage(desk: Command): void {
  desk
    .command("coverage")
    .argument("<id>", say("desk.coverage.argument"))
    .description(say("desk.coverage.description"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.coverage.examples")}`)
    .action((id: string, _options: unknown, command: Command) => showCoverage(id, command));
}

async function showCoverage(id: string, command: Command): Promise<void> {
  await withDesk(command, (desk) => {
    const { order, witnesses } = gatherWitnesses(desk, id);
    const gateways = coverageOf(order, witnesses, Date.now());
    const { issuer, title, status, class: named, expiresAt } = order;
    printResult(command, { id: order.id, issuer, title, status, class: named, expiresAt, gateways }, () => {
      const { timeZone, notice } = clocksOf(desk.settings.timeZone);
      const heading = say("desk.coverage.title", {
        title: titled(order),
        class: word("class", named),
        id: order.id,
        until: localTime(expiresAt, timeZone),
      });
      return [coloured("bold", heading), "", coverageText(gateways, timeZone), ...notice].join("\n");
    });
  });
}

/** How each outcome counts and shows. */
const kinds = {
  played: { counts: "played", colour: "green" },
  cut: { counts: "open", colour: "yellow" },
  playing: { counts: "open", colour: "green" },
  waiting: { counts: "open", colour: undefined },
  failed: { counts: "lost", colour: "red" },
  expired: { counts: "lost", colour: "red" },
  cancelled: { counts: "lost", colour: undefined },
  refused: { counts: "lost", colour: "red" },
  unproven: { counts: "silent", colour: "red" },
  silent: { counts: "silent", colour: "red" },
} as const satisfies Record<Verdict, { counts: string; colour: Colour | undefined }>;

export function coverageText(gateways: readonly GatewayCoverage[], timeZone: string): string {
  if (gateways.length === 0) return say("desk.coverage.nobody");
  const counts = { played: 0, open: 0, lost: 0, silent: 0 };
  const rows = gateways.flatMap(({ gateway, commune, link, heardAtMs, zones }) =>
    zones.map(({ zoneId, verdict, code, firstAtMs, soundedMs }) => {
      counts[kinds[verdict].counts] += 1;
      const said = word("verdict", verdict);
      const told = code === undefined ? said : say("desk.coverage.verdict", { verdict: said, code: codeText(code) });
      const heard = heardAtMs === undefined ? say("desk.coverage.never") : instantText(heardAtMs, timeZone);
      return [
        gateway,
        commune,
        zoneId,
        coloured(kinds[verdict].colour, told),
        instantText(firstAtMs, timeZone),
        soundedMs === 0 ? "-" : (soundedMs / 1000).toFixed(1),
        say("desk.coverage.link", { link: link === undefined ? "-" : word("link", link), heard }),
      ];
    }),
  );
  const headings = (["gateway", "commune", "zone", "verdict", "at", "seconds", "link"] as const).map((name) =>
    say(`desk.coverage.heading.${name}`),
  );
  return [table(headings, rows), "", say("desk.coverage.summary", { ...counts, zones: rows.length })].join("\n");
}

/** What plan found at the end of an item, or a code of the contract. */
function codeText(code: string): string {
  const over = reasonText(`over-${code}`);
  return over === `over-${code}` ? word("code", code) : over.replace(/\.$/, "");
}
