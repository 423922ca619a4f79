import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PASSPHRASE } from "../fakes/passphrases.ts";
import { endWithTest, freePort, TestBroker } from "./support/broker.ts";
import { loa as commandLine, startLoa } from "./support/cli.ts";
import { BULLETIN } from "./support/desk.ts";
import { until } from "./support/link.ts";

async function loa(folder: string, ...words: readonly string[]) {
  const { code: exitCode, stdout, stderr } = await commandLine("desk", ...words, "--desk", folder);
  return { exitCode, stdout, stderr };
}

test("an office's whole day by its commands", async () => {
  const parent = mkdtempSync(path.join(tmpdir(), "loa-desk-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = path.join(parent, "desk");
  const passphrase = path.join(parent, "passphrase");
  writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 });
  process.env["LOA_PASSPHRASE_FILE"] = passphrase;
  const port = await freePort();
  const url = `mqtts://127.0.0.1:${port}`;

  expect(await loa(folder, "root", "--broker", url, "--territory", "tinh-a", "--holders", "2")).toMatchObject({
    exitCode: 0,
  });
  const issuer = [
    "issuer",
    "ubnd.hoa-binh",
    "--areas",
    "xa-hoa-binh",
    "--class-max",
    "emergency",
    "--severity-max",
    "2",
  ];
  expect(await loa(folder, ...issuer)).toMatchObject({ exitCode: 0 });
  expect(await loa(folder, ...issuer)).toMatchObject({ exitCode: 8 });
  const enrolled = await loa(folder, "gateway", "--commune", "xa-hoa-binh", "--zones", "z1,z2=market", "--json");
  const { gateway } = JSON.parse(enrolled.stdout);
  expect(gateway).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/);

  const say = [
    "broadcast",
    "--issuer",
    "ubnd.hoa-binh",
    "--to",
    "xa-hoa-binh",
    "--title",
    "Bản tin",
    "--audio",
    BULLETIN,
  ];
  // No broker runs yet: a dry run has no need of one.
  const when = ["--at", "05:30", "--start-within", "10m", "--repeat", "3", "--gap", "2m"];
  const dry = await loa(folder, ...say, "--tags", "market", "--status", "exercise", ...when, "--dry-run");
  expect(dry.exitCode).toBe(0);
  expect(dry.stdout).toMatch(/^EXERCISE: Bản tin .*22\.\d s[\s\S]*AN EXERCISE/);
  expect(dry.stdout).toMatch(/begins at .* 05:30, at the latest at .* 05:40\nheard 3 times, 120 s apart\n/);
  expect(dry.stdout).toMatch(/z2\n[\s\S]*Nothing was sent/);
  expect(await loa(folder, ...say, "--class", "emergency")).toMatchObject({ exitCode: 2 });

  const broker = new TestBroker(port, path.join(folder, "broker"), url);
  endWithTest(broker);
  await broker.start();
  const serving = startLoa("desk", "serve", "--json", "--desk", folder);
  await until(() => serving.said().includes('"restored"'), "serve to be connected");
  const sent = await loa(folder, ...say, "--json");
  expect(sent.exitCode).toBe(0);
  expect(JSON.parse(sent.stdout)).toMatchObject({
    ...{ sent: true, issuer: "ubnd.hoa-binh", audience: [{ gateway, commune: "xa-hoa-binh", zones: ["z1", "z2"] }] },
    topics: [`loa/1/area/xa-hoa-binh/broadcast/${JSON.parse(sent.stdout).id}`],
  });

  expect(await serving.end("SIGTERM")).toBe(0);
  const events = serving
    .said()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ event }) => event)).toEqual(["connected", "restored"]);
  expect(events.every(({ atMs }) => Number.isSafeInteger(atMs))).toBe(true);

  const list = await loa(folder, "gateways", "--json");
  expect(JSON.parse(list.stdout).gateways).toMatchObject([{ gateway, commune: "xa-hoa-binh", evidence: 0 }]);
});

test("a folder that is no desk's is told so", async () => {
  const parent = mkdtempSync(path.join(tmpdir(), "loa-desk-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const ran = await loa(parent, "gateways");
  expect(ran).toMatchObject({ exitCode: 8, stderr: expect.stringContaining("loa desk root") });
});
