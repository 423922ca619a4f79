import { setTimeout as sleep } from "node:timers/promises";
import type { EvidenceLine } from "../../src/domain/report.ts";
import { attentionTone } from "../../src/sound/attention-tone.ts";
import { contentFrames } from "../rig/listen.ts";
import { agentPeriodFrames } from "../rig/player.ts";
import { testRateHz } from "../rig/test-audio.ts";
import type { Measurement } from "./bench-run.ts";
import { type BenchStation, benchStation, type NamedAudio } from "./bench-station.ts";
import type { TellingChild } from "./child.ts";
import type { Figure } from "./figure.ts";
import { makeItem } from "./heard.ts";

const SHORT_SECONDS = 1;
const LONG_SECONDS = 12;
const LATEST_KILL_MS = 8_000;
/** One to its end, one cut by an emergency to its end, one killed. */
const PLAYS_A_ROUND = 4;
const ARCHIVED_WITHIN_MS = 30_000;
const TONE_FRAMES = attentionTone({ rateHz: testRateHz, channels: 1 }).length;

/** What may lie between what a record claims and what the card heard, for each way in which a play ends. */
const KINDS = [
  { name: "drained", most: (1_000 * agentPeriodFrames) / testRateHz, mayClaimMore: true, is: isDrained },
  { name: "cut", most: 200, mayClaimMore: false, is: (record: EvidenceLine) => record.kind === "preempted" },
  { name: "killed", most: 5_200, mayClaimMore: false, is: (record: EvidenceLine) => record.code === "crash" },
] as const;

interface Compared {
  readonly record: EvidenceLine;
  readonly claimedMs: number;
  readonly heardMs: number;
}

/** Whether the records of a day add up to what its card played: plays to the end, plays cut by an emergency, plays killed. */
export const measureSum: Measurement = async ({ isQuick, ending }) => {
  const rounds = isQuick ? 4 : 20;
  const station = await benchStation(ending);
  await station.startServer();
  let agent = await station.startAgent();
  const short = await makeItem(station.folder, "wav", SHORT_SECONDS);
  const long = await makeItem(station.folder, "wav", LONG_SECONDS);
  for (const file of [short, long]) await station.publishChunks(file);
  const emergencies = new Set<string>();
  for (let n = 0; n < rounds; n += 1) {
    const { id } = await station.publishOrder(short);
    await agent.until("play.ended", (line) => line["id"] === id);
    await beginDropped(station, agent, long);
    await sleep(Math.random() * 3_000);
    const emergency = await station.publishEmergency(short);
    emergencies.add(emergency.id);
    await agent.until("play.ended", (line) => line["id"] === emergency.id);
    await beginDropped(station, agent, long);
    await sleep(Math.random() * LATEST_KILL_MS);
    await agent.end("SIGKILL");
    agent = await station.startAgent();
  }
  const compared = await compare(station, rounds * PLAYS_A_ROUND, emergencies);
  await agent.end();
  return [...KINDS.flatMap((kind) => figuresOf(kind, compared)), total(compared)];
};

function isDrained({ kind }: EvidenceLine): boolean {
  return kind === "played";
}

/** An item that is not played again once something ended it. */
async function beginDropped(station: BenchStation, agent: TellingChild, audio: NamedAudio): Promise<void> {
  const order = { ...station.order(audio), onPreempt: "drop" } as const;
  await station.sealed(order).publish();
  await agent.until("play.started", (line) => line["id"] === order.id);
}

/** Each record beside its opening of the card: one play, one opening. */
async function compare(
  station: BenchStation,
  plays: number,
  emergencies: ReadonlySet<string>,
): Promise<readonly Compared[]> {
  const records = await archivedPlays(station, plays);
  const openings = (await station.card.events()).filter(({ event }) => event === "open");
  const recording = await station.card.frames();
  const heard = openings
    .map(({ frame }, index) => contentFrames(recording.subarray(frame, openings[index + 1]?.frame)).frames)
    .filter((frames) => frames > 0);
  if (heard.length !== records.length) throw new Error(`${records.length} records of ${heard.length} plays heard`);
  return records.map((record, index) => {
    const frames = (heard[index] ?? 0) - (emergencies.has(record.itemId ?? "") ? TONE_FRAMES : 0);
    const ms = (of: number) => (of * 1_000) / testRateHz;
    return { record, claimedMs: ms(record.framesPlayed ?? 0), heardMs: ms(frames) };
  });
}

async function archivedPlays(station: BenchStation, plays: number): Promise<readonly EvidenceLine[]> {
  const giveUpAtMs = performance.now() + ARCHIVED_WITHIN_MS;
  for (;;) {
    const records = station.archived().filter(({ play }) => play !== undefined);
    if (records.length >= plays || performance.now() > giveUpAtMs) return records;
    await sleep(100);
  }
}

function figuresOf(kind: (typeof KINDS)[number], compared: readonly Compared[]): readonly Figure[] {
  const of = compared.filter(({ record }) => kind.is(record));
  const less = Math.max(...of.map(({ claimedMs, heardMs }) => heardMs - claimedMs));
  const more = Math.max(...of.map(({ claimedMs, heardMs }) => claimedMs - heardMs));
  const note = `worst of ${of.length} plays`;
  const name = `sum, ${kind.name} plays: recorded`;
  return [
    { name: `${name} less than heard`, value: less, unit: "ms", target: { atMost: kind.most }, note },
    {
      name: `${name} more than heard`,
      value: more,
      unit: "ms",
      target: { atMost: kind.mayClaimMore ? kind.most : 0 },
      note,
    },
  ];
}

function total(compared: readonly Compared[]): Figure {
  const sum = (member: "claimedMs" | "heardMs") => compared.reduce((ms, one) => ms + one[member], 0);
  const note = `${Math.round(sum("claimedMs"))} ms recorded, ${Math.round(sum("heardMs"))} ms heard`;
  return {
    name: "sum, all plays: recorded of heard",
    value: (100 * sum("claimedMs")) / sum("heardMs"),
    unit: "%",
    note,
  };
}
