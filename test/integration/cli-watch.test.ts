import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { StatusSocket } from "../../src/adapters/status-socket.ts";
import { FakeLog } from "../fakes/log.ts";
import { machineElsewhere, minutesFromNow } from "../fakes/machine-elsewhere.ts";
import { node, project } from "./support/cli.ts";
import { until } from "./support/link.ts";
import { openTestOrders, placeInVietnam, temporaryFolder } from "./support/stores.ts";

const report = {
  agentVersion: "0.1.0",
  gateway: "7k3m9q2w5x8y",
  atMs: 1_795_000_000_000,
  uptimeSeconds: 60,
  links: { control: { connected: true }, media: { connected: true } },
  clock: { state: "sync", source: "chrony" },
  zones: [{ id: "z1", device: "horn", activity: "idle", underruns: 0 }],
  waiting: { emergency: 0, priority: 0, routine: 0 },
  queue: [],
  outboxCount: 0,
  evidence: { first: 0, last: 0, acknowledged: 0 },
  alarms: [],
  disk: { usedPercent: 1, freeMb: 1 },
  memory: { residentMb: 1, budgetMb: 100 },
};

async function watch(program: string, args: readonly string[]) {
  const child = spawn(program, args, { cwd: project, stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, ended, shown: () => shown };
}

async function agent(): Promise<{ readonly config: string; readonly asked: () => number }> {
  const folder = temporaryFolder();
  let asked = 0;
  const status = () => {
    asked += 1;
    return report;
  };
  const socket = new StatusSocket(join(folder, "loa.sock"), { status }, new FakeLog());
  await socket.start();
  onTestFinished(() => socket.stop());
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ dataDirectory: folder, socketPath: join(folder, "loa.sock") }));
  return { config, asked: () => asked };
}

const cli = join(project, "src/cli.ts");

test("on a terminal it redraws in place, and Ctrl-C gives the terminal back", async () => {
  const { config, asked } = await agent();
  const words = [node, cli, "status", "--watch", "--config", config].map((part) => `'${part}'`).join(" ");
  // exec: a shell that stays would be ended by the Ctrl-C itself, and tell that instead of our exit code.
  const { child, ended, shown } = await watch("script", ["-qec", `exec ${words}`, "/dev/null"]);
  await until(() => asked() >= 2, "two looks");
  await until(() => shown().split("\u001b[H").length > 2, "two drawings");
  child.stdin.write("\u0003");
  expect(await ended).toBe(0);
  expect(shown()).toContain("\u001b[?1049h");
  const [, afterwards] = shown().split("\u001b[?25h\u001b[?1049l");
  expect(afterwards).toContain("z1");
});

test("in a pipe it prints one block after another, and ends with the pipe", async () => {
  const { config, asked } = await agent();
  const { child, ended, shown } = await watch(node, [cli, "status", "--watch", "--config", config]);
  await until(() => shown().split("gateway 7k3m9q2w5x8y").length > 2, "two blocks");
  expect(shown()).not.toContain("\u001b");
  child.stdout.destroy();
  expect(await ended).toBe(0);
  expect(asked()).toBeGreaterThanOrEqual(2);
});

test("while the agent is away it tells the territory's time, which its database knows", async () => {
  const folder = temporaryFolder();
  const { orders } = openTestOrders(folder);
  placeInVietnam(orders);
  orders.close();
  machineElsewhere();
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ dataDirectory: folder, socketPath: join(folder, "loa.sock") }));
  const { child, ended, shown } = await watch(node, [cli, "status", "--watch", "--config", config]);
  await until(() => shown().includes("waiting for the agent"), "a look");
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(minutesFromNow(shown(), "Asia/Ho_Chi_Minh")).toBeLessThanOrEqual(2);
  expect(shown()).not.toContain("Times are");
});
