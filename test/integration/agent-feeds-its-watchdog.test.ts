import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Watchdog } from "../../src/adapters/watchdog.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";
import { until } from "./support/link.ts";
import { station } from "./support/station.ts";
import { temporaryFolder } from "./support/stores.ts";

const INTERVAL_MS = 30_000;

/** A systemd-notify that writes down what it was told, first on a path. */
function notifyTool() {
  const folder = temporaryFolder();
  const file = path.join(folder, "told");
  writeFileSync(path.join(folder, "systemd-notify"), `#!/bin/sh\necho "$@" >> ${file}\n`);
  chmodSync(path.join(folder, "systemd-notify"), 0o755);
  return {
    environment: { NOTIFY_SOCKET: "/run/systemd/notify", PATH: `${folder}:${process.env["PATH"]}` },
    told: () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []),
  };
}

test("systemd, which would kill an agent that it does not hear from, hears that it is ready and goes on turning", async () => {
  const { environment, told } = notifyTool();
  const commune = await station({ withServer: false });
  const agent = await commune.startAgent({ environment: { ...environment, WATCHDOG_USEC: "1000000" } });
  await until(() => told().length >= 4, "three signs of life");
  expect(told().slice(0, 4)).toEqual(["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  expect(agent.events("agent.sound-hangs")).toEqual([]);
});

test("an agent whose sound thread hangs lets systemd restart it", async () => {
  const { environment, told } = notifyTool();
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const timers = new FakeTimers(new FakeClock(0));
  const log = new FakeLog();
  let answers = true;
  const watchdog = new Watchdog({
    ...{ intervalMs: INTERVAL_MS, timers, log },
    ask: (answered) => {
      if (answers) answered();
    },
  });
  watchdog.start();
  timers.advance(2 * INTERVAL_MS);
  await until(() => told().length === 2, "two signs of life");
  answers = false;
  timers.advance(3 * INTERVAL_MS);
  expect(log.events()).toEqual(["agent.sound-hangs", "agent.sound-hangs"]);
  await until(() => told().length === 3, "the last one");
  answers = true;
  watchdog.stop();
  timers.advance(2 * INTERVAL_MS);
  expect(log.events()).toHaveLength(2);
});
