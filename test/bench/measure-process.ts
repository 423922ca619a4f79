import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { BenchRun, Measurement } from "./bench-run.ts";
import { type BenchStation, benchStation, type NamedAudio, nameAudio } from "./bench-station.ts";
import type { TellingChild } from "./child.ts";
import type { Figure } from "./figure.ts";
import { type LoopbackCount, loopbackCount } from "./machine.ts";
import { busyPercent, childrenOf, type ProcessReading, readProcess } from "./process-meter.ts";

const BULLETIN = path.resolve(import.meta.dirname, "../fixtures/ban-tin.mp3");
const SETTLE_MS = 4_000;
/** The bulletin once or twice, as the desk makes it, and how much of it is measured. */
const PLAYED = { full: { rounds: 2, windowMs: 32_000 }, quick: { rounds: 1, windowMs: 15_000 } } as const;
const IDLE_WINDOW_MS = { full: 180_000, quick: 60_000 } as const;
/** More than a ping and its answer, less than a heartbeat. */
const HEARTBEAT_BYTES = 600;
const LONGEST_HEARTBEAT_PAUSE_MS = 80_000;
const DAY_MS = 86_400_000;
const LOOK_MS = 250;

/** What the agent's process costs while one zone plays, and afterwards while nothing happens, with the shipped intervals. */
export const measureProcess: Measurement = async (run) => {
  const station = await benchStation(run.ending);
  const item = await speech(station.folder, run);
  const server = await station.startServer();
  const agent = await station.startAgent();
  await sleep(SETTLE_MS);
  const fresh = readProcess(agent.pid);
  const playing = await whilePlaying(station, agent, item, run);
  await agent.until("evidence.acknowledged");
  // From here on the agent's connections are the only ones on this loopback.
  await station.client.endAsync();
  await server.end();
  return [...playing, ...(await whileIdle(agent, fresh, run))];
};

/** Speech as a desk hands it out: Ogg Opus, mono, 32 kbit/s. */
async function speech(folder: string, { isQuick }: BenchRun): Promise<NamedAudio> {
  const file = path.join(folder, "speech.ogg");
  const rounds = (isQuick ? PLAYED.quick : PLAYED.full).rounds;
  const input = ["-stream_loop", String(rounds - 1), "-i", BULLETIN];
  const encoder = ["-ac", "1", "-c:a", "libopus", "-b:a", "32k", "-application", "voip", "-f", "ogg"];
  await promisify(execFile)("ffmpeg", ["-nostdin", "-v", "error", ...input, ...encoder, file]);
  return nameAudio(readFileSync(file), "audio/ogg", rounds * 22_300);
}

async function whilePlaying(
  station: BenchStation,
  agent: TellingChild,
  item: NamedAudio,
  { isQuick }: BenchRun,
): Promise<Figure[]> {
  const { windowMs } = isQuick ? PLAYED.quick : PLAYED.full;
  await station.publishChunks(item);
  await station.publishOrder(item);
  await agent.until("play.started");
  await sleep(SETTLE_MS);
  const children = childrenOf(agent.pid).map((child) => ({ ...child, before: readProcess(child.pid) }));
  const before = readProcess(agent.pid);
  const residentMb = await largestResident(agent.pid, windowMs);
  const after = readProcess(agent.pid);
  // Two aplays: one of them only waits for the next sound.
  const shareOf = (name: string) => {
    const shares = children
      .filter(({ program }) => program === name)
      .map((child) => busyPercent(child.before, readProcess(child.pid)));
    return shares.length === 0 ? Number.NaN : shares.reduce((sum, share) => sum + share);
  };
  const [decoder, sink] = [shareOf("ffmpeg"), shareOf("aplay")];
  await agent.until("play.ended");
  const note = `${windowMs / 1000} s of Opus on one zone`;
  return [
    {
      ...{ name: "playing: resident", value: residentMb, unit: "MB", target: { atMost: 100 } },
      note: `${mb(after.fileMb)} of it are files: Node's own program for the most part`,
    },
    { name: "playing: processor", value: busyPercent(before, after), unit: "% of a core", target: { atMost: 2 }, note },
    { name: "playing: decoder (ffmpeg)", value: decoder, unit: "% of a core" },
    {
      name: "playing: sink (aplay)",
      value: sink,
      unit: "% of a core",
      note: "keeps the virtual card's time too",
    },
  ];
}

async function whileIdle(agent: TellingChild, fresh: ProcessReading, { isQuick }: BenchRun): Promise<Figure[]> {
  const windowMs = isQuick ? IDLE_WINDOW_MS.quick : IDLE_WINDOW_MS.full;
  await betweenHeartbeats();
  const sentBefore = loopbackCount();
  const before = readProcess(agent.pid);
  const residentMb = await largestResident(agent.pid, windowMs);
  const after = readProcess(agent.pid);
  const sentAfter = loopbackCount();
  const seconds = windowMs / 1000;
  return [
    {
      ...{ name: "idle: resident", value: residentMb, unit: "MB", target: { atMost: 95 } },
      note: `after a play; ${mb(fresh.residentMb)} before the first`,
    },
    {
      ...{ name: "idle: processor", value: busyPercent(before, after), unit: "% of a core", target: { atMost: 0.1 } },
      note: `${seconds} s with heartbeats and pings`,
    },
    { name: "idle: wake-ups", value: (after.wakeUps - before.wakeUps) / seconds, unit: "a second" },
    ...traffic(sentBefore, sentAfter, windowMs),
  ];
}

/** Half a heartbeat after a heartbeat: a window of whole minutes that begins here holds one for each of its minutes. */
async function betweenHeartbeats(): Promise<void> {
  const giveUpAtMs = performance.now() + LONGEST_HEARTBEAT_PAUSE_MS;
  for (let last = loopbackCount(); last !== undefined && performance.now() < giveUpAtMs; ) {
    await sleep(LOOK_MS);
    const now = loopbackCount() ?? last;
    if (now.ipBytes - last.ipBytes > HEARTBEAT_BYTES) break;
    last = now;
  }
  await sleep(30_000);
}

function traffic(from: LoopbackCount | undefined, to: LoopbackCount | undefined, windowMs: number): Figure[] {
  const figure = { name: "idle: traffic", unit: "MB a day", target: { atMost: 2 } };
  if (from === undefined || to === undefined) {
    return [{ ...figure, target: undefined, value: Number.NaN, note: "needs a network namespace (unshare, ip)" }];
  }
  const bytes = to.ipBytes - from.ipBytes;
  const note = `${bytes} bytes of IP in ${to.packets - from.packets} packets in ${windowMs / 1000} s, both ways, TLS and TCP included`;
  return [{ ...figure, value: (bytes * DAY_MS) / windowMs / 1e6, note }];
}

async function largestResident(pid: number, windowMs: number): Promise<number> {
  let largest = 0;
  const endMs = performance.now() + windowMs;
  while (performance.now() < endMs) {
    largest = Math.max(largest, readProcess(pid).residentMb);
    await sleep(Math.min(1_000, Math.max(0, endMs - performance.now())));
  }
  return largest;
}

function mb(value: number | undefined): string {
  return `${value === undefined ? "?" : Math.round(value)} MB`;
}
