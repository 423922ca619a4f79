import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Child, ChildEnd } from "../../src/sound/child.ts";
import { Forks } from "../../src/sound/forks.ts";
import { Hold } from "../../src/sound/hold.ts";
import { sinkStandby } from "../../src/sound/sink.ts";
import type { Standby } from "../../src/sound/standby.ts";
import { createVirtualCards, type VirtualCard, type VirtualCards } from "../rig/virtual-card.ts";
import { childrenLeft } from "./sound-stage.ts";

const sink = { zoneId: "z1", device: "z1", rateHz: 48_000, channels: 1, bufferMs: 100, periodMs: 20, leadInMs: 0 };
/** Long enough for an aplay to be made and to come to its hold. */
const SETTLED_MS = 1_000;

let directory: string;
let cards: VirtualCards;
let card: VirtualCard;
let standby: Standby | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "loa-standby-"));
  cards = await createVirtualCards(directory, ["z1"]);
  card = cards.card("z1");
});

afterEach(async () => {
  await standby?.close();
  rmSync(directory, { recursive: true });
});

function standBy(hold: Hold | undefined, environment: Readonly<Record<string, string>> = cards.environment): Standby {
  const tools = {
    ffmpegPath: "ffmpeg",
    aplayPath: "aplay",
    environment: { PATH: process.env["PATH"] ?? "", ...environment },
  };
  standby = sinkStandby(sink, tools, hold, new Forks(() => []));
  standby.renew();
  return standby;
}

/** Plays a second of silence to its end. How old the aplay was when it was wanted says whether it had waited. */
async function play(from: Standby): Promise<{ readonly end: ChildEnd; readonly pid: number; readonly ageMs: number }> {
  const ended = Promise.withResolvers<ChildEnd>();
  const child: Child = from.start({ ended: ended.resolve });
  const pid = child.pid ?? 0;
  const ageMs = ageOf(pid);
  child.stdin?.end(new Uint8Array(sink.rateHz * Int16Array.BYTES_PER_ELEMENT));
  return { end: await ended.promise, pid, ageMs };
}

/** Field 22 of its stat is in ticks of 10 ms since boot. */
function ageOf(pid: number): number {
  const ticks = Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[19]);
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1_000 - ticks * 10;
}

const opened = async () => (await card.events()).filter(({ event }) => event === "open").map(({ pid }) => pid);

test("it has everything but its card, and opens that only when it is wanted; then the next one waits", async () => {
  const standing = standBy(Hold.make(directory, ["z1"])[0]);
  const pids: number[] = [];
  for (let n = 0; n < 2; n += 1) {
    await sleep(SETTLED_MS);
    expect(await opened()).toEqual(pids);
    const { end, pid, ageMs } = await play(standing);
    expect(end).toMatchObject({ kind: "exited", code: 0 });
    expect(ageMs).toBeGreaterThan(SETTLED_MS / 2);
    pids.push(pid);
    expect(await opened()).toEqual(pids);
  }
  expect((await card.frames()).length).toBeGreaterThanOrEqual(2 * sink.rateHz);
});

test("where none waits it is made when it is wanted: no FIFO can be made, it went, or ALSA's files are not all there", async () => {
  const [hold] = Hold.make(directory, ["z1"]);
  const missing = `${cards.environment.ALSA_CONFIG_PATH}:${directory}/nowhere.conf`;
  expect(Hold.make(`${directory}/nowhere`, ["z1"])).toEqual([]);
  const spaced = join(directory, "a b");
  mkdirSync(spaced);
  expect(Hold.make(spaced, ["z1"])).toEqual([]);

  const order = {
    path: "aplay",
    parameters: [],
    environment: { ALSA_CONFIG_PATH: missing },
    stdout: "ignore",
  } as const;
  expect(hold?.before(order)).toBeUndefined();
  const held = hold?.before({ ...order, environment: cards.environment });
  expect(held?.environment["ALSA_CONFIG_PATH"]).toBe(`${cards.environment.ALSA_CONFIG_PATH}:${directory}/z1.hold`);
  rmSync(`${directory}/z1.hold`);
  expect(hold?.before({ ...order, environment: cards.environment })).toBeUndefined();

  const standing = standBy(undefined);
  await sleep(SETTLED_MS);
  const { end, pid, ageMs } = await play(standing);
  expect(end).toMatchObject({ kind: "exited", code: 0 });
  expect(ageMs).toBeLessThan(SETTLED_MS / 2);
  expect(await opened()).toEqual([pid]);
});

test("one whose FIFO was taken from it never opens the card: it is ended, and another one plays", async () => {
  const standing = standBy(Hold.make(directory, ["z1"])[0]);
  await sleep(SETTLED_MS);
  rmSync(`${directory}/z1.hold`);
  const { end, pid } = await play(standing);
  expect(end).toMatchObject({ kind: "exited", code: 0 });
  expect(await opened()).toEqual([pid]);
});

test("one that was killed while it waited is not missed", async () => {
  const standing = standBy(Hold.make(directory, ["z1"])[0]);
  await sleep(SETTLED_MS);
  const [waiting = 0] = childrenLeft().map((child) => Number(child.split(" ")[1]));
  process.kill(waiting, "SIGKILL");
  await sleep(SETTLED_MS);
  const { end, pid } = await play(standing);
  expect(end).toMatchObject({ kind: "exited", code: 0 });
  expect(pid).not.toBe(waiting);
  expect(await opened()).toEqual([pid]);
});
