import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { slowFsyncEnvironment } from "../rig/build.ts";
import { temporaryFolder } from "./support/stores.ts";

test("no commit of an order returns before the disk has it: on a card whose fsync takes 50 ms, each takes 50 ms", async () => {
  const delayMs = 50;
  const script = join(import.meta.dirname, "support/burst-child.ts");
  const child = spawn(process.execPath, [script, temporaryFolder()], {
    env: { ...process.env, ...(await slowFsyncEnvironment(delayMs)) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const saidAtMs: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    expect(line).toMatch(/^\d+ \d+ \S+$/);
    saidAtMs.push(performance.now());
    if (saidAtMs.length === 12) break;
  }
  const exit = once(child, "close");
  child.kill("SIGKILL");
  await exit;
  expect((saidAtMs.at(-1) ?? 0) - (saidAtMs[0] ?? 0)).toBeGreaterThan(11 * delayMs * 0.9);
});
