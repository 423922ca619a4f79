import type { Command } from "commander";
import { holderName, issuerName } from "../desk/names.ts";
import { planUpdate, replaceable } from "../desk/update.ts";
import { ON_PREEMPT, type OnPreempt } from "../domain/broadcast.ts";
import { BROADCAST_CLASSES, type BroadcastClass } from "../domain/precedence.ts";
import { say } from "../texts/say.ts";
import { MOST_REPEATS } from "./desk-broadcast.ts";
import { sendOrKeep } from "./desk-cosign.ts";
import { assessedText, documentOf } from "./desk-draft-text.ts";
import { durationSeconds, instantOf, oneOf, severityFor, thisMoment, wholeNumber, withDesk } from "./desk-options.ts";
import { printResult, wantsJson } from "./output.ts";

interface Options {
  readonly issuer?: string;
  readonly holder?: string;
  readonly class?: BroadcastClass;
  readonly severity?: number;
  readonly title?: string;
  readonly text?: string;
  readonly language?: string;
  readonly audio?: string;
  readonly at?: string;
  readonly expiresIn?: number;
  readonly startWithin?: number;
  readonly repeat?: number;
  readonly gap?: number;
  readonly onPreempt?: OnPreempt;
  readonly dryRun?: boolean;
  readonly draft?: string;
}

/** The options of `desk broadcast` but whom it is for; each one that is left out stays as it was. */
export function registerDeskUpdate(desk: Command): void {
  desk
    .command("update")
    .argument("<id>", say("desk.cancel.argument"))
    .description(say("desk.update.description"))
    .option("--issuer <name>", say("desk.update.option.issuer"), issuerName)
    .option("--holder <name>", say("desk.broadcast.option.holder"), holderName)
    .option("--title <text>", say("desk.broadcast.option.title"))
    .option("--audio <file>", say("desk.update.option.audio"))
    .option("--class <class>", say("desk.broadcast.option.class"), oneOf("--class", BROADCAST_CLASSES))
    .option("--severity <n>", say("desk.broadcast.option.severity"), wholeNumber("--severity", 0, 3))
    .option("--text <text>", say("desk.update.option.text"))
    .option("--language <code>", say("desk.broadcast.option.language"))
    .option("--at <time>", say("desk.update.option.at"))
    .option("--start-within <duration>", say("desk.update.option.startWithin"), durationSeconds)
    .option("--repeat <n>", say("desk.broadcast.option.repeat"), wholeNumber("--repeat", 1, MOST_REPEATS))
    .option("--gap <duration>", say("desk.broadcast.option.gap"), durationSeconds)
    .option("--on-preempt <rule>", say("desk.update.option.onPreempt"), oneOf("--on-preempt", ON_PREEMPT))
    .option("--expires-in <duration>", say("desk.update.option.expiresIn"), durationSeconds)
    .option("--dry-run", say("desk.broadcast.option.dryRun"))
    .option("--draft <file>", say("desk.broadcast.option.draft"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.update.examples")}`)
    .action((id: string, options: Options, command: Command) => update(id, options, command));
}

async function update(id: string, options: Options, command: Command): Promise<void> {
  const { audio: audioPath, at: atText, dryRun = false, draft, ...changes } = options;
  const { expiresIn: expiresInSeconds, startWithin: startWithinSeconds, gap: gapSeconds } = options;
  await withDesk(command, async (desk) => {
    const moment = thisMoment();
    const original = replaceable(desk, id, moment);
    const { issuer = original.issuer, class: named = original.class } = options;
    const isAsBefore = options.class === undefined && options.severity === undefined;
    const severity = isAsBefore ? original.severity : severityFor(named, options.severity);
    const at = atText === undefined ? undefined : instantOf(atText, desk.settings.timeZone, moment.nowMs);
    const times = { at, expiresInSeconds, startWithinSeconds, gapSeconds };
    const request = { ...changes, ...times, audioPath, issuer, class: named, severity };
    const assessed = { kind: "broadcast", planned: await planUpdate(desk, original, request, moment) } as const;
    if (!wantsJson(command)) process.stdout.write(`${assessedText(assessed, desk.settings.timeZone)}\n`);
    if (dryRun) {
      printResult(command, { ...documentOf(assessed), sent: false }, () => say("desk.broadcast.dryRun"));
    } else await sendOrKeep(command, desk, assessed, draft);
  });
}
