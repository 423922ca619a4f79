import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { burstAudio, GATEWAY, plainChain } from "./support/store-material.ts";
import { openTestAudio, openTestOrders, temporaryFolder } from "./support/stores.ts";

interface Burst {
  readonly child: ChildProcess;
  /** What the child said it committed, whole lines only. */
  readonly reported: () => { n: number; q: number; hash: string }[];
}

async function startBurst(folder: string): Promise<Burst> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "support/burst-child.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  await once(child.stdout, "data");
  const reported = () =>
    output
      .slice(0, output.lastIndexOf("\n"))
      .split("\n")
      .map((line) => line.split(" "))
      .map(([n, q, hash]) => ({ n: Number(n), q: Number(q), hash: hash ?? "" }));
  return { child, reported };
}

/** Opens what is in `folder` and checks that every transaction is there whole or not at all. Returns how many. */
function checkWhole(folder: string): number {
  const { orders, setAside, epoch } = openTestOrders(folder);
  expect(setAside).toBeUndefined();
  const batch = orders.evidence.batch(1, 1e9);
  let hash = plainChain.chainStart(GATEWAY, epoch);
  for (const line of batch?.lines ?? []) hash = plainChain.chainNext(hash, line);
  expect(orders.evidence.position().headHash).toBe(Buffer.from(hash).toString("base64url"));
  const ids = (batch?.lines ?? []).map((line) => String(JSON.parse(line).itemId));
  expect(orders.broadcasts.active().map(({ key }) => key.id)).toEqual(ids);
  expect(orders.outbox.due(0, 1e6).map(({ message }) => message.topic.split("/").at(-1))).toEqual(ids);
  for (const id of ids) expect(orders.seen.payloadHash({ issuer: "ubnd.hoa-binh", id })).toBeDefined();
  orders.close();

  const { audio, setAside: audioAside } = openTestAudio(folder, true);
  expect(audioAside).toBeUndefined();
  const made = burstAudio();
  const missing = new Set(audio.missing(made.audio.hash) ?? made.chunks.keys());
  for (const [n, chunk] of made.chunks.entries()) {
    expect(audio.read(made.audio.hash, n)).toEqual(missing.has(n) ? undefined : new Uint8Array(chunk));
  }
  audio.close();
  return ids.length;
}

test("whatever was reported as committed is there after SIGKILL, and nothing is there by half", async () => {
  for (let round = 0; round < 10; round += 1) {
    const folder = temporaryFolder();
    const { child, reported } = await startBurst(folder);
    await sleep(Math.random() * 150);
    const exit = once(child, "close");
    child.kill("SIGKILL");
    await exit;

    const said = reported();
    const found = checkWhole(folder);
    expect(found).toBeGreaterThanOrEqual(said.length);
    expect(found).toBeLessThanOrEqual(said.length + 1);
    const { orders } = openTestOrders(folder);
    const last = said.at(-1);
    expect(orders.evidence.batch(1, 1e9)?.lines.length).toBeGreaterThanOrEqual(last?.q ?? 1);
    if (last !== undefined) expect(orders.evidence.acknowledge(last.q, last.hash)).toBe("pruned");
  }
});

test("a copy of the files taken at any moment opens clean", async () => {
  const folder = temporaryFolder();
  const { child, reported } = await startBurst(folder);
  for (let n = 0; n < 20; n += 1) {
    await sleep(Math.random() * 30);
    child.kill("SIGSTOP");
    await stopped(child.pid ?? 0);
    const copy = join(folder, `copy-${n}`);
    mkdirSync(copy);
    // Without the -shm file: after a power cut there is none that could be believed.
    for (const name of readdirSync(folder).filter((file) => /\.db(-wal|-journal)?$|^epoch$/.test(file))) {
      copyFileSync(join(folder, name), join(copy, name));
    }
    child.kill("SIGCONT");
    expect(existsSync(join(copy, "orders.db"))).toBe(true);
    expect(checkWhole(copy)).toBeGreaterThan(0);
  }
  expect(reported().length).toBeGreaterThan(20);
  const exit = once(child, "close");
  child.kill("SIGKILL");
  await exit;
});

async function stopped(pid: number): Promise<void> {
  while (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] !== "T") await sleep(1);
}
