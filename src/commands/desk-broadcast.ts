import { type Command, Option } from "commander";
import { planBroadcast } from "../desk/broadcast.ts";
import { areaId, holderName, issuerName, zoneTag } from "../desk/names.ts";
import { BROADCAST_STATUSES, type BroadcastStatus, ON_PREEMPT, type OnPreempt } from "../domain/broadcast.ts";
import { BROADCAST_CLASSES, type BroadcastClass } from "../domain/precedence.ts";
import { say } from "../texts/say.ts";
import { sendOrKeep } from "./desk-cosign.ts";
import { assessedText, documentOf } from "./desk-draft-text.ts";
import {
  durationSeconds,
  instantOf,
  listOf,
  oneOf,
  severityFor,
  thisMoment,
  wholeNumber,
  withDesk,
} from "./desk-options.ts";
import { printResult, wantsJson } from "./output.ts";

const USUAL_LIFE = "2h";
export const MOST_REPEATS = 20;

interface Options {
  readonly issuer: string;
  readonly holder?: string;
  readonly to: readonly string[];
  readonly class: BroadcastClass;
  readonly severity?: number;
  readonly status: BroadcastStatus;
  readonly title: string;
  readonly text?: string;
  readonly language: string;
  readonly audio: string;
  readonly at?: string;
  readonly expiresIn: number;
  readonly startWithin?: number;
  readonly repeat?: number;
  readonly gap?: number;
  readonly onPreempt?: OnPreempt;
  readonly tags?: readonly string[];
  readonly dryRun?: boolean;
  readonly draft?: string;
}

export function registerDeskBroadcast(desk: Command): void {
  desk
    .command("broadcast")
    .description(say("desk.broadcast.description"))
    .requiredOption("--issuer <name>", say("desk.broadcast.option.issuer"), issuerName)
    .option("--holder <name>", say("desk.broadcast.option.holder"), holderName)
    .requiredOption("--to <areas>", say("desk.broadcast.option.to"), listOf(areaId))
    .requiredOption("--title <text>", say("desk.broadcast.option.title"))
    .requiredOption("--audio <file>", say("desk.broadcast.option.audio"))
    .option("--class <class>", say("desk.broadcast.option.class"), oneOf("--class", BROADCAST_CLASSES), "routine")
    .option("--severity <n>", say("desk.broadcast.option.severity"), wholeNumber("--severity", 0, 3))
    .option("--status <status>", say("desk.broadcast.option.status"), oneOf("--status", BROADCAST_STATUSES), "actual")
    .option("--text <text>", say("desk.broadcast.option.text"))
    .option("--language <code>", say("desk.broadcast.option.language"), "vi")
    .option("--at <time>", say("desk.broadcast.option.at"))
    .option("--start-within <duration>", say("desk.broadcast.option.startWithin"), durationSeconds)
    .option("--repeat <n>", say("desk.broadcast.option.repeat"), wholeNumber("--repeat", 1, MOST_REPEATS))
    .option("--gap <duration>", say("desk.broadcast.option.gap"), durationSeconds)
    .option("--on-preempt <rule>", say("desk.broadcast.option.onPreempt"), oneOf("--on-preempt", ON_PREEMPT))
    .addOption(
      new Option("--expires-in <duration>", say("desk.broadcast.option.expiresIn"))
        .argParser(durationSeconds)
        .default(durationSeconds(USUAL_LIFE), USUAL_LIFE),
    )
    .option("--tags <tags>", say("desk.broadcast.option.tags"), listOf(zoneTag))
    .option("--dry-run", say("desk.broadcast.option.dryRun"))
    .option("--draft <file>", say("desk.broadcast.option.draft"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.broadcast.examples")}`)
    .action(broadcast);
}

async function broadcast(options: Options, command: Command): Promise<void> {
  const { audio: audioPath, at: atText, tags = [], dryRun = false, draft, ...request } = options;
  const { expiresIn: expiresInSeconds, startWithin: startWithinSeconds, gap: gapSeconds } = options;
  const severity = severityFor(request.class, request.severity);
  await withDesk(command, async (desk) => {
    const moment = thisMoment();
    const at = atText === undefined ? undefined : instantOf(atText, desk.settings.timeZone, moment.nowMs);
    const times = { at, expiresInSeconds, startWithinSeconds, gapSeconds };
    const full = { ...request, ...times, tags, severity, audioPath };
    const assessed = { kind: "broadcast", planned: await planBroadcast(desk, full, moment) } as const;
    if (!wantsJson(command)) process.stdout.write(`${assessedText(assessed, desk.settings.timeZone)}\n`);
    if (dryRun) {
      printResult(command, { ...documentOf(assessed), sent: false }, () => say("desk.broadcast.dryRun"));
    } else await sendOrKeep(command, desk, assessed, draft);
  });
}
