import { type Command, Option } from "commander";
import type { Desk } from "../desk/desk.ts";
import { deskFailure } from "../desk/failure.ts";
import {
  type ControlRequest,
  type PlannedIntervention,
  planCancel,
  planControl,
  publishIntervention,
} from "../desk/intervention.ts";
import { areaId, issuerName } from "../desk/names.ts";
import { say } from "../texts/say.ts";
import { withPassingLink } from "./desk-link.ts";
import { durationSeconds, listOf, localTime, thisMoment, withDesk } from "./desk-options.ts";
import { printResult } from "./output.ts";

const USUAL_HALT = "1h";

interface ControlOptions {
  readonly issuer: string;
  readonly to: readonly string[];
  readonly item?: string;
  readonly for?: number;
}

/** What an office can do about what it has said already: cancel it, halt, resume. */
export function registerDeskIntervene(desk: Command): void {
  desk
    .command("cancel")
    .argument("<id>", say("desk.cancel.argument"))
    .description(say("desk.cancel.description"))
    .option("--issuer <name>", say("desk.cancel.option.issuer"), issuerName)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.cancel.examples")}`)
    .action((id: string, { issuer }: { readonly issuer?: string }, command: Command) => cancel(id, issuer, command));
  control(desk, "halt").addOption(
    new Option("--for <duration>", say("desk.halt.option.for"))
      .argParser(durationSeconds)
      .default(durationSeconds(USUAL_HALT), USUAL_HALT),
  );
  control(desk, "resume");
}

function control(desk: Command, op: "halt" | "resume"): Command {
  return desk
    .command(op)
    .description(say(`desk.${op}.description`))
    .requiredOption("--issuer <name>", say("desk.broadcast.option.issuer"), issuerName)
    .requiredOption("--to <areas>", say("desk.broadcast.option.to"), listOf(areaId))
    .option("--item <id>", say("desk.control.option.item"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say(`desk.${op}.examples`)}`)
    .action(async (options: ControlOptions, command: Command) => {
      const { for: seconds = durationSeconds(USUAL_HALT), ...named } = options;
      const request: ControlRequest = { op, seconds, ...named };
      await withDesk(command, async (opened) => {
        const planned = planControl(opened, request, thisMoment());
        await send(opened, planned);
        tell(command, planned, { op }, () =>
          say(`desk.${op}.done`, {
            gateways: planned.gateways.length,
            until: localTime(planned.expiresAt, opened.settings.timeZone),
            id: planned.id,
          }),
        );
      });
    });
}

async function cancel(id: string, issuer: string | undefined, command: Command): Promise<void> {
  await withDesk(command, async (desk) => {
    const speaker = issuer ?? desk.database.broadcasts.find(id)?.issuer;
    if (speaker === undefined) throw deskFailure("desk.coverage.unknown", { id });
    const planned = planCancel(desk, id, speaker, thisMoment());
    await send(desk, planned);
    tell(command, planned, { op: "cancel", cancels: id }, () =>
      say("desk.cancel.done", { gateways: planned.gateways.length, id: planned.id }),
    );
  });
}

async function send(desk: Desk, planned: PlannedIntervention): Promise<void> {
  await withPassingLink(desk, planned.id, (link) => publishIntervention(desk, planned, link, thisMoment()));
}

function tell(command: Command, planned: PlannedIntervention, what: object, text: () => string): void {
  const { id, expiresAt, gateways, messages } = planned;
  const topics = messages.map(({ topic }) => topic);
  printResult(command, { id, ...what, expiresAt, gateways, topics }, text);
}
