import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../../src/sound/monotonic.ts";
import type { CardEvent } from "../rig/card-log.ts";
import type { BenchRun, Measurement } from "./bench-run.ts";
import { type BenchStation, benchStation, type NamedAudio, nameAudio } from "./bench-station.ts";
import type { TellingChild } from "./child.ts";
import type { Ending } from "./ending.ts";
import { type Figure, quantile } from "./figure.ts";

const EMERGENCY = { class: "emergency", severity: 2 } as const;
const RATE_HZ = 48_000;
const BULLETIN_SECONDS = 30;
const WARNING_SECONDS = 1;
/** So that it is over soon: its tone alone is longer. */
const EMERGENCY_LIFE_SECONDS = 2;
const MANY_ZONES = 4;
/** A cut whose tone has not begun by then is no cut. */
const GIVE_UP_MS = 5_000;

interface Conditions {
  readonly zones: number;
  readonly isBusy: boolean;
  readonly cuts: number;
  readonly medianAtMostMs: number | undefined;
  readonly p95AtMostMs: number;
}

interface StartConditions {
  readonly zones: number;
  readonly starts: number;
  readonly p95AtMostMs: number | undefined;
}

/** What came of all cuts of one run. */
interface Cuts {
  /** Of each cut, how long after its PUBLISH it was heard in each zone. */
  readonly heardMs: readonly (readonly number[])[];
  /** How often a sink ran dry between the first sample of a cut and the next opening of its card. */
  readonly underruns: number;
  readonly failedPlays: number;
}

/** From the PUBLISH of an emergency to the first sample of its attention tone, over TLS and with the shipped broker settings. */
export const measureCut: Measurement = async (run) => {
  const [cuts, starts] = run.isQuick ? [20, 10] : [200, 50];
  return [
    ...(await measureCuts(run, { zones: 1, isBusy: false, cuts, medianAtMostMs: 15, p95AtMostMs: 25 })),
    ...(await measureCuts(run, { zones: 1, isBusy: true, cuts, medianAtMostMs: 25, p95AtMostMs: 40 })),
    ...(await measureCuts(run, { zones: MANY_ZONES, isBusy: false, cuts, medianAtMostMs: 25, p95AtMostMs: 35 })),
    ...(await measureStarts(run, { zones: 2, starts, p95AtMostMs: 1 })),
    ...(await measureStarts(run, { zones: MANY_ZONES, starts, p95AtMostMs: undefined })),
  ];
};

async function measureCuts(run: BenchRun, conditions: Conditions): Promise<readonly Figure[]> {
  const { zones, isBusy, cuts, medianAtMostMs, p95AtMostMs } = conditions;
  const station = await benchStation(run.ending, { zones });
  const stopBusy = isBusy ? keepCoresBusy(run.ending) : () => {};
  const { heardMs, underruns, failedPlays } = await cutOften(station, cuts);
  stopBusy();
  const lastMs = heardMs.map((ofCut) => Math.max(...ofCut));
  const apartMs = heardMs.map((ofCut) => Math.max(...ofCut) - Math.min(...ofCut));
  const where = zones === 1 ? "cut" : `cut, last of ${zones} zones`;
  const name = isBusy ? `${where}, both cores busy` : where;
  const note = `${cuts} runs, ${Math.round(Math.min(...lastMs))} to ${Math.round(Math.max(...lastMs))}`;
  const figures: Figure[] = [
    figure(`${name}: median`, quantile(lastMs, 0.5), medianAtMostMs, note),
    figure(`${name}: p95`, quantile(lastMs, 0.95), p95AtMostMs),
    { name: `${name}: gaps in ${cuts * zones} tones`, value: underruns, unit: "", target: { exactly: 0 } },
    { name: `${name}: plays failed`, value: failedPlays, unit: "", target: { exactly: 0 } },
  ];
  return zones === 1 ? figures : [...figures, figure(`${name}: apart, p95`, quantile(apartMs, 0.95), 10)];
}

/** Cuts in so often, each time into a bulletin of its own. */
export async function cutOften(station: BenchStation, cuts: number): Promise<Cuts> {
  const agent = await station.startAgent();
  await station.startServer();
  const bulletin = noiseFile(BULLETIN_SECONDS);
  await station.publishChunks(bulletin);
  const publishedMs: number[] = [];
  for (let n = 0; n < cuts; n += 1) publishedMs.push(await cutIn(station, agent, bulletin));
  await sleep(EMERGENCY_LIFE_SECONDS * 1000);
  const failedPlays = agent.events("play.failed").length;
  await agent.end();
  const ofCards = await Promise.all(station.zoneCards.map((card) => card.events()));
  const heardMs = publishedMs.map((atMs) => ofCards.map((events) => heardAtMs(events, atMs) - atMs));
  const ofCuts = publishedMs.flatMap((atMs) => ofCards.map((events) => openingAfter(events, atMs)));
  const underruns = ofCuts.flat().filter(({ event }) => event === "underrun").length;
  return { heardMs, underruns, failedPlays };
}

/** What a card did from its first opening behind this instant to the next one. */
function openingAfter(events: readonly CardEvent[], atMs: number): readonly CardEvent[] {
  const later = events.slice(events.findIndex(({ event, monotonicMs: at }) => event === "open" && at > atMs));
  const next = later.findIndex(({ event }, index) => event === "open" && index > 0);
  return next < 0 ? later : later.slice(0, next);
}

/** The first start behind the next opening, as an underrun makes another; NaN until then. */
function heardAtMs(events: readonly CardEvent[], publishedAtMs: number): number {
  const opened = events.find(({ event, monotonicMs: at }) => event === "open" && at > publishedAtMs);
  const started = opened && events.slice(events.indexOf(opened)).find(({ event }) => event === "start");
  return started?.monotonicMs ?? Number.NaN;
}

/** An emergency, of a new id and with a new file. Resolves with the instant of its PUBLISH, when it is heard in every zone. */
async function cutIn(station: BenchStation, agent: TellingChild, bulletin: NamedAudio): Promise<number> {
  const { id } = await publishDropped(station, bulletin);
  for (const { zone } of await zonesOf(station)) {
    await agent.until("play.started", (line) => line["id"] === id && line["zone"] === zone);
  }
  await sleep(300 + Math.random() * 200);

  const warning = noiseFile(WARNING_SECONDS);
  await station.publishChunks(warning);
  const plain = station.order(warning);
  const order = { ...plain, ...EMERGENCY, expiresAt: plain.issuedAt + EMERGENCY_LIFE_SECONDS };
  const { publish } = station.sealed(order);
  const publishedAtMs = monotonicMs();
  await publish();
  for (const card of station.zoneCards) {
    while (Number.isNaN(heardAtMs(await card.events(), publishedAtMs))) {
      if (monotonicMs() - publishedAtMs > GIVE_UP_MS) throw new Error(`${card.device}: no tone was heard`);
      await sleep(50);
    }
  }
  return publishedAtMs;
}

async function zonesOf(station: BenchStation): Promise<readonly { readonly zone: string }[]> {
  return station.zoneCards.map((_, index) => ({ zone: `z${index + 1}` }));
}

/** A bulletin that an emergency ends for good, so that the next run has its own. */
async function publishDropped(station: BenchStation, bulletin: NamedAudio): Promise<{ readonly id: string }> {
  const order = { ...station.order(bulletin), onPreempt: "drop" } as const;
  await station.sealed(order).publish();
  return order;
}

/** How far apart the zones begin an item that cuts nothing. */
async function measureStarts(run: BenchRun, conditions: StartConditions): Promise<readonly Figure[]> {
  const { zones, starts, p95AtMostMs } = conditions;
  const station = await benchStation(run.ending, { zones });
  const agent = await station.startAgent();
  const item = noiseFile(0.3);
  await station.publishChunks(item);
  const apartMs: number[] = [];
  for (let n = 0; n < starts; n += 1) {
    const { id } = await station.publishOrder(item);
    for (const { zone } of await zonesOf(station)) {
      await agent.until("play.ended", (line) => line["id"] === id && line["zone"] === zone);
    }
    const startedMs = await Promise.all(
      station.zoneCards.map(async (card) => {
        const started = (await card.events()).findLast(({ event }) => event === "start");
        return started?.monotonicMs ?? Number.NaN;
      }),
    );
    apartMs.push(Math.max(...startedMs) - Math.min(...startedMs));
  }
  await agent.end();
  return [figure(`start of ${zones} zones: apart, p95`, quantile(apartMs, 0.95), p95AtMostMs, `${starts} runs`)];
}

function figure(name: string, value: number, atMost: number | undefined, note?: string): Figure {
  return { name, value, unit: "ms", target: atMost === undefined ? undefined : { atMost }, note };
}

/** A WAV that nobody has seen before. */
export function noiseFile(seconds: number): NamedAudio {
  const data = randomBytes(Math.round(seconds * RATE_HZ) * Int16Array.BYTES_PER_ELEMENT);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8);
  for (const [at, value] of [
    [16, 16],
    [28, RATE_HZ * 2],
    [24, RATE_HZ],
    [40, data.length],
  ] as const) {
    header.writeUInt32LE(value, at);
  }
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    header.writeUInt16LE(value, at);
  header.write("data", 36);
  return nameAudio(Buffer.concat([header, data]), "audio/wav", seconds * 1000);
}

/** One loop for each core, at the priority of the agent. */
function keepCoresBusy(ending: Ending): () => void {
  const loops = os.cpus().map((): ChildProcess => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  const stop = (): void => {
    for (const loop of loops) loop.kill("SIGKILL");
  };
  ending.add(stop);
  return stop;
}
