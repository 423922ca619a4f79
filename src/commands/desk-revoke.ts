import type { Command } from "commander";
import { deskFailure } from "../desk/failure.ts";
import { kidOf } from "../desk/keys.ts";
import { holderName, issuerName } from "../desk/names.ts";
import { planRevocation, publishRevocation } from "../desk/revocation.ts";
import type { UnixSeconds } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { withPassingLink } from "./desk-link.ts";
import { durationSeconds, oneOf, thisMoment, withDesk } from "./desk-options.ts";
import { localTime } from "./moments.ts";
import { printResult } from "./output.ts";

const REASONS = ["retired", "compromised"] as const;

interface Options {
  readonly reason: (typeof REASONS)[number];
  readonly from?: UnixSeconds;
  readonly holder?: string;
  readonly by?: string;
}

export function registerDeskRevoke(desk: Command): void {
  desk
    .command("revoke")
    .argument("<issuer|kid>", say("desk.revoke.argument"))
    .description(say("desk.revoke.description"))
    .requiredOption("--reason <reason>", say("desk.revoke.option.reason"), oneOf("--reason", REASONS))
    .option("--from <time>", say("desk.revoke.option.from"), instant)
    .option("--holder <name>", say("desk.revoke.option.holder"), holderName)
    .option("--by <issuer>", say("desk.revoke.option.by"), issuerName)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.revoke.examples")}`)
    .action(revoke);
}

async function revoke(subject: string, options: Options, command: Command): Promise<void> {
  const { reason, holder, by, from = Math.floor(Date.now() / 1000) } = options;
  await withDesk(command, async (desk) => {
    const planned = await planRevocation(desk, { subject, holder, reason, from, by }, thisMoment());
    const topics = planned.messages.map(({ topic }) => topic);
    const keys = planned.keys.map(({ key }) => ({ kid: kidOf(key.publicKey), issuer: key.issuer, holder: key.holder }));
    await withPassingLink(desk, "revoke", (link) => publishRevocation(desk, planned, link, thisMoment()));
    const { endsEarly } = planned;
    const { timeZone } = desk.settings;
    printResult(command, { keys, reason, from, topics, ...(endsEarly !== undefined && { endsEarly }) }, () => {
      const holders = keys.map((key) => key.holder).join(", ");
      const done = say("desk.revoke.done", { holders, from: localTime(from, timeZone) });
      return endsEarly === undefined
        ? done
        : `${done}\n${say("desk.revoke.endsEarly", { until: localTime(endsEarly, timeZone) })}`;
    });
  });
}

/** `2026-11-20T08:00:00+07:00`, or so long ago: `3d`. */
function instant(text: string): UnixSeconds {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return Math.floor(ms / 1000);
  if (/^[0-9]+[smhd]$/.test(text)) return Math.floor(Date.now() / 1000) - durationSeconds(text);
  throw deskFailure("desk.revoke.time", { text }, "usage");
}
