import type { Command } from "commander";
import { gatewayId } from "../desk/names.ts";
import { say, word } from "../texts/say.ts";
import { withDesk } from "./desk-options.ts";
import { printResult } from "./output.ts";
import { table } from "./table.ts";

/** What the desk holds, for looking at. */
export function registerDeskLists(desk: Command): void {
  desk
    .command("gateways")
    .description(say("desk.gateways.description"))
    .action((_options: unknown, command: Command) => listGateways(command));
  desk
    .command("evidence")
    .argument("<gateway>", say("desk.evidence.argument"), gatewayId)
    .description(say("desk.evidence.description"))
    .action((gateway: string, _options: unknown, command: Command) => printEvidence(gateway, command));
}

async function listGateways(command: Command): Promise<void> {
  await withDesk(command, ({ database }) => {
    const gateways = database.register.all().map(({ gateway, serial, commune, placement, enrolledAt }) => ({
      gateway,
      serial,
      commune,
      zones: placement.zones,
      enrolledAt,
      state: database.reports.lastState(gateway),
      evidence: database.evidence.count(gateway),
    }));
    printResult(command, { gateways }, () => {
      if (gateways.length === 0) return say("desk.gateways.none");
      return table(
        [
          say("desk.gateways.heading.gateway"),
          say("desk.gateways.heading.commune"),
          say("desk.gateways.heading.zones"),
          say("desk.gateways.heading.state"),
          say("desk.gateways.heading.evidence"),
        ],
        gateways.map(({ gateway, commune, zones, state, evidence }) => [
          gateway,
          commune,
          zones.map(({ id, tags }) => [id, ...tags].join(" ")).join(", "),
          state === undefined ? "-" : word("link", state),
          String(evidence),
        ]),
      );
    });
  });
}

/** One record a line, word for word, behind the epoch it belongs to; for programs both as JSON. */
async function printEvidence(gateway: string, command: Command): Promise<void> {
  await withDesk(command, ({ database }) => {
    for (const record of database.evidence.lines(gateway)) {
      printResult(command, record, () => `${record.epoch} ${record.line}`);
    }
  });
}
