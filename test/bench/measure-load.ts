import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { slowFsyncEnvironment } from "../rig/build.ts";
import type { BenchRun, Measurement } from "./bench-run.ts";
import { benchStation, type NamedAudio, nameAudio, type WatchedStation } from "./bench-station.ts";
import type { TellingChild } from "./child.ts";
import { type Figure, quantile } from "./figure.ts";
import { compare, type MadeItem, makeItem } from "./heard.ts";

const MEDIA_BYTES_PER_SECOND = 2_000_000;
const FLOOD_FILE_BYTES = 16 * 1024 * 1024;
const SLOW_FSYNC_MS = 500;
const ORDERS_PER_SECOND = 10;
const QUIET_ORDERS = 100;
/** Later than the bench: accepted, fetched and stored, never heard. */
const LATER_SECONDS = 7_200;

/** Sound and acknowledgements while chunks pour in at 2 MB/s; then sound alone, on a flash card whose every fsync takes long. */
export const measureLoad: Measurement = async (run) => [...(await onGoodDisk(run)), ...(await onSlowDisk(run))];

async function onGoodDisk(run: BenchRun): Promise<readonly Figure[]> {
  const { station, item, flood } = await prepare(run);
  const agent = await station.startAgent();
  for (let n = 0; n < QUIET_ORDERS; n += 1) await orderForLater(station, item);
  const quiet = station.link.acknowledgedAfterMs.splice(0);

  const label = "2 MB/s of chunks";
  const figures = await playUnderFlood(station, agent, item, flood, { label, withOrders: true });
  const loaded = station.link.acknowledgedAfterMs;
  return [
    ...figures,
    ...acknowledgements(`${label}: PUBACK`, loaded, 50),
    ...acknowledgements("quiet: PUBACK", quiet, undefined),
  ];
}

async function onSlowDisk(run: BenchRun): Promise<readonly Figure[]> {
  const { station, item, flood } = await prepare(run);
  const agent = await station.startAgent(await slowFsyncEnvironment(SLOW_FSYNC_MS));
  const label = `2 MB/s of chunks, fsync +${SLOW_FSYNC_MS} ms`;
  return playUnderFlood(station, agent, item, flood, { label, withOrders: false });
}

interface Prepared {
  readonly station: WatchedStation;
  readonly item: MadeItem;
  /** Enough that it lasts as long as the item. */
  readonly flood: readonly NamedAudio[];
}

async function prepare({ isQuick, ending }: BenchRun): Promise<Prepared> {
  const seconds = isQuick ? 10 : 20;
  const station = await benchStation(ending, { bytesPerSecond: MEDIA_BYTES_PER_SECOND });
  const item = await makeItem(station.folder, "wav", seconds);
  const files = Math.ceil((seconds * MEDIA_BYTES_PER_SECOND) / FLOOD_FILE_BYTES) + 1;
  const flood = Array.from({ length: files }, () => nameAudio(randomBytes(FLOOD_FILE_BYTES), "audio/wav", 60_000));
  for (const file of [item, ...flood]) await station.publishChunks(file);
  return { station, item, flood };
}

async function playUnderFlood(
  station: WatchedStation,
  agent: TellingChild,
  item: MadeItem,
  flood: readonly NamedAudio[],
  { label, withOrders }: { readonly label: string; readonly withOrders: boolean },
): Promise<Figure[]> {
  const { id } = await station.publishOrder(item);
  await agent.until("play.started", (line) => line["id"] === id);
  const startedAtMs = performance.now();
  const bytesBefore = station.link.mediaBytes;
  for (const file of flood) await station.publishOrder(file, LATER_SECONDS);
  let isOver = false;
  const over = agent
    .until("play.ended", (line) => line["id"] === id)
    .finally(() => {
      isOver = true;
    });
  while (withOrders && !isOver) await orderForLater(station, item);
  const underruns = Number((await over).line["underruns"]);
  const megabytes = (station.link.mediaBytes - bytesBefore) / 1e6;
  const seconds = (performance.now() - startedAtMs) / 1000;
  await agent.end("SIGKILL");

  const heard = compare(await station.card.frames(), item.reference);
  const seenByCard = (await station.card.events()).filter(({ event }) => event === "underrun").length;
  const none = { exactly: 0 };
  return [
    { name: `${label}: underruns`, value: Math.max(underruns, seenByCard), unit: "", target: none },
    { name: `${label}: lost or doubled`, value: heard.lostFrames + heard.doubledFrames, unit: "frames", target: none },
    { name: `${label}: taken in`, value: megabytes / seconds, unit: "MB/s" },
  ];
}

async function orderForLater(station: WatchedStation, item: MadeItem): Promise<void> {
  await station.publishOrder(item, LATER_SECONDS);
  await sleep(1000 / ORDERS_PER_SECOND);
}

/** From the PUBLISH of an order, verified and committed meanwhile, to its PUBACK, as seen in front of the gateway. */
function acknowledgements(name: string, afterMs: readonly number[], atMost: number | undefined): Figure[] {
  const note = `${afterMs.length} messages`;
  return [
    { name: `${name} p50`, value: quantile(afterMs, 0.5), unit: "ms", note },
    {
      name: `${name} p99`,
      value: quantile(afterMs, 0.99),
      unit: "ms",
      note,
      target: atMost === undefined ? undefined : { atMost },
    },
  ];
}
