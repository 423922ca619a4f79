import type { LinkStatus, StatusReport, ZoneStatus } from "../domain/status.ts";
import { isTrusted } from "../domain/time.ts";
import { say, word } from "../texts/say.ts";
import { titled } from "../texts/titled.ts";
import { type Colour, coloured } from "./colour.ts";
import { clocksOf, instantText, minutesText } from "./moments.ts";
import { fitted, meter } from "./screen.ts";
import { alarmText, haltTexts, lastPlayText } from "./status-text.ts";

const METER_CELLS = 24;
const HOT_CENTI_DB = -300;
const QUEUE_SHOWN = 5;

interface Line {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

export interface ScreenSize {
  readonly columns: number;
  /** Undefined: as many as it takes. */
  readonly rows?: number | undefined;
}

/** One screen of `loa status --watch`: the zones with their meters first, then what is wrong, then what waits. */
export function watchLines(report: StatusReport, { columns, rows }: ScreenSize): readonly string[] {
  const { agentVersion: version, gateway, atMs, zones, alarms, queue } = report;
  const { timeZone, notice } = clocksOf(report.timeZone);
  const lines: readonly Line[] = [
    { text: say("status.watch.title", { version, gateway, at: instantText(atMs, timeZone) }), colour: "bold" },
    ...notice.map((text): Line => ({ text })),
    linksLine(report),
    { text: "" },
    ...zones.flatMap((zone) => zoneLines(zone, timeZone)),
    { text: "" },
    ...(alarms.length === 0
      ? [{ text: say("status.noAlarm") }]
      : alarms.map((alarm): Line => ({ text: alarmText(alarm, timeZone), colour: "red" }))),
    ...haltTexts(report, timeZone).map((text): Line => ({ text, colour: "yellow" })),
    ...queue.slice(0, QUEUE_SHOWN).map(
      ({ class: named, state, due, ...name }): Line => ({
        text: `${instantText(due === undefined ? undefined : due * 1000, timeZone)}  ${word("class", named)}  ${word("state", state)}  ${titled(name)}`,
        colour: named === "emergency" ? "red" : "dim",
      }),
    ),
  ];
  return shortened(lines, rows).map(({ text, colour }) => coloured(colour, fitted(text, columns)));
}

function shortened(lines: readonly Line[], rows: number | undefined): readonly Line[] {
  if (rows === undefined || lines.length <= rows) return lines;
  const shown = Math.max(0, rows - 1);
  return [...lines.slice(0, shown), { text: say("status.watch.more", { count: lines.length - shown }), colour: "dim" }];
}

function linksLine({ links, clock, waiting, alarms }: StatusReport): Line {
  const link = ({ connected }: LinkStatus) => say(connected ? "status.watch.up" : "status.watch.down");
  const text = say("status.watch.links", {
    control: link(links.control),
    media: link(links.media),
    clock: word("clock", clock.state),
    waiting: waiting.emergency + waiting.priority + waiting.routine,
    alarms: alarms.length,
  });
  return { text, colour: links.control.connected && isTrusted(clock) ? undefined : "red" };
}

function zoneLines(zone: ZoneStatus, timeZone: string): readonly Line[] {
  const { id, activity, item, levelCentiDb, underruns, lastPlay } = zone;
  const decibel = levelCentiDb === undefined ? "" : say("status.level", { decibel: (levelCentiDb / 100).toFixed(1) });
  const head = [id.padEnd(3), say(`status.activity.${activity}`).padEnd(12), meter(levelCentiDb, METER_CELLS)];
  const played = item === undefined ? "" : minutesText(item.playedMs);
  const hurt = underruns === 0 ? "" : `${say("status.heading.underruns")} ${underruns}`;
  return [
    {
      text: [...head, decibel.padStart(9), played.padStart(6), hurt].join(" ").trimEnd(),
      colour: meterColour(activity, levelCentiDb),
    },
    { text: `    ${item === undefined ? lastPlayText(lastPlay, timeZone) : titled(item)}` },
  ];
}

function meterColour(activity: ZoneStatus["activity"], levelCentiDb: number | undefined): Colour | undefined {
  if (activity === "faulted") return "red";
  if (levelCentiDb === undefined) return undefined;
  return levelCentiDb > HOT_CENTI_DB ? "yellow" : "green";
}
