import type { Command } from "commander";
import { DEFAULT_CONFIG_FILE, loadConfig } from "../config/load.ts";
import type { OutlookEntry, QueueOutlook } from "../domain/story.ts";
import { isTrusted, type UnixMs } from "../domain/time.ts";
import { say, word } from "../texts/say.ts";
import { titled } from "../texts/titled.ts";
import { askOrRead, type Question } from "./agent-question.ts";
import { coloured } from "./colour.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { clocksOf, shortInstantText } from "./moments.ts";
import { printResult } from "./output.ts";
import { reasonText, shortId } from "./reason-text.ts";

const QUEUE: Question<QueueOutlook> = { ask: "queue", known: "everywhere" };

export function registerQueue(program: Command): void {
  program
    .command("queue")
    .description(say("queue.description"))
    .option("--config <file>", say("cli.option.config", { file: DEFAULT_CONFIG_FILE }))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("queue.examples")}`)
    .action(async ({ config: file }: { readonly config?: string }, command: Command) => {
      const told = await askOrRead<QueueOutlook, QueueOutlook | { readonly unplaced: true }>(
        loadConfig(file),
        QUEUE,
        async (orders) => {
          const { storedOutlook } = await import("../pipeline/queue-view.ts");
          return storedOutlook(orders, { state: "sync", nowMs: Date.now() }) ?? { unplaced: true };
        },
      );
      const { source, answer } = told;
      printResult(command, { source, ...answer }, () => {
        const text = "unplaced" in answer ? say("queue.unplaced") : queueText(answer);
        if (source === "agent") return text;
        return `${coloured("red", say("queue.stored", { reason: told.why.message }))}\n\n${text}`;
      });
      if (source === "database") process.exitCode = EXIT_CODES["agent-unreachable"];
    });
}

export function queueText({ zones, everywhere, clock, atMs, timeZone: placed }: QueueOutlook): string {
  const { timeZone, notice } = clocksOf(placed);
  const blocks = zones.map(({ zoneId, entries, more }) =>
    [
      coloured("bold", say("queue.zone", { zone: zoneId })),
      ...(entries.length === 0 ? [say("queue.zoneEmpty")] : entries.map((entry) => entryText(entry, atMs, timeZone))),
      ...(more === 0 ? [] : [say("queue.more", { count: more })]),
    ].join("\n"),
  );
  const shared = everywhere.map((entry) => entryText(entry, atMs, timeZone));
  return [
    ...(isTrusted({ state: clock }) ? [] : [coloured("red", say("queue.clockNone"))]),
    ...blocks,
    ...(shared.length === 0 ? [] : [[coloured("bold", say("queue.everywhere")), ...shared].join("\n")]),
    ...notice,
  ].join("\n\n");
}

function entryText(
  { class: named, id, reason, onAir, atMs, ...name }: OutlookEntry,
  nowMs: UnixMs,
  timeZone: string,
): string {
  const at = atMs === undefined ? say("queue.unknownTime") : shortInstantText(atMs, nowMs, timeZone);
  const values = { title: titled(name), class: word("class", named), id: shortId(id) };
  if (onAir) return coloured("green", say("queue.onAir", { ...values, until: at }));
  return coloured(
    named === "emergency" ? "red" : undefined,
    say("queue.next", { ...values, at, reason: reasonText(reason) }),
  );
}
