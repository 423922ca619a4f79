import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { readInventory } from "../../src/adapters/inventory.ts";
import { notifySystemd, systemdWatchdogMs } from "../../src/adapters/systemd.ts";
import { FakeLog } from "../fakes/log.ts";
import { until } from "./support/link.ts";

afterEach(() => void vi.unstubAllEnvs());

/** A systemd-notify that writes down what it was told, first on the path. */
function notifyTool(body: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "loa-notify-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const tool = path.join(folder, "systemd-notify");
  writeFileSync(tool, `#!/bin/sh\n${body.replaceAll("@OUT@", path.join(folder, "told"))}\n`);
  chmodSync(tool, 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
  return path.join(folder, "told");
}

describe("systemd", () => {
  test("is told when it started us, and nobody is when it did not", async () => {
    const told = notifyTool('echo "$@" >> @OUT@');
    vi.stubEnv("NOTIFY_SOCKET", undefined);
    notifySystemd("READY=1", new FakeLog());
    await sleep(100);
    expect(existsSync(told)).toBe(false);

    vi.stubEnv("NOTIFY_SOCKET", "/run/systemd/notify");
    notifySystemd("READY=1", new FakeLog());
    await until(() => existsSync(told), "the notification");
    await until(() => readFileSync(told, "utf8") === "READY=1\n", "its text");
  });

  test("that can't be told is a warning", async () => {
    notifyTool("exit 1");
    vi.stubEnv("NOTIFY_SOCKET", "/run/systemd/notify");
    const log = new FakeLog();
    notifySystemd("READY=1", log);
    await until(() => log.events().includes("agent.notify-failed"), "the warning");
  });

  test.each([
    ["watches us", { WATCHDOG_USEC: "30000000", WATCHDOG_PID: String(process.pid) }, 15_000],
    ["watches somebody", { WATCHDOG_USEC: "30000000", WATCHDOG_PID: undefined }, 15_000],
    ["watches another process", { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" }, undefined],
    ["does not watch", { WATCHDOG_USEC: undefined, WATCHDOG_PID: undefined }, undefined],
    ["is unclear", { WATCHDOG_USEC: "soon", WATCHDOG_PID: undefined }, undefined],
  ])("%s", (_what, variables, expected) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(systemdWatchdogMs()).toBe(expected);
  });
});

test("the inventory describes this machine in words", async () => {
  const log = new FakeLog();
  const { os, hardware } = await readInventory(log);
  expect(log.lines).toEqual([]);
  expect(os).toContain("Linux");
  expect(hardware.length).toBeGreaterThan(0);
  expect(hardware.length).toBeLessThanOrEqual(200);
});
