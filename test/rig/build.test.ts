import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { slowExecEnvironment, slowFsyncEnvironment } from "./build.ts";

const run = promisify(execFile);
const results = [
  "libasound_module_pcm_loamicrophone.so",
  "libasound_module_pcm_loavirtual.so",
  "slow-exec.so",
  "slow-fsync.so",
];

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "loa-rig-build-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test("builds at once leave one whole result, and a newer source alone is compiled again", async () => {
  for (const source of ["build.sh", "virtual-card.c", "virtual-microphone.c", "slow-exec.c", "slow-fsync.c"]) {
    await cp(join(import.meta.dirname, source), join(directory, source));
  }
  const build = () => run("sh", [join(directory, "build.sh")]);
  const complaints = await Promise.all([build(), build(), build()]);
  expect(complaints.map(({ stderr }) => stderr)).toEqual(["", "", ""]);
  expect((await readdir(join(directory, ".build"))).sort()).toEqual(results);

  const builtAt = async () =>
    Promise.all(results.map(async (name) => (await stat(join(directory, ".build", name))).mtimeMs));
  const before = await builtAt();
  await build();
  expect(await builtAt()).toEqual(before);
  const later = new Date(Date.now() + 5_000);
  await utimes(join(directory, "slow-fsync.c"), later, later);
  await build();
  const rebuilt = (await builtAt()).map((at, index) => at !== before[index]);
  expect(rebuilt).toEqual([false, false, false, true]);
});

test("on a slow flash card every fsync and fdatasync takes longer", async () => {
  const script = `
    const fs = require("node:fs");
    const fd = fs.openSync(process.argv[1], "w");
    const took = (sync) => { const from = performance.now(); sync(fd); return performance.now() - from; };
    console.log(JSON.stringify([took(fs.fsyncSync), took(fs.fdatasyncSync)]));
  `;
  const env = { ...process.env, ...(await slowFsyncEnvironment(150)) };
  const { stdout } = await run(process.execPath, ["-e", script, join(directory, "file")], { env });
  for (const tookMs of JSON.parse(stdout) as number[]) {
    expect(tookMs).toBeGreaterThanOrEqual(150);
  }
});

test("on a small box whoever starts a child waits longer for it", async () => {
  const script = `
    const { spawn } = require("node:child_process");
    const from = performance.now();
    spawn("true");
    console.log(performance.now() - from);
  `;
  const env = { ...process.env, ...(await slowExecEnvironment(150)) };
  const { stdout } = await run(process.execPath, ["-e", script], { env });
  expect(Number(stdout)).toBeGreaterThanOrEqual(150);
});
