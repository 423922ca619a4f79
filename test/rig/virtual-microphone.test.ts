import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { align } from "./align.ts";
import { heardTones, levelCentiDb, samplesOf } from "./listen.ts";
import { makeTestAudio, testRateHz } from "./test-audio.ts";
import { createVirtualCards, type VirtualCard, type VirtualCards } from "./virtual-card.ts";

const gain = 0.25;
const noisePeak = 20;

let directory: string;
let cards: VirtualCards;
let horn: VirtualCard;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "loa-rig-mic-"));
  cards = await createVirtualCards(directory, ["horn"], { microphone: { gain, noisePeak } });
  horn = cards.card("horn");
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test("the microphone hears what is played, quieter and under noise, at the right distances", async () => {
  const first = await audio("first.wav", { seconds: 0.6, noiseSeed: 1 });
  const second = await audio("second.wav", { seconds: 0.5, noiseSeed: 2 });
  const heard = listen(2);
  await sleep(200);
  await play(first.path);
  await sleep(150);
  await play(second.path);
  const samples = await heard;
  expect(samples.length).toBe(2 * testRateHz);
  const [firstFit, secondFit] = [first, second].map((part) =>
    align(
      samples,
      part.samples.map((sample) => sample * gain),
    ),
  );
  for (const fit of [firstFit, secondFit]) {
    expect(fit).toMatchObject({ lostFrames: 0, doubledFrames: 0, unmatchedFrames: 0 });
    expect(fit?.normalizedError).toBeGreaterThan(0);
    expect(fit?.normalizedError).toBeLessThan(0.02);
  }
  const [firstStart, secondStart] = (await horn.events()).filter(({ event }) => event === "start");
  const apartMs = (secondStart?.monotonicMs ?? 0) - (firstStart?.monotonicMs ?? 0);
  expect(Math.abs((secondFit?.lag ?? 0) - (firstFit?.lag ?? 0) - apartMs * (testRateHz / 1000))).toBeLessThanOrEqual(
    1.5,
  );
  const silence = levelCentiDb(samples.subarray(0, 4_800));
  expect(silence).toBeGreaterThan(-7_500);
  expect(silence).toBeLessThan(-6_500);
});

test("who is killed is heard no longer, and a mute card not at all", async () => {
  const tone = await audio("tone.wav", { seconds: 3, toneHz: 1000 });
  const heard = listen(2.5);
  await sleep(200);
  const player = spawn("aplay", ["-q", "-D", horn.device, tone.path], { env: environment() });
  await horn.until("start");
  await sleep(500);
  player.kill("SIGKILL");
  await once(player, "close");
  await sleep(300);
  horn.setFault("mute");
  const muted = play(tone.path);
  const tones = heardTones(await heard, testRateHz, [1000]);
  horn.setFault(undefined);
  await muted;
  expect(tones).toHaveLength(1);
  const killed = await horn.until("killed");
  expect(Math.abs((tones[0]?.frames ?? 0) - killed.frame)).toBeLessThan(3 * (testRateHz / 1000));
});

test("the microphone goes with its card, at open and while capturing", async () => {
  const listening = promisify(execFile)("arecord", capture(30), { env: environment() });
  await sleep(300);
  horn.setFault("gone");
  await expect(listening).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("No such device") });
  await expect(listen(1)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("No such device") });
});

test("ffmpeg captures too, converted by plug:", async () => {
  const tone = await audio("tone.wav", { seconds: 1.5, toneHz: 440 });
  const path = join(directory, "ffmpeg.raw");
  const source = ["-f", "alsa", "-channels", "1", "-sample_rate", "16000", "-i", `plug:${horn.microphone}`];
  const parameters = ["-nostdin", "-v", "error", ...source, "-t", "1", "-f", "s16le", path];
  const playing = play(tone.path);
  await promisify(execFile)("ffmpeg", parameters, { env: environment() });
  await playing;
  const samples = samplesOf(await readFile(path));
  expect(samples.length).toBeGreaterThan(15_000); // ffmpeg cuts by the wall clock
  expect(samples.length).toBeLessThan(17_000);
  expect(heardTones(samples, 16_000, [440, 1000]).map(({ toneHz }) => toneHz)).toEqual([440]);
});

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ...cards.environment };
}

function capture(seconds: number): string[] {
  const format = ["-t", "raw", "-f", "S16_LE", "-r", String(testRateHz), "-c", "1"];
  return ["-q", "-D", horn.microphone, ...format, `--samples=${Math.round(seconds * testRateHz)}`];
}

async function listen(seconds: number): Promise<Int16Array> {
  const path = join(directory, "heard.raw");
  await promisify(execFile)("arecord", [...capture(seconds), path], { env: environment() });
  return samplesOf(await readFile(path));
}

async function play(path: string): Promise<void> {
  await promisify(execFile)("aplay", ["-q", "-D", horn.device, path], { env: environment() });
}

async function audio(name: string, segment: Parameters<typeof makeTestAudio>[1][number]) {
  const path = join(directory, name);
  return { path, samples: await makeTestAudio(path, [segment], "wav") };
}
