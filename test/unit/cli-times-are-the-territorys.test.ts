import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { lineTeller } from "../../src/commands/line-teller.ts";
import { clocksOf, instantText, shortInstantText } from "../../src/commands/moments.ts";
import { queueText } from "../../src/commands/queue.ts";
import { agentStatusText, storedStatusText } from "../../src/commands/status-text.ts";
import { watchLines } from "../../src/commands/watch-text.ts";
import { storyText } from "../../src/commands/why-text.ts";
import type { StatusReport } from "../../src/domain/status.ts";
import type { QueueOutlook, Story, ZoneStory } from "../../src/domain/story.ts";
import { NOW } from "../fakes/builders.ts";
import { ELSEWHERE, machineElsewhere } from "../fakes/machine-elsewhere.ts";

const VIETNAM = "Asia/Ho_Chi_Minh";
const nowMs = NOW * 1000;

beforeEach(machineElsewhere);

const THERE = "2026-11-24 05:30:00";
const HERE = "2026-11-23 17:30:00";
const OWN = `Times are this machine's own (${ELSEWHERE})`;

const item = { issuer: "ubnd.hoa-binh", id: "01JD3W9K2M4N6P8Q0R1S2T3V4W", title: "Bản tin", status: "actual" } as const;

function status(timeZone: string | undefined): StatusReport {
  return {
    ...{ agentVersion: "0.1.0", gateway: "7k3m9q2w5x8y", timeZone, atMs: nowMs, uptimeSeconds: 60 },
    links: { control: { connected: true, sinceMs: nowMs }, media: { connected: true, sinceMs: nowMs } },
    clock: { state: "sync", source: "chrony" },
    zones: [
      {
        ...({ id: "z1", device: "horn", activity: "idle", underruns: 0 } as const),
        lastPlay: { ...item, endedAtMs: nowMs, outcome: "played" },
      },
    ],
    waiting: { emergency: 0, priority: 0, routine: 1 },
    queue: [
      {
        ...item,
        ...({ class: "routine", area: "xa-hoa-binh", state: "queued", chunks: { total: 1 } } as const),
        ...{ due: NOW, expiresAt: NOW },
      },
    ],
    outboxCount: 0,
    evidence: { first: 1, last: 1, acknowledged: 1 },
    alarms: [{ code: "storage", severity: "major", sinceMs: nowMs, detail: "the disk is full" }],
    halts: [{ op: "halt", issuer: item.issuer, id: item.id, zones: ["z1"], until: NOW }],
    disk: { usedPercent: 1, freeMb: 1 },
    memory: { residentMb: 1, budgetMb: 100 },
  };
}

function queue(timeZone: string | undefined): QueueOutlook {
  const entry = { ...item, class: "routine", onAir: false, reason: "waits-early" } as const;
  const entries = [
    { ...entry, atMs: nowMs },
    { ...entry, atMs: nowMs + 86_400_000 },
  ];
  return {
    ...{ gateway: "7k3m9q2w5x8y", timeZone, atMs: nowMs },
    ...{ clock: "sync", zones: [{ zoneId: "z1", entries, more: 0 }], everywhere: [] },
  };
}

function itemStory(timeZone: string | undefined): Exclude<Story, { kind: "unknown" }> {
  const step = { kind: "accepted", atMs: nowMs } as const;
  const told = { class: "routine", area: "xa-hoa-binh", state: "queued", expiresAt: NOW, steps: [step] } as const;
  return { kind: "item", ...item, timeZone, ...told };
}

function zoneStory(timeZone: string | undefined): ZoneStory {
  const step = { kind: "decided", zoneId: "z1", reason: "first", atMs: nowMs, ...item } as const;
  return { kind: "zone", zoneId: "z1", timeZone, steps: [step] };
}

/** What a technician reads, and how many times stand in it. */
const texts: Readonly<Record<string, readonly [number, (timeZone: string | undefined) => string]>> = {
  status: [6, (timeZone) => agentStatusText(status(timeZone))],
  "status without an agent": [2, (timeZone) => storedStatusText(status(timeZone), new Error("it is down"))],
  "status --watch": [5, (timeZone) => watchLines(status(timeZone), { columns: 120 }).join("\n")],
  "why of an item": [2, (timeZone) => storyText(itemStory(timeZone), item.id)],
  "why of a zone": [1, (timeZone) => storyText(zoneStory(timeZone), "z1")],
};

const instants = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g;

test.each(Object.entries(texts))("%s tells the time of the territory", (_name, [count, text]) => {
  expect(text(VIETNAM).match(instants)).toEqual(Array.from({ length: count }, () => THERE));
  expect(text(VIETNAM)).not.toContain("Times are");
});

test.each(Object.entries(texts))(
  "%s on a box without a territory: its own time, and that it is",
  (_name, [count, text]) => {
    expect(text(undefined).match(instants)).toEqual(Array.from({ length: count }, () => HERE));
    expect(text(undefined)).toContain(`${OWN}: no territory is known here.`);
  },
);

test("queue leaves the date out where it is today's in the territory", () => {
  expect(queueText(queue(VIETNAM))).toMatch(/^ {2}05:30:00 .*\n {2}2026-11-25 05:30:00 /m);
  expect(queueText(queue(VIETNAM))).not.toContain("Times are");
  expect(queueText(queue(undefined))).toMatch(/^ {2}17:30:00 /m);
  expect(queueText(queue(undefined))).toContain(OWN);
  // 23:30 and 00:30 in Vietnam; in New York both are on one day.
  const [before, after] = [Date.UTC(2026, 10, 23, 16, 30), Date.UTC(2026, 10, 23, 17, 30)];
  expect(shortInstantText(after, before, VIETNAM)).toBe("2026-11-24 00:30:00");
  expect(shortInstantText(after, before, ELSEWHERE)).toBe("12:30:00");
});

test("a time zone that this machine does not know stops no command, and is told", () => {
  const { timeZone, notice } = clocksOf("Asia/Hanoi");
  expect(timeZone).toBe(ELSEWHERE);
  expect(notice).toEqual([`${OWN}: it knows no time zone Asia/Hanoi.`]);
  expect(agentStatusText(status("Asia/Hanoi"))).toContain(HERE);
});

test("never is a dash anywhere", () => {
  expect(instantText(undefined, VIETNAM)).toBe("-");
});

function told(json: boolean, timeZone: string): readonly string[] {
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
  const lines: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  onTestFinished(() => void vi.restoreAllMocks());
  const tell = lineTeller(json, timeZone);
  tell({ event: "a" }, "something happened");
  tell({ event: "b" }, undefined);
  return lines;
}

test("serve and listen put the territory's time of day before what they tell people", () => {
  expect(told(false, VIETNAM)).toEqual(["05:30:00 something happened\n"]);
  expect(told(false, "Asia/Hanoi")).toEqual([expect.stringContaining(OWN), "17:30:00 something happened\n"]);
});

test("programs get the instant, and everything", () => {
  const documents = [`{"atMs":${nowMs},"event":"a"}\n`, `{"atMs":${nowMs},"event":"b"}\n`];
  expect(told(true, VIETNAM)).toEqual(documents);
  expect(told(true, "Asia/Hanoi")).toEqual(documents);
});
