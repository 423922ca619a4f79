import { setTimeout as sleep } from "node:timers/promises";
import { frameClock } from "../rig/card-log.ts";
import { contentFrames } from "../rig/listen.ts";
import { testRateHz } from "../rig/test-audio.ts";
import type { CardFault } from "../rig/virtual-card.ts";
import type { Measurement } from "./bench-run.ts";
import { type BenchStation, benchStation } from "./bench-station.ts";
import type { TellingChild } from "./child.ts";
import type { Figure } from "./figure.ts";
import { type MadeItem, makeItem } from "./heard.ts";
import { familyBusyMs } from "./process-meter.ts";

const FAULTS: readonly CardFault[] = ["gone", "stall"];
const ITEM_SECONDS = 5;
/** What closing the play costs is none of the looking. */
const SETTLE_MS = 1_000;
/** How long after the fault was noticed the card stays away: not at all, or until several tries have failed. */
const AWAY_MS = { briefly: 0, long: 8_000 } as const;

interface Outage {
  readonly noticedMs: number;
  readonly backMs: number;
  readonly lostMs: number;
  /** Of one core, by the agent and what it starts, while the card was away. */
  readonly busyPercent: number;
}

/** A card that is pulled out or stands still while it plays: how soon that is known, how soon sound is back, what was missed. */
export const measureCard: Measurement = async ({ isQuick, ending }) => {
  const rounds = isQuick ? 2 : 8;
  const station = await benchStation(ending);
  const agent = await station.startAgent();
  await station.startServer();
  const item = await makeItem(station.folder, "wav", ITEM_SECONDS);
  await station.publishChunks(item);
  const figures: Figure[] = [];
  for (const fault of FAULTS) {
    for (const [length, awayMs] of Object.entries(AWAY_MS)) {
      const outages: Outage[] = [];
      for (let n = 0; n < rounds; n += 1) outages.push(await suffer(station, agent, item, fault, awayMs));
      figures.push(...figuresOf(`card ${fault} ${length}`, outages));
      if (fault === "gone" && awayMs > SETTLE_MS) figures.push(busyFigure(`card ${fault} ${length}`, outages));
    }
  }
  return figures;
};

async function suffer(
  station: BenchStation,
  agent: TellingChild,
  item: MadeItem,
  fault: CardFault,
  awayMs: number,
): Promise<Outage> {
  const { card } = station;
  const before = (await card.frames()).length;
  const { id } = await station.publishOrder(item);
  await agent.until("play.started", (line) => line["id"] === id);
  await sleep(1_000 + Math.random() * 1_000);
  const faultAtMs = performance.now();
  card.setFault(fault);
  const failed = await agent.until("play.failed", (line) => line["id"] === id);
  await sleep(Math.min(awayMs, SETTLE_MS));
  const busyMs = familyBusyMs(agent.pid);
  const lookedMs = Math.max(0, awayMs - SETTLE_MS);
  await sleep(lookedMs);
  const busyPercent = ((familyBusyMs(agent.pid) - busyMs) / lookedMs) * 100;
  const until = await card.frames();
  const backFromMs = Date.now();
  card.setFault(undefined);
  await agent.until("play.ended", (line) => line["id"] === id && line["outcome"] !== "failed");
  // The agent looks for its card with silence: sound is back with the first sample that is none.
  const back = contentFrames((await card.frames()).subarray(until.length));
  const backAtMs = frameClock(await card.events())(until.length + back.fromFrame) ?? Number.NaN;
  const goneOnFrom = Math.max(0, ITEM_SECONDS * testRateHz - back.frames);
  const heardBefore = contentFrames(until.subarray(before));
  return {
    noticedMs: failed.atMs - faultAtMs,
    backMs: backAtMs - backFromMs,
    lostMs: (Math.max(0, goneOnFrom - heardBefore.frames) * 1_000) / testRateHz,
    busyPercent,
  };
}

function figuresOf(name: string, outages: readonly Outage[]): readonly Figure[] {
  const worst = (member: keyof Outage) => Math.max(...outages.map((outage) => outage[member]));
  const note = `worst of ${outages.length}`;
  return [
    { name: `${name}: noticed after`, value: worst("noticedMs"), unit: "ms", target: { atMost: 2_000 }, note },
    { name: `${name}: sound back after`, value: worst("backMs"), unit: "ms", target: { atMost: 1_000 }, note },
    { name: `${name}: programme lost`, value: worst("lostMs"), unit: "ms", target: { atMost: 1_000 }, note },
  ];
}

/** A made-up device can only be opened to see whether it is there. One that the kernel lists costs nothing to look for. */
function busyFigure(name: string, outages: readonly Outage[]): Figure {
  const value = outages.reduce((total, { busyPercent }) => total + busyPercent, 0) / outages.length;
  return {
    name: `${name}: agent and its children`,
    value,
    unit: "% of a core",
    target: { atMost: 1 },
    note: `mean of ${outages.length}`,
  };
}
