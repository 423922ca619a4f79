import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { machineElsewhere, minutesFromNow } from "../fakes/machine-elsewhere.ts";
import { loa } from "./support/cli.ts";
import { COMMUNE, deskBench, thisMoment } from "./support/desk.ts";
import { openTestAudio, openTestOrders, temporaryFolder } from "./support/stores.ts";

const GATEWAY = "7k3m9q2w5x8y";

interface Told {
  readonly healthy: boolean;
  readonly findings: readonly { readonly check: string; readonly found: string; readonly verdict: string }[];
}

/** A box before its first start: enrolled by a desk whose broker runs or not, with a device that ALSA always has. */
async function box(options: { readonly withBroker: boolean } = { withBroker: true }) {
  const { desk, broker } = await deskBench();
  if (options.withBroker) await broker.start();
  const zones = [{ id: "z1", tags: [] }];
  const request = { gateway: GATEWAY, serial: "unknown", commune: COMMUNE, areas: [], zones };
  const { bundle } = await enrolGateway(desk, request, thisMoment());
  const folder = temporaryFolder();
  const enrolment = join(folder, "enrolment");
  cpSync(bundle, enrolment, { recursive: true });
  const dataDirectory = join(folder, "data");
  mkdirSync(dataDirectory);
  const config = join(folder, "config.json");
  writeFileSync(
    config,
    JSON.stringify({ dataDirectory, socketPath: join(folder, "loa.sock"), clock: { source: "assumed" } }),
  );
  const profile = join(folder, "profile.json");
  const device = (name: string) =>
    writeFileSync(
      profile,
      JSON.stringify({ name: "box", hardware: "a", description: "b", zones: [{ id: "z1", device: name }] }),
    );
  device("null");
  const args = ["doctor", "--config", config, "--profile", profile, "--enrolment", enrolment];
  const examine = async () => {
    const { code, stdout, stderr } = await loa(...args, "--json");
    expect(stderr).toBe("");
    const { healthy, findings } = JSON.parse(stdout) as Told;
    return {
      code,
      healthy,
      bad: findings.filter(({ verdict }) => verdict === "bad").map(({ found }) => found),
      findings,
    };
  };
  const shown = async () => (await loa(...args)).stdout;
  return { desk, broker, folder, enrolment, dataDirectory, device, examine, shown };
}

test("a sound box whose agent is down: nothing broken, exit code 0", async () => {
  const { examine, dataDirectory } = await box();
  openTestOrders(dataDirectory, { gateway: GATEWAY }).orders.close();
  openTestAudio(dataDirectory).audio.close();
  const { code, healthy, findings } = await examine();
  expect({ code, healthy }).toEqual({ code: 0, healthy: true });
  expect(findings.map(({ found }) => found)).toEqual([
    ...["agent.down", "enrolment.good", "certificate.good", "keys.good", "broker.good", "clock.assumed"],
    ...["disk.good", "database.good", "database.good", "tools.good", "tools.good", "card.good", "placement.good"],
  ]);
});

test("a broker that is not there ends with 7, a stranger in its place too", async () => {
  const { examine, broker, desk, enrolment } = await box({ withBroker: false });
  expect(await examine()).toMatchObject({ code: 7, bad: ["broker.unreachable"] });

  await broker.start();
  const { desk: otherDesk } = await deskBench();
  cpSync(otherDesk.folder.authority.certificatePath, join(enrolment, "broker-ca.pem"));
  expect(await examine()).toMatchObject({ code: 7, bad: ["broker.untrusted"] });

  cpSync(desk.folder.authority.certificatePath, join(enrolment, "broker-ca.pem"));
  const strange = { gateway: GATEWAY, serial: "s", commune: COMMUNE, areas: [], zones: [{ id: "z1", tags: [] }] };
  const { bundle } = await enrolGateway(otherDesk, strange, thisMoment());
  for (const file of ["tls-cert.pem", "tls-key.pem"]) cpSync(join(bundle, file), join(enrolment, file));
  expect(await examine()).toMatchObject({ code: 7, bad: ["broker.refused"] });
});

test("every fault of the box itself is found in one go", async () => {
  const { examine, device, dataDirectory } = await box();
  device("plughw:CARD=nowhere,DEV=0");
  writeFileSync(join(dataDirectory, "orders.db"), "this was a database once, before the power went ".repeat(200));
  const { code, bad } = await examine();
  expect(code).toBe(5);
  expect(bad).toEqual(["database.broken", expect.stringMatching(/^card\.(unknown|failed)$/)]);
});

test("a key that others can read is found before anything else", async () => {
  const { examine, enrolment } = await box();
  chmodSync(join(enrolment, "gateway-key.pem"), 0o644);
  const { code, bad } = await examine();
  expect({ code, bad }).toEqual({ code: 3, bad: ["given"] });
});

test("times are those of the place, by the enrolment folder before the first start; without one it says whose they are", async () => {
  const { enrolment, shown } = await box({ withBroker: false });
  machineElsewhere();
  const timesIn = (text: string) => text.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g) ?? [];

  const enrolled = await shown();
  const [until = "", now = ""] = timesIn(enrolled);
  expect(enrolled).not.toContain("Times are");
  expect(minutesFromNow(until, "Asia/Ho_Chi_Minh")).toBeLessThanOrEqual(2);
  expect(minutesFromNow(now, "Asia/Ho_Chi_Minh")).toBeLessThanOrEqual(2);

  rmSync(enrolment, { recursive: true });
  const unenrolled = await shown();
  expect(unenrolled).toContain("Times are this machine's own (America/New_York): no territory is known here.");
  expect(timesIn(unenrolled).map((time) => minutesFromNow(time, "America/New_York") <= 2)).toEqual([true]);
});
