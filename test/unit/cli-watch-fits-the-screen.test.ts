import { afterEach, expect, test } from "vitest";
import { fitted, meter } from "../../src/commands/screen.ts";
import { watchLines } from "../../src/commands/watch-text.ts";
import type { StatusReport } from "../../src/domain/status.ts";
import { setLanguage } from "../../src/texts/say.ts";

afterEach(() => setLanguage("en"));

const report: StatusReport = {
  agentVersion: "0.1.0",
  gateway: "7k3m9q2w5x8y",
  atMs: 1_795_000_000_000,
  uptimeSeconds: 60,
  links: { control: { connected: true }, media: { connected: false } },
  clock: { state: "sync", source: "chrony" },
  zones: [
    {
      id: "z1",
      device: "plughw:CARD=loaz1,DEV=0",
      activity: "playing",
      item: {
        issuer: "a",
        id: "b",
        title: "Thông báo cắt điện luân phiên ".repeat(6),
        status: "actual",
        playedMs: 12_400,
      },
      levelCentiDb: -1500,
      underruns: 2,
    },
    { id: "z16", device: "horn", activity: "faulted", underruns: 0 },
  ],
  waiting: { emergency: 1, priority: 0, routine: 4 },
  queue: [],
  outboxCount: 3,
  evidence: { first: 5, last: 42, acknowledged: 40 },
  alarms: [{ code: "storage", severity: "major", sinceMs: 1, detail: "a broken database was put aside ".repeat(5) }],
  disk: { usedPercent: 41, freeMb: 12_034 },
  memory: { residentMb: 83, budgetMb: 100 },
};

test.each(["en", "vi"] as const)("no line is wider than an 80 column terminal (%s)", (language) => {
  setLanguage(language);
  const lines = watchLines(report, { columns: 80 });
  for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80);
  expect(lines.join("\n")).toContain("█".repeat(18));
});

test("a screen with too few rows says how much it leaves out", () => {
  const lines = watchLines(report, { columns: 80, rows: 5 });
  expect(lines).toHaveLength(5);
  expect(lines.at(-1)).toMatch(/^… \d+ more lines/);
});

test("a text is cut between letters, never between a letter and its marks", () => {
  expect(fitted("Cắt điện", 20)).toBe("Cắt điện");
  expect(fitted("Cắt điện", 8)).toBe("Cắt điện");
  expect(fitted("Cắt điện", 4)).toBe("Cắt…");
  expect(fitted("Cắt".normalize("NFD"), 2).normalize("NFC")).toBe("C…");
  expect(fitted("水位", 3)).toBe("水…");
});

test("a meter runs from -60 dB to full scale and never beyond", () => {
  expect(meter(undefined, 4)).toBe("····");
  expect(meter(-9_000, 4)).toBe("····");
  expect(meter(-3_000, 4)).toBe("██··");
  expect(meter(0, 4)).toBe("████");
  expect(meter(300, 4)).toBe("████");
});
