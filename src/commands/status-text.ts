import type {
  AlarmStatus,
  LastPlay,
  LinkStatus,
  QueuedStatus,
  StatusReport,
  StoredStatus,
  ZoneStatus,
} from "../domain/status.ts";
import { say, word } from "../texts/say.ts";
import { titled } from "../texts/titled.ts";
import { type Colour, coloured } from "./colour.ts";
import { clocksOf, durationText, instantText, minutesText } from "./moments.ts";
import { table } from "./table.ts";

const none = "-";

export function agentStatusText(report: StatusReport): string {
  const { agentVersion: version, gateway, uptimeSeconds, links, clock, zones, alarms } = report;
  const { timeZone, notice } = clocksOf(report.timeZone);
  return [
    coloured("bold", say("status.title", { version, gateway, uptime: durationText(uptimeSeconds) })),
    [alarmsText(alarms, timeZone), ...haltTexts(report, timeZone).map((text) => coloured("yellow", text))].join("\n"),
    linkTable(links, timeZone),
    zoneTable(zones, timeZone),
    queueText(report, timeZone),
    [
      evidenceText(report),
      say("status.clock", { state: word("clock", clock.state), source: clock.source }),
      boxText(report),
      ...notice,
    ].join("\n"),
  ].join("\n\n");
}

export function storedStatusText(stored: StoredStatus, why: Error): string {
  const { timeZone, notice } = clocksOf(stored.timeZone);
  return [
    coloured("red", say("status.storedTitle", { reason: why.message })),
    say("status.storedAdvice", { gateway: stored.gateway }),
    alarmsText(stored.alarms, timeZone),
    queueText(stored, timeZone),
    [evidenceText(stored), ...notice].join("\n"),
  ].join("\n\n");
}

function linkTable({ control, media }: StatusReport["links"], timeZone: string): string {
  const row = (name: string, { connected, sinceMs }: LinkStatus) => [
    name,
    connected ? coloured("green", say("status.connected")) : coloured("red", say("status.disconnected")),
    instantText(sinceMs, timeZone),
  ];
  return table(
    [say("status.heading.link"), say("status.heading.state"), say("status.heading.since")],
    [row(say("status.link.control"), control), row(say("status.link.media"), media)],
  );
}

const activityColours = {
  idle: undefined,
  starting: "green",
  playing: "green",
  stopping: "green",
  faulted: "red",
} as const satisfies Record<ZoneStatus["activity"], Colour | undefined>;

function zoneTable(zones: readonly ZoneStatus[], timeZone: string): string {
  const headings = [
    say("status.heading.zone"),
    say("status.heading.device"),
    say("status.heading.activity"),
    say("status.heading.item"),
    say("status.heading.level"),
    say("status.heading.underruns"),
    say("status.heading.lastPlay"),
  ];
  const rows = zones.map(({ id, device, activity, item, levelCentiDb, underruns, lastPlay }) => [
    id,
    device,
    coloured(activityColours[activity], say(`status.activity.${activity}`)),
    item === undefined ? none : say("status.playing", { title: titled(item), played: minutesText(item.playedMs) }),
    levelCentiDb === undefined ? none : say("status.level", { decibel: (levelCentiDb / 100).toFixed(1) }),
    underruns === 0 ? "0" : coloured("yellow", String(underruns)),
    lastPlayText(lastPlay, timeZone),
  ]);
  return table(headings, rows);
}

/** What sounded last in a zone, how it ended and when. */
export function lastPlayText(lastPlay: LastPlay | undefined, timeZone: string): string {
  if (lastPlay === undefined) return none;
  const { outcome, endedAtMs } = lastPlay;
  return say("status.lastPlay", {
    title: titled(lastPlay),
    outcome: word("outcome", outcome),
    at: instantText(endedAtMs, timeZone),
  });
}

function queueText({ waiting, queue }: StoredStatus, timeZone: string): string {
  if (queue.length === 0) return say("status.queueEmpty");
  return [say("status.waiting", { ...waiting }), queueTable(queue, timeZone)].join("\n");
}

function queueTable(queue: readonly QueuedStatus[], timeZone: string): string {
  const headings = [
    say("status.heading.title"),
    say("status.heading.class"),
    say("status.heading.area"),
    say("status.heading.state"),
    say("status.heading.due"),
    say("status.heading.chunks"),
  ];
  const rows = queue.map(({ class: broadcastClass, area, state, code, due, chunks, ...named }) => [
    titled(named),
    broadcastClass === "emergency" ? coloured("red", word("class", broadcastClass)) : word("class", broadcastClass),
    area,
    stateText(state, code),
    instantText(due === undefined ? undefined : due * 1000, timeZone),
    say("status.chunks", { have: chunks.have ?? "?", total: chunks.total }),
  ]);
  return table(headings, rows);
}

function stateText(state: string, code: string | undefined): string {
  const known = word("state", state);
  return code === undefined
    ? known
    : coloured("yellow", say("status.stateAndCode", { state: known, code: word("code", code) }));
}

function evidenceText({ evidence: { last, acknowledged }, outboxCount: outbox }: StoredStatus): string {
  return say("status.evidence", { last, acknowledged, outbox });
}

/** Halts and holds in force: why a zone is silent though something waits. */
export function haltTexts({ halts = [] }: StatusReport, timeZone: string): readonly string[] {
  return halts.map(({ op, issuer, item, zones, until }) => {
    const what = item === undefined ? say("status.haltEverything") : item.id;
    const values = {
      op: word("op", op),
      issuer,
      until: instantText(until * 1000, timeZone),
      zones: zones.join(", "),
      what,
    };
    return say("status.halt", values);
  });
}

function alarmsText(alarms: readonly AlarmStatus[], timeZone: string): string {
  if (alarms.length === 0) return say("status.noAlarm");
  return alarms.map((alarm) => coloured("red", alarmText(alarm, timeZone))).join("\n");
}

export function alarmText({ code, severity, sinceMs, detail }: AlarmStatus, timeZone: string): string {
  return say("status.alarm", {
    code: word("alarm", code),
    severity: word("severity", severity),
    since: instantText(sinceMs, timeZone),
    detail,
  });
}

function boxText({ disk, memory }: StatusReport): string {
  const text = say("status.box", { ...disk, ...memory });
  return coloured(memory.residentMb > memory.budgetMb ? "yellow" : undefined, text);
}
