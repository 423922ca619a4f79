import { createReadStream, existsSync, statSync } from "node:fs";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../../src/sound/monotonic.ts";
import { frameClock } from "../rig/card-log.ts";
import { type HeardTone, heardTones, samplesOf } from "../rig/listen.ts";
import { makeTestAudio } from "../rig/test-audio.ts";
import type { VirtualCard } from "../rig/virtual-card.ts";
import type { BenchRun, Measurement } from "./bench-run.ts";
import { benchStation } from "./bench-station.ts";
import { Ending } from "./ending.ts";
import { type Figure, quantile } from "./figure.ts";
import { cutOften } from "./measure-cut.ts";
import { liquidsoap } from "./peers/liquidsoap.ts";
import { mpd } from "./peers/mpd.ts";
import { mqttScript } from "./peers/mqtt-script.ts";
import type { Peer, RunningPeer, Stage } from "./peers/peer.ts";
import { lastWords } from "./peers/peer-process.ts";

const AS_THE_AGENT = { bufferMicroseconds: 100_000, periodMicroseconds: 20_000 };

const PEERS: readonly Peer[] = [
  mpd("MPD, from stopped", { fromSilence: true, buffer: AS_THE_AGENT }),
  mpd("MPD, running", { fromSilence: false, buffer: AS_THE_AGENT }),
  mpd("MPD as shipped, running", { fromSilence: false }),
  liquidsoap("Liquidsoap, unbuffered", { isBuffered: false }),
  liquidsoap("Liquidsoap as shipped", { isBuffered: true }),
  mqttScript("mosquitto_sub + ffmpeg, killed with -9", "KILL"),
  mqttScript("mosquitto_sub + ffmpeg", "TERM"),
];

const PROGRAMME = { toneHz: 440, seconds: 120 };
const WARNING = { toneHz: 1_000, seconds: 0.5 };
const TONES_HZ = [PROGRAMME.toneHz, WARNING.toneHz];
/** Longer than the buffered peers need. */
const GIVE_UP_MS = 15_000;
const LOOK_MS = 50;

/** How soon a warning is heard after it was ordered: the agent and its peers, one after the other on one card. */
export const measurePeers: Measurement = async (run) => {
  const cuts = run.isQuick ? 10 : 50;
  const station = await benchStation(run.ending);
  const own = (await cutOften(station, cuts)).heardMs.flat();
  const programme = path.join(station.folder, "programme.wav");
  await makeTestAudio(programme, [PROGRAMME], "wav");
  const medians: number[] = [];
  const figures: Figure[] = [];
  for (const peer of PEERS) {
    const missing = peer.programs.filter((program) => !isInstalled(program));
    if (missing.length > 0) {
      const note = `${missing} not installed: ./scripts/bench --only peers --install-peers`;
      figures.push({ name: `cut, ${peer.name}: median`, value: Number.NaN, unit: "ms", note });
      continue;
    }
    const took = await inItsTime(run, (ending) => cutsOf(peer, { ...station, programme, ending }, cuts));
    medians.push(quantile(took, 0.5));
    figures.push(...figuresOf(peer.name, took));
  }
  const share = quantile(own, 0.5) / Math.min(...medians);
  const ahead = { name: "cut, loa to the fastest peer: medians", value: share, unit: "times", target: { atMost: 1 } };
  return [
    ...figuresOf("loa, every order verified and stored", own),
    ...figures,
    ...(medians.length > 0 ? [ahead] : []),
  ];
};

/** What one peer began ends before the next one takes the card. */
async function inItsTime<Value>({ ending }: BenchRun, act: (ending: Ending) => Promise<Value>): Promise<Value> {
  const own = new Ending();
  ending.add(() => own.run());
  try {
    return await act(own);
  } finally {
    await own.run();
  }
}

async function cutsOf(peer: Peer, stage: Stage, cuts: number): Promise<readonly number[]> {
  process.stderr.write(`bench: peers: ${peer.name}\n`);
  const running = await peer.start(stage);
  const tookMs: number[] = [];
  for (let n = 0; n < cuts; n += 1) {
    const file = path.join(stage.folder, `warning-${n}.wav`);
    await makeTestAudio(file, [WARNING], "wav");
    tookMs.push(
      await cutIn(peer, running, stage.card, file).catch((cause) => {
        throw new Error(`${peer.name} failed; its last words:\n${lastWords(stage)}`, { cause });
      }),
    );
    await sleep(WARNING.seconds * 1_000);
  }
  return tookMs;
}

async function cutIn(peer: Peer, running: RunningPeer, card: VirtualCard, file: string): Promise<number> {
  const settledFrom = framesOf(card);
  await running.settle();
  if (!peer.fromSilence) await heardFrom(card, settledFrom, PROGRAMME.toneHz);
  await sleep(300 + Math.random() * 200);
  const from = framesOf(card);
  const orderedAtMs = monotonicMs();
  running.cutIn(file);
  const { startedAtMs } = await heardFrom(card, from, WARNING.toneHz);
  return (startedAtMs ?? Number.NaN) - orderedAtMs;
}

function framesOf({ recordingPath, channels }: VirtualCard): number {
  return statSync(recordingPath).size / Int16Array.BYTES_PER_ELEMENT / channels;
}

/** What was recorded from a frame on. The recording of all peers together is long. */
async function framesFrom({ recordingPath, channels }: VirtualCard, from: number): Promise<Int16Array> {
  const start = from * Int16Array.BYTES_PER_ELEMENT * channels;
  return samplesOf(await buffer(createReadStream(recordingPath, { start })), channels);
}

/** The first time that this tone was heard behind a frame, by the monotonic clock. */
async function heardFrom(card: VirtualCard, from: number, toneHz: number): Promise<HeardTone> {
  const giveUpAtMs = performance.now() + GIVE_UP_MS;
  for (;;) {
    const samples = await framesFrom(card, from);
    // After the samples: by the events before them a sound that has just begun would seem to follow the one before.
    const events = (await card.events()).map((event) => ({ ...event, atMs: event.monotonicMs }));
    const clock = frameClock(events);
    const tones = heardTones(samples, card.rateHz, TONES_HZ, (frame) => clock(from + frame));
    const found = tones.find((tone) => tone.toneHz === toneHz);
    if (found !== undefined) return found;
    if (performance.now() > giveUpAtMs) throw new Error(`${toneHz} Hz was not heard in ${GIVE_UP_MS} ms`);
    await sleep(LOOK_MS);
  }
}

function figuresOf(name: string, tookMs: readonly number[]): readonly Figure[] {
  const note = `${tookMs.length} runs, ${Math.round(Math.min(...tookMs))} to ${Math.round(Math.max(...tookMs))}`;
  return [
    { name: `cut, ${name}: median`, value: quantile(tookMs, 0.5), unit: "ms", note },
    { name: `cut, ${name}: p95`, value: quantile(tookMs, 0.95), unit: "ms" },
  ];
}

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(path.join(folder, program)));
}
