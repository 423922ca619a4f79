import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { align } from "./align.ts";
import { frameClock } from "./card-log.ts";
import { contentFrames, heardTones } from "./listen.ts";
import { agentBuffer, agentPeriodFrames, kinds, Players, rawInput } from "./player.ts";
import { type AudioFormat, decodeAudio, makeNoise, makeTestAudio, rawBytes, testRateHz } from "./test-audio.ts";
import { createVirtualCards, type VirtualCard, type VirtualCards } from "./virtual-card.ts";

const cdInput = ["-q", "-t", "raw", "-f", "S16_LE", "-c", "2", "-r", "44100"];
const perfect = { lostFrames: 0, doubledFrames: 0, unmatchedFrames: 0, normalizedError: 0 };

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

describe("a healthy card", () => {
  test("aplay plays two seconds as 96,000 frames in two seconds", async () => {
    const wav = join(directory, "two.wav");
    const reference = await makeTestAudio(wav, [{ seconds: 2, noiseSeed: 1 }], "wav");
    const from = performance.now();
    expect((await players.run("aplay", ["-q", "-D", "horn", wav]).ended).code).toBe(0);
    expect(performance.now() - from).toBeGreaterThan(1_990);
    const played = await horn.frames();
    expect(contentFrames(played).frames).toBe(96_000);
    expect(align(played, reference)).toEqual({ lag: 0, ...perfect });
    expect(kinds(await horn.events())).toEqual(["open", "start", "stop", "close"]);
  });

  test("ffmpeg plays the exact frames and ends clean", async () => {
    const wav = join(directory, "odd.wav");
    const reference = await makeTestAudio(wav, [{ seconds: 1.2345, noiseSeed: 2 }], "wav");
    const ended = await players.run("ffmpeg", ["-nostdin", "-v", "error", "-i", wav, "-f", "alsa", "horn"]).ended;
    expect(ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(await horn.frames()).toEqual(reference);
    expect(kinds(await horn.events())).toEqual(["open", "start", "stop", "close"]);
  });

  test("aplay fills the last period of a pipe up with zeros, and adds a whole one when it was full", async () => {
    const raw = makeNoise(3, 0.7891);
    await players.feed("horn", raw, agentBuffer).ended;
    const whole = Math.ceil(raw.length / agentPeriodFrames) * agentPeriodFrames;
    const padded = await horn.frames();
    expect(padded.length).toBe(whole);
    expect(contentFrames(padded).frames).toBe(raw.length);

    await players.feed("horn", makeNoise(3, 0.5), agentBuffer).ended;
    const added = (await horn.frames()).subarray(whole);
    expect(added.length).toBe(24_000 + agentPeriodFrames);
    expect(contentFrames(added)).toEqual({ fromFrame: 0, toFrame: 24_000, frames: 24_000 });
  });

  test("one recording holds all sessions in order, and the log tells when each frame was heard", async () => {
    const first = join(directory, "first.wav");
    const second = join(directory, "second.wav");
    await makeTestAudio(
      first,
      [
        { seconds: 0.5, toneHz: 440 },
        { seconds: 0.4, toneHz: 1000 },
      ],
      "wav",
    );
    await makeTestAudio(second, [{ seconds: 0.3, toneHz: 440 }], "wav");
    const firstFrom = Date.now();
    await players.run("aplay", ["-q", "-D", "horn", first]).ended;
    const firstTo = Date.now();
    await sleep(300);
    await players.run("aplay", ["-q", "-D", "horn", second]).ended;
    const secondTo = Date.now();
    const heard = heardTones(await horn.frames(), testRateHz, [440, 1000], frameClock(await horn.events()));
    expect(heard.map(({ toneHz }) => toneHz)).toEqual([440, 1000, 440]);
    const [start = 0, change = 0, again = 0] = heard.map(({ startedAtMs }) => startedAtMs);
    expect(change - start).toBeGreaterThan(480);
    expect(change - start).toBeLessThan(520);
    const edgeMs = 3;
    expect(start).toBeGreaterThan(firstFrom - edgeMs);
    expect(heard[1]?.endedAtMs).toBeLessThan(firstTo + edgeMs);
    expect(again).toBeGreaterThan(firstTo + 300 - edgeMs);
    expect(heard[2]?.endedAtMs).toBeLessThan(secondTo + edgeMs);
  });

  test.for<AudioFormat>(["wav", "opus", "mp3"])(
    "a test file in %s has exactly its frames, decoded and played",
    async (format) => {
      const file = join(directory, `test.${format}`);
      await makeTestAudio(
        file,
        [
          { seconds: 0.9, toneHz: 440 },
          { seconds: 0.35, noiseSeed: 4 },
        ],
        format,
      );
      const decoded = await decodeAudio(file);
      expect(decoded.length).toBe(60_000);
      await players.run("ffmpeg", ["-nostdin", "-v", "error", "-i", file, "-ac", "1", "-f", "alsa", "horn"]).ended;
      const played = await horn.frames();
      expect(played.length).toBe(60_000);
      expect(align(played, decoded)).toMatchObject({ lag: 0, lostFrames: 0, doubledFrames: 0, unmatchedFrames: 0 });
    },
  );

  test("is strict like hardware, and plug: converts for it", async () => {
    const strict = players.run("aplay", [...cdInput, "-D", "horn"]);
    strict.process.stdin?.end(Buffer.alloc(4 * 4_410));
    expect((await strict.ended).stderr).toContain("Channels count non available");
    const converting = players.run("aplay", [...cdInput, "-D", "plug:horn"]);
    converting.process.stdin?.end(Buffer.alloc(4 * 44_100, 0x11));
    expect((await converting.ended).code).toBe(0);
    expect(contentFrames(await horn.frames()).frames).toBeCloseTo(48_000, -2);
  });

  test("two channels are kept apart, at another rate", async () => {
    const stereo = await createVirtualCards(directory, ["pair"], { rateHz: 44_100, channels: 2 });
    const pair = new Players(stereo).run("aplay", [...cdInput, "-D", "pair"]);
    pair.process.stdin?.end(rawBytes(makeNoise(1, 1, 44_100).map((sample, index) => (index % 2 === 0 ? sample : 77))));
    expect((await pair.ended).code).toBe(0);
    const right = await stereo.card("pair").frames(1);
    expect(contentFrames(right).frames).toBe(22_050);
    expect(right.subarray(0, 22_050).every((sample) => sample === 77)).toBe(true);
    expect((await stereo.card("pair").events())[0]).toMatchObject({ rateHz: 44_100, channels: 2 });
  });

  test("cards play side by side", async () => {
    const wav = join(directory, "both.wav");
    const reference = await makeTestAudio(wav, [{ seconds: 1, noiseSeed: 6 }], "wav");
    await Promise.all(["horn", "mast"].map((name) => players.run("aplay", ["-q", "-D", name, wav]).ended));
    for (const name of ["horn", "mast"]) {
      expect(align(await cards.card(name).frames(), reference)).toEqual({ lag: 0, ...perfect });
    }
  });
});

describe("real time", () => {
  test("who feeds too slowly is told of the underrun, which is logged at the frame where the sound ended", async () => {
    const noise = makeNoise(7, 0.4);
    const talkative = rawInput.filter((option) => option !== "-q");
    const player = players.run("aplay", [...talkative, ...agentBuffer, "-D", "horn"]);
    player.process.stdin?.write(rawBytes(noise.subarray(0, 9_600)));
    await horn.until("underrun");
    player.process.stdin?.end(rawBytes(noise.subarray(9_600)));
    const { code, stderr } = await player.ended;
    expect(code).toBe(0);
    expect(stderr).toContain("underrun!!!");
    const events = await horn.events();
    expect(kinds(events)).toEqual(["open", "start", "underrun", "start", "stop", "close"]);
    expect(events[2]?.frame).toBe(9_600);
    expect((events[2]?.atMs ?? 0) - (events[1]?.atMs ?? 0)).toBeCloseTo(200, 0);
    expect(align(await horn.frames(), noise)).toEqual({ lag: 0, ...perfect });
  });

  test("a second opener is refused, also from another process, until the first is gone", async () => {
    const holder = players.feed("horn", makeNoise(8, 5), [], true);
    await horn.until("start");
    const refused = await players.run("aplay", ["-N", ...rawInput, "-D", "horn", "/dev/null"]).ended;
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("Device or resource busy") });
    holder.process.kill("SIGKILL");
    await holder.ended;
    expect((await players.run("aplay", [...rawInput, "-D", "horn", "/dev/null"]).ended).code).toBe(0);
  });

  test.for([300, 777, 1_303])("SIGKILL after %d ms leaves only the frames really played", async (lifeMs) => {
    const noise = makeNoise(9, 3);
    const player = players.feed("horn", noise, [], true);
    const start = await horn.until("start");
    await sleep(lifeMs);
    const killedAtMs = performance.timeOrigin + performance.now();
    player.process.kill("SIGKILL");
    await player.ended;
    const goneAtMs = performance.timeOrigin + performance.now();
    const played = await horn.frames();
    expect(played).toEqual(noise.subarray(0, played.length));
    const framesBy = (atMs: number) => ((atMs - start.atMs) * testRateHz) / 1000;
    expect(played.length).toBeLessThanOrEqual(framesBy(goneAtMs) + 1);
    expect(played.length).toBeGreaterThan(framesBy(killedAtMs - 20));
    const events = await horn.events();
    expect(kinds(events)).toEqual(["open", "start", "killed"]);
    expect(events[2]?.frame).toBe(played.length);
  });

  test("dropping cuts the recording at the frames really played", async () => {
    const player = players.feed("horn", makeNoise(10, 3), [], true);
    const start = await horn.until("start");
    await sleep(500);
    player.process.kill("SIGINT"); // aplay aborts, it does not drain
    await player.ended;
    const stop = await horn.until("stop");
    expect((await horn.frames()).length).toBe(stop.frame);
    expect((stop.atMs - start.atMs) * (testRateHz / 1000) - stop.frame).toBeLessThan(2);
  });
});
