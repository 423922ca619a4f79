import { type Command, Option } from "commander";
import { keepDraft, publish, refuseShort } from "../desk/cosign.ts";
import type { Desk } from "../desk/desk.ts";
import { deskFailure } from "../desk/failure.ts";
import {
  type ControlRequest,
  type PlannedIntervention,
  planCancel,
  planControl,
  planHold,
} from "../desk/intervention.ts";
import { areaId, holderName, issuerName } from "../desk/names.ts";
import { say } from "../texts/say.ts";
import { withPassingLink } from "./desk-link.ts";
import { durationSeconds, listOf, thisMoment, withDesk } from "./desk-options.ts";
import { localTime } from "./moments.ts";
import { printResult } from "./output.ts";

const USUAL_HALT = "1h";

interface HoldOptions {
  readonly holder?: string;
}

interface CancelOptions extends HoldOptions {
  readonly issuer?: string;
}

interface ControlOptions {
  readonly issuer: string;
  readonly holder?: string;
  readonly to: readonly string[];
  readonly item?: string;
  readonly for?: number;
}

/** What an office can do about what it has said already: cancel it, hold, halt, resume. */
export function registerDeskIntervene(desk: Command): void {
  desk
    .command("cancel")
    .argument("<id>", say("desk.cancel.argument"))
    .description(say("desk.cancel.description"))
    .option("--issuer <name>", say("desk.cancel.option.issuer"), issuerName)
    .option("--holder <name>", say("desk.broadcast.option.holder"), holderName)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.cancel.examples")}`)
    .action((id: string, options: CancelOptions, command: Command) => cancel(id, options, command));
  desk
    .command("hold")
    .argument("<id>", say("desk.cancel.argument"))
    .description(say("desk.hold.description"))
    .option("--holder <name>", say("desk.hold.option.holder"), holderName)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.hold.examples")}`)
    .action((id: string, options: HoldOptions, command: Command) => hold(id, options, command));
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
    .option("--holder <name>", say("desk.broadcast.option.holder"), holderName)
    .requiredOption("--to <areas>", say("desk.broadcast.option.to"), listOf(areaId))
    .option("--item <id>", say("desk.control.option.item"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say(`desk.${op}.examples`)}`)
    .action(async (options: ControlOptions, command: Command) => {
      const { for: seconds = durationSeconds(USUAL_HALT), ...named } = options;
      const request: ControlRequest = { op, seconds, ...named };
      await withDesk(command, async (opened) => {
        const planned = await planControl(opened, request, thisMoment());
        await send(opened, planned);
        tell(command, planned, { op }, () =>
          say(`desk.${op}.done`, {
            gateways: planned.gateways.length,
            until: localTime(planned.expiresAt, opened.settings.timeZone),
            id: planned.message.id,
          }),
        );
      });
    });
}

async function cancel(id: string, { issuer, holder }: CancelOptions, command: Command): Promise<void> {
  await withDesk(command, async (desk) => {
    const speaker = issuer ?? desk.database.broadcasts.find(id)?.issuer;
    if (speaker === undefined) throw deskFailure("desk.coverage.unknown", { id });
    const planned = await planCancel(desk, { id, issuer: speaker, holder }, thisMoment());
    await send(desk, planned);
    tell(command, planned, { op: "cancel", cancels: id }, () =>
      say("desk.cancel.done", { gateways: planned.gateways.length, id: planned.message.id }),
    );
  });
}

async function hold(id: string, { holder }: HoldOptions, command: Command): Promise<void> {
  await withDesk(command, async (desk) => {
    const planned = await planHold(desk, { id, holder }, thisMoment());
    await send(desk, planned);
    tell(command, planned, { op: "hold", item: id }, () =>
      say("desk.hold.done", {
        ...{ gateways: planned.gateways.length, id },
        until: localTime(planned.expiresAt, desk.settings.timeZone),
      }),
    );
  });
}

/** What lacks a signature is kept for the one who will give it. */
async function send(desk: Desk, planned: PlannedIntervention): Promise<void> {
  const assessed = { kind: "intervention", planned } as const;
  if (planned.isShort) keepDraft(desk, desk.folder.draft(planned.message.id), assessed, thisMoment());
  refuseShort(assessed);
  await withPassingLink(desk, planned.message.id, (link) => publish(desk, assessed, link, thisMoment()));
}

function tell(command: Command, planned: PlannedIntervention, what: object, text: () => string): void {
  const { message, expiresAt, gateways, messages } = planned;
  const topics = messages.map(({ topic }) => topic);
  printResult(command, { id: message.id, ...what, expiresAt, gateways, topics }, text);
}
