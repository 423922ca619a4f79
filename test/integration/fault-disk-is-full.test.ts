import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, splitAtLastPlay } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";

/** Puts the agent's data on a disk of its own in memory. Needs root. */
function smallDisk(commune: Station): void {
  mkdirSync(commune.dataDirectory);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", commune.dataDirectory]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", commune.dataDirectory]));
}

/** Fills it to the last byte, as whoever shares the partition may do. */
function fill(commune: Station): void {
  const block = Buffer.alloc(1024 * 1024);
  const write = (bytes: Uint8Array) => writeFileSync(ballast(commune), bytes, { flag: "a" });
  expect(() => {
    for (;;) write(block);
  }).toThrow("ENOSPC");
  expect(() => {
    for (;;) write(block.subarray(0, 512));
  }).toThrow("ENOSPC");
}

function makeRoom(commune: Station): void {
  rmSync(ballast(commune));
}

function ballast({ dataDirectory }: Station): string {
  return path.join(dataDirectory, "ballast");
}

test("on a full disk an order stays at the broker, the play on air goes to its end, and both are made good when there is room", async () => {
  const commune = await station();
  smallDisk(commune);
  const agent = await commune.startAgent();
  const first = await commune.item([{ seconds: 3, noiseSeed: 11 }]);
  const second = await commune.item([{ seconds: 1, noiseSeed: 12 }]);

  const { id: firstId } = await commune.broadcast(first.bytes, first.audio);
  await framesHeard(commune, "z1", testRateHz);
  fill(commune);
  // Not retained: if the agent acknowledged it without keeping it, nobody would have it any more.
  await commune.publishChunks(second.bytes);
  const order = commune.order(second.audio);
  await commune.publishOrder(order, commune.signed(order), false);

  await agent.until("alarm.raised", ({ code }) => code === "disk");
  await agent.until("link.down", ({ clientId, loss }) => clientId === GATEWAY && loss === "fault");
  await until(
    () => agent.events("link.up").filter(({ clientId }) => clientId === GATEWAY).length > 1,
    "the link to be back",
  );
  await until(
    () => commune.server?.events.some((event) => event.event === "heartbeat" && event.alarms.includes("disk")) === true,
    "the desk to see the alarm in a heartbeat",
  );
  await agent.until("play.ended", ({ id }) => id === firstId);
  expect(splitAtLastPlay(await commune.heard(), first.samples)).toEqual({ before: new Int16Array(), isWhole: true });
  expect(agent.events("order.accepted").map(({ id }) => id)).toEqual([firstId]);
  // Nothing that is not on disk sounds.
  await sleep(500);
  expect(agent.events("play.started").map(({ id }) => id)).toEqual([firstId]);

  makeRoom(commune);
  await agent.until("order.accepted", ({ id }) => id === order.id, 40_000);
  await agent.until("play.ended", ({ id }) => id === order.id, 40_000);
  expect(splitAtLastPlay(await commune.heard(), second.samples)).toMatchObject({ isWhole: true });
  const played = () => commune.archived().filter(({ kind }) => kind === "played");
  await until(() => played().length === 2, "both records at the desk");
  expect(played().map(({ itemId, play, framesPlayed }) => [itemId, play, framesPlayed])).toEqual([
    [firstId, 1, first.samples.length],
    [order.id, 1, second.samples.length],
  ]);
  expect(commune.rows("SELECT id, state FROM broadcasts")).toEqual([
    { id: firstId, state: "done" },
    { id: order.id, state: "done" },
  ]);
  expect(commune.rows("SELECT id, play, outcome FROM plays ORDER BY startedAtMs")).toEqual([
    { id: firstId, play: 1, outcome: "played" },
    { id: order.id, play: 1, outcome: "played" },
  ]);
  await commune.told("alarm", { code: "disk", state: "cleared" }, 30_000);
  expect(agent.process.exitCode).toBeNull();
});
