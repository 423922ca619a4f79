import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, splitAtLastPlay } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import type { RunningAgent } from "./support/running-agent.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";

const EMERGENCY = { class: "emergency", severity: 2, repeat: 1 } as const;

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

function ballast({ dataDirectory }: Station): string {
  return path.join(dataDirectory, "ballast");
}

test("on a full disk, with nothing kept for it, an order stays at the broker, the play on air goes to its end, and both are made good when there is room", async () => {
  const commune = await station();
  smallDisk(commune);
  const agent = await commune.startAgent();
  const { bytes, audio, samples } = await commune.item([{ seconds: 3, noiseSeed: 11 }]);
  const { id: firstId } = await commune.broadcast(bytes, audio);
  await framesHeard(commune, "z1", testRateHz);
  loseReserve(commune);
  fill(commune);
  // Its audio is here, so nothing but the commit keeps it from sounding. Not retained: were it acknowledged and not kept, nobody
  // would have it any more.
  const order = commune.order(audio);
  await commune.publishOrder(order, commune.signed(order), false);

  await agent.until("alarm.raised", ({ code }) => code === "disk");
  await agent.until("link.down", ({ clientId, loss }) => clientId === GATEWAY && loss === "fault");
  await until(() => linksUp(agent) > 1, "the link to be back");
  await until(() => toldByHeartbeat(commune, "disk"), "the desk to see the alarm");
  await agent.until("play.ended", ({ id }) => id === firstId);
  expect(splitAtLastPlay(await commune.heard(), samples)).toEqual({ before: new Int16Array(), isWhole: true });
  // The zone would have tried again by now: what is not on disk does not sound.
  await sleep(1_500);
  expect(agent.events("play.started").map(({ id }) => id)).toEqual([firstId]);
  expect(agent.events("order.accepted").map(({ id }) => id)).toEqual([firstId]);
  expect(commune.rows("SELECT outcome FROM plays")).toEqual([{ outcome: null }]);

  rmSync(ballast(commune));
  await agent.until("order.accepted", ({ id }) => id === order.id);
  await agent.until("play.ended", ({ id }) => id === order.id);
  const played = () => commune.archived().filter(({ kind }) => kind === "played");
  await until(() => played().length === 2, "both records at the desk");
  expect(played().map(({ itemId, play, framesPlayed }) => [itemId, play, framesPlayed])).toEqual([
    [firstId, 1, samples.length],
    [order.id, 1, samples.length],
  ]);
  const starts = (await commune.card().events()).filter(({ event }) => event === "start");
  expect(starts).toHaveLength(2);
  const recording = await commune.heard();
  for (const [index, { frame }] of starts.entries()) {
    const one = recording.slice(frame, starts[index + 1]?.frame);
    expect(splitAtLastPlay(one, samples)).toEqual({ before: new Int16Array(), isWhole: true });
  }
  const done = { state: "done" };
  expect(commune.rows("SELECT id, state FROM broadcasts ORDER BY item")).toEqual([
    { id: firstId, ...done },
    { id: order.id, ...done },
  ]);
  expect(commune.rows("SELECT id, play, outcome FROM plays ORDER BY startedAtMs")).toEqual([
    { id: firstId, play: 1, outcome: "played" },
    { id: order.id, play: 1, outcome: "played" },
  ]);
  await commune.told("alarm", { code: "disk", state: "cleared" });
  expect(agent.process.exitCode).toBeNull();
});

test("on a full disk what sounds goes on, an emergency cuts in and is heard with its audio, and every record is kept", async () => {
  const commune = await station();
  smallDisk(commune);
  const agent = await commune.startAgent();
  const evening = await commune.item([{ seconds: 1, noiseSeed: 5 }]);
  const later = { kind: "at", at: Math.floor(Date.now() / 1000) + 1_800 } as const;
  const { id: laterId } = await commune.broadcast(evening.bytes, evening.audio, { plan: later });
  await agent.until("audio.ready");
  const bulletin = await commune.item([{ seconds: 8, noiseSeed: 11 }]);
  const { id } = await commune.broadcast(bulletin.bytes, bulletin.audio, { onPreempt: "restart" });
  await framesHeard(commune, "z1", testRateHz);
  fill(commune);
  const warning = await commune.item([{ seconds: 1, noiseSeed: 12 }]);
  const { id: urgentId } = await commune.broadcast(warning.bytes, warning.audio, EMERGENCY);
  await agent.until("alarm.raised", ({ code }) => code === "disk");
  await agent.until("play.ended", (line) => line["id"] === urgentId);
  await agent.until("play.ended", (line) => line["id"] === id && line["outcome"] === "played");

  expect(splitAtLastPlay(await commune.heard(), bulletin.samples).isWhole).toBe(true);
  expect(commune.rows("SELECT id, outcome FROM plays ORDER BY startedAtMs, play")).toEqual([
    { id, outcome: "preempted" },
    { id: urgentId, outcome: "played" },
    { id, outcome: "played" },
  ]);
  // It gave nothing up for that: its audio is still here.
  expect(agent.events("audio.evicted")).toEqual([]);
  expect((await agent.status()).queue.find((item) => item.id === laterId)?.chunks).toEqual({ have: 3, total: 3 });
  expect(agent.process.exitCode).toBeNull();

  rmSync(ballast(commune));
  await commune.told("alarm", { code: "disk", state: "cleared" });
  expect(reserved(commune)).toHaveLength(4);
});

test("on a full disk the audio of an emergency takes the room of audio that is for later", async () => {
  const commune = await station();
  smallDisk(commune);
  const agent = await commune.startAgent();
  const evening = await commune.item([{ seconds: 25, noiseSeed: 5 }]);
  const later = { kind: "at", at: Math.floor(Date.now() / 1000) + 1_800 } as const;
  const { id: laterId } = await commune.broadcast(evening.bytes, evening.audio, { plan: later });
  await agent.until("audio.ready");
  fill(commune);
  // More than the reserve has for audio.
  const warning = await commune.item([{ seconds: 20, noiseSeed: 12 }]);
  const { id } = await commune.broadcast(warning.bytes, warning.audio, EMERGENCY);
  await agent.until("audio.evicted");
  await agent.until("audio.ready", ({ hash }) => hash === warning.audio.hash);
  await agent.until("play.started", (line) => line["id"] === id);

  rmSync(ballast(commune));
  await agent.until("alarm.cleared", ({ code }) => code === "disk");
  await agent.until("audio.ready", ({ hash }) => hash === evening.audio.hash && agent.events("audio.ready").length > 2);
  expect((await agent.status()).queue.find((item) => item.id === laterId)?.chunks).toEqual({ have: 74, total: 74 });
});

test("a start on a full disk gets through by what was kept for it, says so, and an emergency is heard", async () => {
  const commune = await station();
  smallDisk(commune);
  await (await commune.startAgent()).end();
  expect(reserved(commune)).toHaveLength(4);
  fill(commune);
  const agent = await commune.startAgent();
  expect((await agent.status()).alarms).toMatchObject([{ code: "disk" }]);
  expect(agent.events("store.reserve-used")).toHaveLength(1);
  const { bytes, audio, samples } = await commune.item([{ seconds: 1, noiseSeed: 12 }]);
  const { id } = await commune.broadcast(bytes, audio, EMERGENCY);
  await agent.until("play.ended", (line) => line["id"] === id && line["outcome"] === "played");
  expect(splitAtLastPlay(await commune.heard(), samples).isWhole).toBe(true);
  // And once more: the second start finds what the first left.
  expect(await agent.end()).toEqual({ code: 0, signal: null });
  await commune.startAgent();
});

test("a disk that is full at the start, with nothing kept for it, is told with its own exit code, and the next start goes on", async () => {
  const commune = await station({ withServer: false });
  smallDisk(commune);
  await (await commune.startAgent()).end();
  loseReserve(commune);
  fill(commune);
  const refused = await commune.startAgent({ untilConnected: false });
  expect(await refused.ended).toEqual({ code: 5, signal: null });
  expect(refused.words).toContain("No room left on the disk");
  expect(refused.words).toMatch(/^next: Free space/m);
  rmSync(ballast(commune));
  await commune.startAgent();
});

function reserved({ dataDirectory }: Station): readonly string[] {
  return readdirSync(dataDirectory).filter((name) => name.startsWith("reserve-"));
}

/** As when whoever filled the disk filled that too. */
function loseReserve(commune: Station): void {
  for (const name of reserved(commune)) rmSync(path.join(commune.dataDirectory, name));
}

function linksUp(agent: RunningAgent): number {
  return agent.events("link.up").filter(({ clientId }) => clientId === GATEWAY).length;
}

function toldByHeartbeat(commune: Station, code: string): boolean {
  return commune.server?.events.some((event) => event.event === "heartbeat" && event.alarms.includes(code)) === true;
}
