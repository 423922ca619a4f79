import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OutputStart } from "../../src/domain/playout.ts";
import { makeTestAudio } from "../rig/test-audio.ts";
import { childrenLeft, type Performance, Stage } from "./sound-stage.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open({ zones: 3 });
});

afterEach(async () => {
  await stage.close();
  expect(childrenLeft()).toEqual([]);
});

/** Reproducible, so that a failure can be found again. */
function chances(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.each([1, 2, 3])(
  "a storm of commands and faults (%i): every start has one end, in the order of its zone",
  async (seed) => {
    const chance = chances(seed);
    const files = [stage.path("a.wav"), stage.path("b.opus"), stage.path("c.mp3"), stage.path("d.wav")] as const;
    const types: readonly OutputStart["mediaType"][] = ["audio/wav", "audio/ogg", "audio/mpeg", "audio/ogg"];
    await makeTestAudio(files[0], [{ seconds: 0.05, noiseSeed: 1 }], "wav");
    await makeTestAudio(files[1], [{ seconds: 0.4, noiseSeed: 2 }], "opus");
    await makeTestAudio(files[2], [{ seconds: 3, noiseSeed: 3 }], "mp3");
    await makeTestAudio(files[3], [{ seconds: 1, noiseSeed: 4 }], "wav"); // told as Ogg: can't be decoded
    const performances: Performance[] = [];
    for (let command = 0; command < 80; command++) {
      const zoneId = `z${1 + chance(3)}`;
      const file = chance(4);
      const kind = chance(10);
      if (kind < 6) {
        performances.push(await stage.play(files[file] ?? files[0], types[file] ?? "audio/wav", { zoneId }));
      } else if (kind < 8) {
        stage.thread.send({ kind: "stop", zoneId });
      } else if (kind === 8) {
        stage.thread.send({ kind: "abort", play: 1 + chance(performances.length + 1), code: "disk" });
      } else {
        stage.card(zoneId).setFault(([undefined, undefined, "busy", "gone"] as const)[chance(4)]);
      }
      await sleep(chance(3) === 0 ? chance(200) : 0);
    }
    for (const { ended } of performances) await ended;
    await sleep(100); // for an end too many
    for (const { play } of performances) {
      expect(stage.of("ended", play)).toHaveLength(1);
      expect(stage.of("started", play).length).toBeLessThanOrEqual(1);
      const told = stage.events.filter((event) => event.play === play).map(({ kind }) => kind);
      expect(told.at(-1)).toBe("ended");
    }
    // Between plays an aplay waits in each zone, its card untouched. What was just killed may take a moment to be gone.
    const isWaiting = (child: string) => child.startsWith("aplay ") && !stage.hasCardOpen(child);
    await stage.until(() => {
      const left = childrenLeft();
      return left.length <= 3 && left.every(isWaiting);
    }, "all children to be gone");
  },
);

test("a thread that dies is replaced: its plays end as a fault of the output, its children are gone, the next play is heard", async () => {
  const [long, short] = [stage.path("long.wav"), stage.path("short.wav")];
  await makeTestAudio(long, [{ seconds: 6, noiseSeed: 1 }], "wav");
  await makeTestAudio(short, [{ seconds: 0.5, noiseSeed: 2 }], "wav");
  const first = await stage.play(long, "audio/wav");
  await stage.untilSounding(first.play);
  await sleep(1000);
  const second = await stage.play(long, "audio/wav", { zoneId: "z2", mediaType: "no/such-type" as "audio/wav" });
  expect(await first.ended).toMatchObject({ ending: "failed", code: "output" });
  expect(await second.ended).toMatchObject({ ending: "failed", code: "output" });
  const third = await stage.play(short, "audio/wav");
  expect(await third.ended).toMatchObject({ ending: "drained", framesPlayed: 24_000, framesExact: true });
});

test("a killed agent's sink that stands still is ended by the next agent", async () => {
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 6, noiseSeed: 1 }], "wav");
  const script = `
    import { readFileSync } from "node:fs";
    import { SoundThread } from ${JSON.stringify(new URL("../../src/sound/zone-output.ts", import.meta.url).href)};
    const sink = { zoneId: "z1", device: "z1", rateHz: 48000, channels: 1, bufferMs: 100, periodMs: 20, leadInMs: 0 };
    const thread = new SoundThread({
      sinks: [sink], ffmpegPath: "ffmpeg", aplayPath: "aplay", environment: process.env,
      runDirectory: ${JSON.stringify(stage.directory)},
    });
    const file = readFileSync(${JSON.stringify(path)});
    await thread.start((event) => {
      if (event.kind === "hungry" && event.bytes === 262144) {
        thread.send({ kind: "feed", play: 1, bytes: new Uint8Array(file), last: true });
      }
      if (event.kind === "progress") console.log("sounding");
    });
    thread.send({ kind: "start", zoneId: "z1", play: 1, mediaType: "audio/wav", sizeBytes: file.length, gainCentiDb: 0,
      offsetMs: 0, maximumMs: 60000 });`;
  const agent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, ALSA_CONFIG_PATH: stage.path("asound.conf") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(agent.stdout, "data");
    stage.card().setFault("stall");
    await stage.card().until("stall");
  } finally {
    agent.kill("SIGKILL");
  }
  await once(agent, "exit");
  await sleep(300); // a healthy sink would have drained by now
  const [opened] = await stage.card().events();

  const next = await Stage.open();
  try {
    expect(await (await next.play(path, "audio/wav", { maximumMs: 100 })).ended).toMatchObject({ framesPlayed: 4800 });
    expect(isRunning(opened?.pid)).toBe(false);
  } finally {
    await next.close();
  }
});

function isRunning(pid: number | undefined): boolean {
  return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
}
