import { chmodSync, chownSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { aSite, OTHER_GATEWAY } from "../fixtures/desk-access.ts";
import { thisMoment } from "./support/desk.ts";
import { RunningAgent } from "./support/running-agent.ts";
import { type Station, station } from "./support/station.ts";
import { fingerprint } from "./support/stores.ts";

interface Refusal {
  readonly code: number | null;
  readonly stderr: string;
}

/** A start that has to fail, and to tell people on standard error what to do next. */
async function refused(commune: Station, enrolment = commune.enrolment): Promise<Refusal> {
  const args = commune.runArguments.map((word) => (word === commune.enrolment ? enrolment : word));
  const agent = new RunningAgent(args, commune.cards.environment, "");
  onTestFinished(async () => {
    await agent.end("SIGKILL"); // one that was not refused
  });
  const { code } = await agent.ended;
  expect(agent.words).toMatch(/^next: .+/m);
  return { code, stderr: agent.words };
}

test("a database of a newer agent is refused and stays as it is", async () => {
  const commune = await station({ withServer: false });
  await (await commune.startAgent()).end();
  const database = new Database(path.join(commune.dataDirectory, "orders.db"));
  database.pragma("user_version = 99");
  database.close();
  const before = fingerprint(commune.dataDirectory);

  const { code, stderr } = await refused(commune);
  expect(code).toBe(5);
  expect(stderr).toContain("orders.db was written by a newer agent (database version 99");
  expect(stderr).toContain("Nothing was changed");
  expect(fingerprint(commune.dataDirectory)).toEqual(before);
});

test("an enrolment folder that is another gateway's, lacks a file or shows its keys is refused with advice", async () => {
  const commune = await station({ withServer: false });
  await (await commune.startAgent()).end();
  const before = fingerprint(commune.dataDirectory);

  const request = aSite({ gateway: OTHER_GATEWAY });
  const { bundle: foreign } = await enrolGateway(commune.desk, request, thisMoment());
  const anothers = await refused(commune, foreign);
  expect(anothers.code).toBe(3);
  expect(anothers.stderr).toMatch(/belongs to gateway 7k3m9q2w5x8y, .*0123456789ab/);

  const copy = path.join(commune.folder, "copy");
  cpSync(commune.enrolment, copy, { recursive: true });
  rmSync(path.join(copy, "placement.json"));
  rmSync(path.join(copy, "tls-cert.pem"));
  const incomplete = await refused(commune, copy);
  expect(incomplete.code).toBe(3);
  for (const file of ["placement.json", "tls-cert.pem"]) expect(incomplete.stderr).toContain(file);

  cpSync(commune.enrolment, copy, { recursive: true });
  for (const key of ["gateway-key.pem", "tls-key.pem"]) chmodSync(path.join(copy, key), 0o640);
  const open = await refused(commune, copy);
  expect(open.code).toBe(3);
  for (const key of ["gateway-key.pem", "tls-key.pem"]) expect(open.stderr).toContain(`${key}: a private key must not`);
  expect(open.stderr).toMatch(/^next: .*chmod 600/m);
  expect(open.stderr).not.toContain("PRIVATE KEY");

  cpSync(commune.enrolment, copy, { recursive: true });
  for (const key of ["gateway-key.pem", "tls-key.pem"]) chmodSync(path.join(copy, key), 0o600);
  const gatewayFile = path.join(copy, "gateway.json");
  const serial = { serial: "100000009f2c11aa" };
  writeFileSync(gatewayFile, JSON.stringify({ ...JSON.parse(readFileSync(gatewayFile, "utf8")), ...serial }));
  const moved = await refused(commune, copy);
  expect(moved.code).toBe(3);
  expect(moved.stderr).toContain("gateway 7k3m9q2w5x8y is enrolled on the hardware 100000009f2c11aa, and this is");
  expect(moved.stderr).toMatch(/^next: .*back into its own box/m);

  expect(fingerprint(commune.dataDirectory)).toEqual(before);
});

test.runIf(process.getuid?.() === 0)(
  "a private key that belongs to another user is refused with the line to type",
  async () => {
    const commune = await station({ withServer: false });
    const key = path.join(commune.enrolment, "tls-key.pem");
    chownSync(key, 65_534, 65_534);
    const { code, stderr } = await refused(commune);
    expect(code).toBe(3);
    expect(stderr).toContain("tls-key.pem: a private key must belong to the service's user 0, not to 65534");
    expect(stderr).toContain(`next: Run: chown 0 ${key} && chmod 600 ${key}`);
  },
);

test("a configuration with five faults tells all five", async () => {
  const commune = await station({ withServer: false });
  commune.configure({
    dataDirectory: "data",
    link: { keepAliveSeconds: 5 },
    fetch: { windowChunks: 99 },
    clock: { source: "sundial" },
    hartbeat: { intervalSeconds: 60 },
  });
  const { code, stderr } = await refused(commune);
  expect(code).toBe(3);
  for (const fault of [
    'dataDirectory: found "data"',
    "link.keepAliveSeconds: found 5",
    "fetch.windowChunks: found 99",
    'clock.source: found "sundial"',
    "hartbeat",
  ]) {
    expect(stderr).toContain(fault);
  }
});

test("a second agent on the same data folder or the same socket is refused, and the first does not notice", async () => {
  const commune = await station();
  const agent = await commune.startAgent();
  const { bytes, audio, samples } = await commune.item([{ seconds: 3, noiseSeed: 51 }]);
  await commune.broadcast(bytes, audio);
  await agent.until("play.started");
  const boots = () => commune.records().filter(({ kind }) => kind === "boot").length;

  commune.configure({ dataDirectory: path.join(commune.folder, "other-data") });
  const bySocket = await refused(commune);
  expect(bySocket.code).toBe(2);
  expect(bySocket.stderr).toContain("Another agent is already running");

  commune.configure({ dataDirectory: commune.dataDirectory, socketPath: path.join(commune.folder, "other.sock") });
  const byFolder = await refused(commune);
  expect(byFolder.code).toBe(2);
  expect(byFolder.stderr).toContain(`Another agent works on the data folder ${commune.dataDirectory}`);

  expect(await agent.until("play.ended")).toMatchObject({ outcome: "played", framesPlayed: samples.length });
  expect(commune.rows("SELECT play, outcome FROM plays")).toEqual([{ play: 1, outcome: "played" }]);
  expect(boots()).toBe(1);
  expect((await agent.status()).links).toMatchObject({ control: { connected: true } });

  // A lock goes with its holder, however that ends.
  await agent.end("SIGKILL");
  await commune.startAgent();
});
