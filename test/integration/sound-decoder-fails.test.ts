import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTestAudio } from "../rig/test-audio.ts";
import { childrenLeft, Stage } from "./sound-stage.ts";

let stage: Stage;

afterEach(async () => {
  await stage.close();
  expect(childrenLeft()).toEqual([]);
});

describe("a file that is not what it says", () => {
  beforeEach(async () => {
    stage = await Stage.open();
  });

  test.each([
    ["text", Buffer.from("Kính gửi bà con\n".repeat(3000)), "audio/wav"],
    ["text", Buffer.from("Kính gửi bà con\n".repeat(3000)), "audio/mpeg"],
    ["nothing but zeros", Buffer.alloc(100_000), "audio/ogg"],
    ["a playlist", Buffer.from("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"), "audio/mpeg"],
    ["a single byte", Buffer.from("R"), "audio/wav"],
  ] as const)("%s is never heard and ends as a decode failure", async (_, content, mediaType) => {
    const path = stage.path("item");
    await writeFile(path, content);
    const ended = await (await stage.play(path, mediaType)).ended;
    expect(ended).toMatchObject({ ending: "failed", code: "decode", framesPlayed: 0 });
    expect(ended.detail).not.toBe("");
    expect(await stage.card().events()).toEqual([]);
  });

  test("a good file of another type is refused too", async () => {
    const path = stage.path("item.opus");
    await makeTestAudio(path, [{ seconds: 1, toneHz: 440 }], "opus");
    const ended = await (await stage.play(path, "audio/wav")).ended;
    expect(ended).toMatchObject({ ending: "failed", code: "decode", framesPlayed: 0 });
  });

  test("a WAV without a single sample holds no sound", async () => {
    const path = stage.path("item.wav");
    await makeTestAudio(path, [{ seconds: 0 }], "wav");
    expect(await (await stage.play(path, "audio/wav")).ended).toMatchObject({ ending: "failed", code: "decode" });
  });

  test("of a file cut short the rest is played", async () => {
    const path = stage.path("item.wav");
    await makeTestAudio(path, [{ seconds: 2, noiseSeed: 9 }], "wav");
    await writeFile(path, (await readFile(path)).subarray(0, 96_000));
    const ended = await (await stage.play(path, "audio/wav")).ended;
    expect(ended.framesPlayed).toBeGreaterThan(47_000);
    expect(ended.framesPlayed).toBeLessThanOrEqual(48_000);
  });
});

describe("a decoder that fails", () => {
  let tools: string;

  beforeEach(async () => {
    tools = await mkdtemp(join(tmpdir(), "loa-tools-"));
  });

  afterEach(async () => {
    await rm(tools, { recursive: true, force: true });
  });

  /** A script in ffmpeg's place: only the world's faults are played, never its work. */
  async function openWith(script: string): Promise<string> {
    const ffmpegPath = join(tools, "ffmpeg");
    await writeFile(ffmpegPath, `#!/bin/sh\n${script}\n`);
    await chmod(ffmpegPath, 0o755);
    stage = await Stage.open({ ffmpegPath, zones: 2 });
    const path = stage.path("item.wav");
    await makeTestAudio(path, [{ seconds: 2, noiseSeed: 9 }], "wav");
    return path;
  }

  test("that is not there is the fault of the box, not of the file, and told by its path", async () => {
    stage = await Stage.open({ ffmpegPath: join(tools, "nothing") });
    const path = stage.path("item.wav");
    await makeTestAudio(path, [{ seconds: 1, noiseSeed: 9 }], "wav");
    const ended = await (await stage.play(path, "audio/wav")).ended;
    expect(ended).toMatchObject({ ending: "failed", code: "output", framesPlayed: 0 });
    expect(ended.detail).toContain(join(tools, "nothing"));
  });

  test("is told by its last words", async () => {
    const path = await openWith("echo first >&2; echo 'no more memory' >&2; exit 3");
    expect((await (await stage.play(path, "audio/wav")).ended).detail).toContain("no more memory");
  });

  test("that says nothing is told by how it ended", async () => {
    const path = await openWith("exit 3");
    expect((await (await stage.play(path, "audio/wav")).ended).detail).toContain("(3)");
  });

  test("mid-play lets what it gave be heard, and the play counts as failed", async () => {
    const path = await openWith("head -c 48000 /dev/urandom; exit 1");
    const ended = await (await stage.play(path, "audio/wav")).ended;
    expect(ended).toMatchObject({ ending: "failed", code: "decode", framesPlayed: 24_000 });
    expect((await stage.card().frames()).length).toBeGreaterThanOrEqual(24_000);
  });

  test("by giving nothing, with a child of its own and deaf to SIGTERM, is ended after 5 s with all its group", async () => {
    const path = await openWith("trap '' TERM; cat > /dev/null & sleep 60 & wait; sleep 60");
    const ended = await (await stage.play(path, "audio/wav")).ended;
    expect(ended).toMatchObject({ ending: "failed", code: "decode", framesPlayed: 0 });
    await expect.poll(() => processesOf(tools), { timeout: 10_000 }).toEqual([]);
  });

  test("by standing still mid-play is ended too", async () => {
    const path = await openWith("head -c 48000 /dev/urandom; sleep 60");
    const ended = await (await stage.play(path, "audio/wav")).ended;
    expect(ended).toMatchObject({ ending: "failed", code: "decode" });
    // Whole lumps of 200 ms were heard; the rest waited for company.
    expect(ended.framesPlayed).toBeLessThanOrEqual(19_200);
    expect(ended.framesPlayed).toBeGreaterThanOrEqual(19_200 - 9600);
  });

  test("is waited for behind a tone of 12 s whose file came at its end, for 5 s since it was fed", async () => {
    // Its first sample comes two seconds late, or, of what is no WAV, never.
    const path = await openWith(
      `head -c 1 > "$0.$$"; grep -q R "$0.$$" || sleep 60; { sleep 2; cat "$0.$$" -; } | exec ffmpeg "$@"`,
    );
    const other = stage.path("other");
    await writeFile(other, Buffer.alloc(1_000, "x"));
    const [late, never] = await Promise.all(
      [path, other].map((file, at) =>
        stage.play(
          file,
          "audio/wav",
          { zoneId: `z${at + 1}`, attentionTone: { gainCentiDb: 0 } },
          { comesAfterMs: 11_000 },
        ),
      ),
    );
    expect(await late?.ended).toMatchObject({ ending: "drained", framesPlayed: 96_000 });
    const ended = await never?.ended;
    expect(ended).toMatchObject({ ending: "failed", code: "decode", framesPlayed: 0 });
    const [started] = stage.of("started", never?.play);
    expect((ended?.atMs ?? 0) - (started?.atMs ?? 0)).toBeGreaterThan(15_500);
  });
});

test("a file of which no more comes is the disk's fault, not the decoder's", async () => {
  stage = await Stage.open();
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 6, noiseSeed: 9 }], "wav");
  const ended = await (await stage.play(path, "audio/wav", {}, { stopsAfterBytes: 200_000 })).ended;
  expect(ended).toMatchObject({ ending: "failed", code: "disk", framesExact: false });
  expect(ended.framesPlayed).toBeGreaterThan(48_000);
});

/** Processes whose command line names this folder. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cmdline`, "latin1").includes(folder);
    } catch {
      return false;
    }
  });
}
