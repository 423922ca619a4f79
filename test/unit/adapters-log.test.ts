import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { PinoLog } from "../../src/adapters/log.ts";
import { LOG_EVENTS } from "../../src/adapters/log-events.ts";
import { AgentFailure } from "../../src/domain/failure.ts";

const SOURCE = path.resolve(import.meta.dirname, "../../src");

function writtenBy(act: (log: PinoLog) => void, level: "info" | "debug" = "info"): Record<string, unknown>[] {
  const lines: string[] = [];
  act(new PinoLog(level, { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

describe("a line of the log", () => {
  test("holds level, ISO time, event, fields and the sentence, and nothing else", () => {
    const [line] = writtenBy((log) => log.write("warn", "link.failed", { loss: "refused" }, "no way"));
    expect(line).toEqual({
      level: "warn",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: "link.failed",
      loss: "refused",
      msg: "no way",
    });
  });

  test("is not written below the level", () => {
    const act = (log: PinoLog) => log.write("debug", "link.failed", {}, "again");
    expect(writtenBy(act)).toHaveLength(0);
    expect(writtenBy(act, "debug")).toHaveLength(1);
  });

  test("tells a failure with code, hint and cause", () => {
    const error = new AgentFailure("disk-full", "no room", { hint: "make some", cause: new Error("ENOSPC") });
    const [line] = writtenBy((log) => log.write("error", "store.failed", { error }, "not stored"));
    expect(line?.["error"]).toMatchObject({ code: "disk-full", hint: "make some", cause: { message: "ENOSPC" } });
  });
});

describe("the list of events", () => {
  const written = globSync("**/*.ts", { cwd: SOURCE }).flatMap((file) => {
    const text = readFileSync(path.join(SOURCE, file), "utf8");
    return [...text.matchAll(/\.write\(\s*[^"(),]*"?\w+"?,\s*"([^"]+)"/g)].map(([, event = ""]) => ({ file, event }));
  });

  test("holds every event that the source writes", () => {
    expect(written.length).toBeGreaterThan(5);
    expect(written.filter(({ event }) => !Object.hasOwn(LOG_EVENTS, event))).toEqual([]);
  });

  test("names each by area and happening, and says what it means in a sentence", () => {
    for (const [event, sentence] of Object.entries(LOG_EVENTS)) {
      expect(event).toMatch(/^[a-z]+\.[a-z-]+$/);
      expect(sentence).toMatch(/^[A-Za-z].*\.$/);
    }
  });
});
