import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { align } from "./align.ts";
import { frameClock } from "./card-log.ts";
import { contentFrames, levelCentiDb } from "./listen.ts";
import { agentBuffer, kinds, Players, rawInput } from "./player.ts";
import { makeNoise, testRateHz } from "./test-audio.ts";
import { createVirtualCards, type VirtualCard, type VirtualCards } from "./virtual-card.ts";

const perfect = { lostFrames: 0, doubledFrames: 0, unmatchedFrames: 0, normalizedError: 0 };
const endlessTone = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=440:sample_rate=48000"];

let directory: string;
let cards: VirtualCards;
let horn: VirtualCard;
let players: Players;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "loa-rig-"));
  cards = await createVirtualCards(directory, ["horn", "mast"]);
  horn = cards.card("horn");
  players = new Players(cards);
});

afterEach(async () => {
  players.killAll();
  await rm(directory, { recursive: true, force: true });
});

test("gone at open refuses aplay and ffmpeg", async () => {
  horn.setFault("gone");
  const refused = { code: 1, stderr: expect.stringContaining("No such device") };
  expect(await players.run("aplay", [...rawInput, "-D", "horn", "/dev/zero"]).ended).toMatchObject(refused);
  expect(await players.run("ffmpeg", [...endlessTone, "-f", "alsa", "horn"]).ended).toMatchObject(refused);
  horn.setFault(undefined);
  expect((await players.run("aplay", [...rawInput, "-D", "horn", "/dev/null"]).ended).code).toBe(0);
});

test("busy at open refuses who asks for no waiting, and keeps everybody else waiting", async () => {
  horn.setFault("busy");
  const refused = await players.run("aplay", ["-N", ...rawInput, "-D", "horn", "/dev/zero"]).ended;
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("Device or resource busy") });
  const patient = players.run("aplay", [...rawInput, "-D", "horn", "/dev/null"]);
  await sleep(300);
  expect(patient.process.exitCode).toBeNull();
  horn.setFault(undefined);
  expect((await patient.ended).code).toBe(0);
});

test.for([
  ["aplay", [...rawInput, "-D", "horn", "/dev/urandom"]],
  ["ffmpeg", [...endlessTone, "-f", "alsa", "horn"]],
] as const)("gone while playing ends %s with an error, and the loss is logged", async ([program, parameters]) => {
  const player = players.run(program, parameters);
  await horn.until("start");
  await sleep(300);
  horn.setFault("gone");
  const { code, stderr } = await player.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("No such device");
  expect(kinds(await horn.events())).toEqual(["open", "start", "lost", "close"]);
});

test("stall: the sound stands still, the client hangs without an error, and goes on afterwards", async () => {
  const noise = makeNoise(11, 1);
  const player = players.feed("horn", noise, agentBuffer);
  await horn.until("start");
  await sleep(300);
  horn.setFault("stall");
  const stall = await horn.until("stall");
  await sleep(1_000);
  expect((await horn.frames()).length).toBe(stall.frame);
  expect(player.process.exitCode).toBeNull();
  horn.setFault(undefined);
  const unstall = await horn.until("unstall");
  expect(unstall.frame).toBe(stall.frame);
  expect((await player.ended).code).toBe(0);
  expect(align(await horn.frames(), noise)).toEqual({ lag: 0, ...perfect });
  const clock = frameClock(await horn.events());
  expect((clock(stall.frame) ?? 0) - (clock(stall.frame - 1) ?? 0)).toBeGreaterThan(999);
});

test("mute: frames go by as zeros, and the client notices nothing", async () => {
  const player = players.feed("horn", makeNoise(12, 1.2), agentBuffer);
  await horn.until("start");
  await sleep(300);
  horn.setFault("mute");
  await sleep(400);
  horn.setFault(undefined);
  expect((await player.ended).code).toBe(0);
  const played = await horn.frames();
  expect(contentFrames(played).frames).toBe(57_600);
  const silent = played.reduce((count, sample) => count + Number(sample === 0), 0);
  const padding = played.length - 57_600;
  expect(silent - padding).toBeGreaterThan(0.39 * testRateHz);
  expect(silent - padding).toBeLessThan(0.5 * testRateHz);
  expect(levelCentiDb(played.subarray(0, 4_800))).toBeGreaterThan(-2_000);
  expect(levelCentiDb(played.subarray(52_800, 57_600))).toBeGreaterThan(-2_000);
});

test("a fault strikes only its own card", async () => {
  horn.setFault("gone");
  const player = players.run("aplay", [...rawInput, "-D", "mast", "/dev/null"]);
  expect((await player.ended).code).toBe(0);
});
