import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { StatusSocket } from "../../src/adapters/status-socket.ts";
import type { QueueOutlook } from "../../src/domain/story.ts";
import { storyAbout } from "../../src/pipeline/stories.ts";
import type { OrdersStore } from "../../src/store/orders.ts";
import { seal } from "../../src/wire/envelope.ts";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { FakeLog } from "../fakes/log.ts";
import { machineElsewhere } from "../fakes/machine-elsewhere.ts";
import { AREA, AUDIO, BROADCAST, GATEWAY, issuerKey, MORNING } from "../fixtures/wire-messages.ts";
import { loa } from "./support/cli.ts";
import { openTestOrders, placeInVietnam, temporaryFolder } from "./support/stores.ts";

const { issuer, title } = BROADCAST;
const FIRST = "01M85DMB00000000000000AAAA";
const SECOND = "01M85DMB00000000000000BBBB";

function addBroadcast(orders: OrdersStore, id: string): void {
  const payload = { ...BROADCAST, id };
  const { notBefore, expiresAt } = payload;
  const standing = {
    ...({ signers: [], authorityRank: 2, class: "routine", severity: 0 } as const),
    window: { notBefore, expiresAt },
    grants: [[AREA]],
  };
  orders.broadcasts.add(
    {
      ...{ key: { issuer, id }, payloadHash: "x", topic: broadcastTopic(AREA, false, id), standing },
      ...{ audioHash: AUDIO.hash, expiresAt, acceptedAtMs: MORNING * 1000, untimed: false, state: "queued" },
    },
    seal(payload, [issuerKey], MORNING),
  );
}

function world() {
  const folder = temporaryFolder();
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ dataDirectory: folder, socketPath: join(folder, "loa.sock") }));
  const { orders } = openTestOrders(folder, { gateway: GATEWAY });
  return { folder, config, orders };
}

test("without an agent the database tells what became of an item, and the exit code is 4", async () => {
  const { config, orders } = world();
  placeInVietnam(orders);
  machineElsewhere();
  addBroadcast(orders, FIRST);
  addBroadcast(orders, SECOND);
  const item = { issuer, id: FIRST };
  orders.decisions.add({ zoneId: "z1", atMs: MORNING * 1000 + 1, item, reason: "waits-audio" });
  orders.decisions.add({ zoneId: "z1", atMs: MORNING * 1000 + 2, item, reason: "first" });
  orders.close();

  const whole = await loa("why", "aaaa", "--config", config);
  expect(whole.code).toBe(4);
  expect(whole.stdout).toContain(`${title} (routine), for ${AREA}, of ${issuer}`);
  expect(whole.stdout).toMatch(
    /^2026-11-24 07:00:00 {2}z1 {2}It waits: its audio has not arrived whole yet\.\n.*z1 {2}It may speak/m,
  );
  expect(whole.stdout).toMatch(/may sound until 2026-11-24 \d\d:\d\d:00$/m);

  const queue = await loa("queue", "--config", config, "--json");
  expect(JSON.parse(queue.stdout)).toMatchObject({ source: "database", timeZone: "Asia/Ho_Chi_Minh" });

  const zone = await loa("why", "z1", "--config", config, "--lang", "vi");
  expect(zone.stdout).toContain("Cụm loa z1, mới nhất ở cuối:");
  expect(zone.stdout).toContain(`${title} (00AAAA): Đang chờ: âm thanh chưa tải về đủ.`);

  expect((await loa("why", "M85D", "--config", config)).stdout).toContain("Several broadcasts");
  const unknown = await loa("why", "ZZZZ", "--config", config, "--json");
  expect(unknown.code).toBe(2);
  expect(JSON.parse(unknown.stdout).error.code).toBe("usage");
});

test("a refused order tells why it was refused", () => {
  const { orders } = world();
  orders.refusals.add({ issuer, id: FIRST }, "hash", "scope-area", MORNING);
  expect(storyAbout(orders, FIRST)).toEqual({
    kind: "refused",
    refusals: [{ issuer, id: FIRST, code: "scope-area" }],
  });
  expect(storyAbout(orders, "%")).toEqual({ kind: "unknown" });
});

test("the agent tells what is on air and what comes next", async () => {
  const { folder, config, orders } = world();
  const entry = { issuer, id: FIRST, title, status: "actual", class: "routine" } as const;
  const queue: QueueOutlook = {
    ...{ gateway: GATEWAY, timeZone: "Asia/Ho_Chi_Minh", atMs: MORNING * 1000, clock: "sync", everywhere: [] },
    zones: [
      {
        zoneId: "z1",
        entries: [
          { ...entry, onAir: true, reason: "keeps", atMs: MORNING * 1000 + 30_000 },
          { ...entry, id: SECOND, onAir: false, reason: "waits-for-end", atMs: MORNING * 1000 + 30_000 },
        ],
        more: 3,
      },
      { zoneId: "z2", entries: [], more: 0 },
    ],
  };
  const answers = { queue: () => queue, why: (about: string) => storyAbout(orders, about) };
  const socket = new StatusSocket(join(folder, "loa.sock"), answers, new FakeLog());
  await socket.start();
  onTestFinished(() => socket.stop());
  addBroadcast(orders, FIRST);
  machineElsewhere();

  const { code, stdout } = await loa("queue", "--config", config);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Zone z1\n {2}ON AIR until 07:00:30 {2}.* \(routine, 00AAAA\)\n/);
  expect(stdout).toContain("00BBBB): It waits for the end of what is on air, which it may not cut.\n  … and 3 more");
  expect(stdout).toMatch(/Zone z2\n {2}nothing waits/);
  expect(JSON.parse((await loa("queue", "--config", config, "--json")).stdout)).toEqual({ source: "agent", ...queue });

  const story = JSON.parse((await loa("why", "00AAAA", "--config", config, "--json")).stdout);
  expect(story).toMatchObject({
    source: "agent",
    kind: "item",
    id: FIRST,
    steps: [{ kind: "accepted" }, { kind: "state" }],
  });
});

test("a box that was never placed has no queue", async () => {
  const { config, orders } = world();
  orders.close();
  const { code, stdout } = await loa("queue", "--config", config);
  expect(code).toBe(4);
  expect(stdout).toContain("never been told where it stands");
});
