import { type Command, Option } from "commander";
import { type PlannedBroadcast, type Progress, planBroadcast, publishBroadcast } from "../desk/broadcast.ts";
import type { Desk } from "../desk/desk.ts";
import { areaId, issuerName, zoneTag } from "../desk/names.ts";
import type { BroadcastStatus } from "../domain/broadcast.ts";
import { BROADCAST_CLASSES, type BroadcastClass } from "../domain/precedence.ts";
import { say, word } from "../texts/say.ts";
import { withPassingLink } from "./desk-link.ts";
import {
  durationSeconds,
  listOf,
  localTime,
  oneOf,
  severityFor,
  thisMoment,
  wholeNumber,
  withDesk,
} from "./desk-options.ts";
import { printResult, wantsJson } from "./output.ts";
import { table } from "./table.ts";

/** What a gateway can carry out today: an exercise would have to be announced as one. */
const STATUSES: readonly BroadcastStatus[] = ["actual", "test"];
const USUAL_LIFE = "2h";

interface Options {
  readonly issuer: string;
  readonly to: readonly string[];
  readonly class: BroadcastClass;
  readonly severity?: number;
  readonly status: BroadcastStatus;
  readonly title: string;
  readonly text?: string;
  readonly language: string;
  readonly audio: string;
  readonly expiresIn: number;
  readonly tags?: readonly string[];
  readonly dryRun?: boolean;
}

export function registerDeskBroadcast(desk: Command): void {
  desk
    .command("broadcast")
    .description(say("desk.broadcast.description"))
    .requiredOption("--issuer <name>", say("desk.broadcast.option.issuer"), issuerName)
    .requiredOption("--to <areas>", say("desk.broadcast.option.to"), listOf(areaId))
    .requiredOption("--title <text>", say("desk.broadcast.option.title"))
    .requiredOption("--audio <file>", say("desk.broadcast.option.audio"))
    .option("--class <class>", say("desk.broadcast.option.class"), oneOf("--class", BROADCAST_CLASSES), "routine")
    .option("--severity <n>", say("desk.broadcast.option.severity"), wholeNumber("--severity", 0, 3))
    .option("--status <status>", say("desk.broadcast.option.status"), oneOf("--status", STATUSES), "actual")
    .option("--text <text>", say("desk.broadcast.option.text"))
    .option("--language <code>", say("desk.broadcast.option.language"), "vi")
    .addOption(
      new Option("--expires-in <duration>", say("desk.broadcast.option.expiresIn"))
        .argParser(durationSeconds)
        .default(durationSeconds(USUAL_LIFE), USUAL_LIFE),
    )
    .option("--tags <tags>", say("desk.broadcast.option.tags"), listOf(zoneTag))
    .option("--dry-run", say("desk.broadcast.option.dryRun"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.broadcast.examples")}`)
    .action(broadcast);
}

async function broadcast(options: Options, command: Command): Promise<void> {
  const { audio: audioPath, expiresIn: expiresInSeconds, tags = [], dryRun = false, ...request } = options;
  const severity = severityFor(request.class, request.severity);
  await withDesk(command, async (desk) => {
    const planned = await planBroadcast(
      desk,
      { ...request, tags, severity, audioPath, expiresInSeconds },
      thisMoment(),
    );
    if (!wantsJson(command)) process.stdout.write(`${planText(planned, desk.settings.timeZone)}\n`);
    if (!dryRun) await send(desk, planned, showProgress(wantsJson(command)));
    printResult(command, documentOf(planned, !dryRun), () =>
      dryRun ? say("desk.broadcast.dryRun") : say("desk.broadcast.sent", { id: planned.order.id }),
    );
  });
}

async function send(desk: Desk, planned: PlannedBroadcast, onProgress: (progress: Progress) => void): Promise<void> {
  await withPassingLink(desk, planned.order.id, (link) =>
    publishBroadcast(desk, planned, link, thisMoment(), onProgress),
  );
}

function showProgress(json: boolean): (progress: Progress) => void {
  if (json || !process.stderr.isTTY) return () => {};
  return ({ sent, total }) => {
    process.stderr.write(`\r${say("desk.broadcast.progress", { sent, total })}${sent === total ? "\n" : ""}`);
  };
}

function planText({ order, severity, audience }: PlannedBroadcast, timeZone: string): string {
  const { title, audio, expiresAt } = order;
  const named = word("class", order.class);
  const urgency =
    order.class === "emergency" ? say("desk.broadcast.plan.emergency", { class: named, severity }) : named;
  const zones = audience.reduce((sum, one) => sum + one.zones.length, 0);
  return [
    say("desk.broadcast.plan.what", {
      title,
      class: urgency,
      duration: `${(audio.durationMs / 1000).toFixed(1)} s`,
      loudness: audio.loudnessCentiLufs === undefined ? "?" : (audio.loudnessCentiLufs / 100).toFixed(1),
      kilobytes: Math.ceil(audio.sizeBytes / 1024),
    }),
    say("desk.broadcast.plan.when", { until: localTime(expiresAt, timeZone) }),
    table(
      [
        say("desk.broadcast.plan.heading.gateway"),
        say("desk.broadcast.plan.heading.commune"),
        say("desk.broadcast.plan.heading.zones"),
      ],
      audience.map((one) => [one.gateway, one.commune, one.zones.join(", ")]),
    ),
    say("desk.broadcast.plan.reach", { gateways: audience.length, zones }),
  ].join("\n");
}

function documentOf({ order, severity, audience, messages }: PlannedBroadcast, sent: boolean) {
  const { id, issuer, title, audio, notBefore, expiresAt } = order;
  const topics = messages.map(({ topic }) => topic);
  return { id, issuer, title, class: order.class, severity, notBefore, expiresAt, audio, audience, topics, sent };
}
