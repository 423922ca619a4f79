import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { StatusSocket } from "../../src/adapters/status-socket.ts";
import { itemKeyText } from "../../src/domain/broadcast.ts";
import type { StatusReport } from "../../src/domain/status.ts";
import { storedStatus } from "../../src/pipeline/stored-status.ts";
import type { OrdersStore } from "../../src/store/orders.ts";
import { seal } from "../../src/wire/envelope.ts";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { FakeLog } from "../fakes/log.ts";
import { machineElsewhere } from "../fakes/machine-elsewhere.ts";
import { ADDRESSED, AREA, AUDIO, BROADCAST, GATEWAY, issuerKey, MORNING } from "../fixtures/wire-messages.ts";
import { loa } from "./support/cli.ts";
import { openTestOrders, placeInVietnam, temporaryFolder } from "./support/stores.ts";

const report: StatusReport = {
  agentVersion: "0.1.0",
  gateway: GATEWAY,
  atMs: MORNING * 1000,
  uptimeSeconds: 11_530,
  links: { control: { connected: true, sinceMs: MORNING * 1000 }, media: { connected: false } },
  clock: { state: "sync", source: "chrony" },
  zones: [
    {
      id: "z1",
      device: "plughw:CARD=loaz1,DEV=0",
      activity: "playing",
      item: { issuer: ADDRESSED.issuer, id: ADDRESSED.id, title: BROADCAST.title, status: "actual", playedMs: 12_400 },
      levelCentiDb: -1820,
      underruns: 2,
      lastPlay: {
        ...{ issuer: "a", id: "b", title: "Sơ tán", status: "exercise" },
        ...{ endedAtMs: MORNING * 1000, outcome: "played" },
      },
    },
    { id: "z2", device: "horn", activity: "idle", underruns: 0 },
  ],
  waiting: { emergency: 1, priority: 0, routine: 4 },
  queue: [
    {
      issuer: ADDRESSED.issuer,
      id: ADDRESSED.id,
      title: BROADCAST.title,
      status: "actual",
      class: "emergency",
      area: AREA,
      state: "fetching",
      code: "chunks-missing",
      due: MORNING,
      expiresAt: MORNING + 3600,
      chunks: { have: 7, total: 20 },
    },
  ],
  outboxCount: 3,
  evidence: { first: 5, last: 42, acknowledged: 40 },
  alarms: [{ code: "storage", severity: "major", sinceMs: MORNING * 1000, detail: "a broken database was put aside" }],
  disk: { usedPercent: 41, freeMb: 12_034 },
  memory: { residentMb: 83, budgetMb: 100 },
};

function configFor(folder: string): string {
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify({ dataDirectory: folder, socketPath: join(folder, "loa.sock") }));
  return file;
}

function addBroadcast(orders: OrdersStore, id: string, state: "fetching" | "done", broadcastClass = "routine"): void {
  const payload = { ...BROADCAST, id, class: broadcastClass, severity: broadcastClass === "emergency" ? 3 : 0 };
  const emergency = broadcastClass === "emergency";
  orders.broadcasts.add(
    {
      key: { issuer: payload.issuer, id },
      payloadHash: "x",
      topic: broadcastTopic(AREA, emergency, id),
      standing: {
        signers: [],
        authorityRank: 2,
        class: emergency ? "emergency" : "routine",
        severity: emergency ? 3 : 0,
        window: { notBefore: payload.notBefore, expiresAt: payload.expiresAt },
        grants: [[AREA]],
      },
      audioHash: AUDIO.hash,
      untimed: false,
      expiresAt: payload.expiresAt,
      acceptedAtMs: MORNING * 1000,
      state,
    },
    seal(payload, [issuerKey], MORNING),
  );
}

function id(number: number): string {
  return `01M85DMB${String(number).padStart(18, "0")}`;
}

test("a running agent answers for itself", async () => {
  const folder = temporaryFolder();
  const socket = new StatusSocket(join(folder, "loa.sock"), { status: () => report }, new FakeLog());
  await socket.start();
  onTestFinished(() => socket.stop());
  const config = configFor(folder);

  const forPrograms = await loa("status", "--json", "--config", config);
  expect(forPrograms.code).toBe(0);
  expect(JSON.parse(forPrograms.stdout)).toEqual({ source: "agent", ...report });

  const { code, stdout, stderr } = await loa("status", "--config", config);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`loa 0.1.0 on gateway ${GATEWAY}, up 3 h 12 min`);
  expect(stdout).toMatch(/^control +connected +2026-11-2\d \d\d:\d\d:\d\d$/m);
  expect(stdout).toMatch(/^media +not connected +-$/m);
  expect(stdout).toMatch(
    /^z1 +plughw:CARD=loaz1,DEV=0 +on air +Thông báo cắt điện \(0:12\) +-18\.2 dB +2 +EXERCISE: Sơ tán: played, /m,
  );
  expect(stdout).toMatch(/^z2 +horn +silent +- +- +0 +-$/m);
  expect(stdout).toMatch(/^Thông báo cắt điện +emergency +xa-an-phu +fetching: chunks-missing +.* 7 of 20$/m);
  expect(stdout).toContain("42 records, the centre has acknowledged 40; 3 messages to send");
  expect(stdout).toContain("alarm storage (major)");
  expect(stdout).toContain("memory: 83 of 100 MB");
  expect(stdout).not.toContain("\u001b");
});

test("without an agent the database speaks, says so, and the exit code is 4", async () => {
  const folder = temporaryFolder();
  const { orders } = openTestOrders(folder, { gateway: GATEWAY });
  placeInVietnam(orders);
  machineElsewhere();
  addBroadcast(orders, id(1), "fetching");
  orders.evidence.append({ kind: "boot" }, { clock: "sync", boot: "boot-1", monotonicMs: 1 });
  orders.alarms.raise("storage", "major", MORNING * 1000, "the card is full");
  orders.close();
  const config = configFor(folder);

  const forPrograms = await loa("status", "--json", "--config", config);
  expect(forPrograms.code).toBe(4);
  expect(JSON.parse(forPrograms.stdout)).toMatchObject({
    source: "database",
    gateway: GATEWAY,
    timeZone: "Asia/Ho_Chi_Minh",
    queue: [{ id: id(1), title: BROADCAST.title, state: "fetching", chunks: { total: 2 } }],
    evidence: { last: 1, acknowledged: 0 },
    alarms: [{ code: "storage", detail: "the card is full" }],
  });

  const { code, stdout } = await loa("status", "--config", config);
  expect(code).toBe(4);
  expect(stdout).toContain("The agent is not running");
  expect(stdout).toContain(`database on gateway ${GATEWAY}`);
  expect(stdout).toMatch(/^Thông báo cắt điện +routine +xa-an-phu +fetching +2026-11-24 07:00:00 +\? of 2$/m);
  expect(stdout).toContain("alarm storage (major) since 2026-11-24 07:00:00");
  expect(stdout).toContain("the card is full");
});

test("something else on the socket is no agent, and the database speaks", async () => {
  const folder = temporaryFolder();
  const server = createServer((client) => client.resume().end('{"error":"unknown question"}\n'));
  await new Promise<void>((resolve) => server.listen(join(folder, "loa.sock"), resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { code, stderr } = await loa("status", "--config", configFor(folder));
  expect(code).toBe(4);
  expect(stderr).toContain("is not a loa agent of this version");
});

test("a database that can't be read is the finding, not the silent agent", async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, "orders.db"),
    "this is no database, though it is long enough to look like one".repeat(100),
  );
  expect(await loa("status", "--config", configFor(folder))).toMatchObject({ code: 5, stdout: "" });
});

test("the most urgent come first, of a long queue only a page, and what ended comes last", () => {
  const { orders } = openTestOrders(temporaryFolder());
  for (let number = 1; number <= 30; number += 1) addBroadcast(orders, id(number), "fetching");
  addBroadcast(orders, id(31), "fetching", "emergency");
  for (let number = 32; number <= 40; number += 1) addBroadcast(orders, id(number), "done");

  const { queue, waiting } = storedStatus(orders, () => 1);
  expect(waiting).toEqual({ emergency: 1, priority: 0, routine: 30 });
  expect(queue[0]).toMatchObject({ id: id(31), class: "emergency", due: MORNING, chunks: { have: 1, total: 2 } });
  expect(queue.slice(1, 20).map((item) => item.id)).toEqual(Array.from({ length: 19 }, (_, index) => id(index + 1)));
  expect(queue.slice(20).map(({ state }) => state)).toEqual(["done", "done", "done", "done", "done"]);
  expect(new Set(queue.map(itemKeyText)).size).toBe(25);
});
