import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CHUNK_BYTES } from "../../src/domain/broadcast.ts";
import type { OutputEvent, OutputStart, PlayEvent, ZoneSink } from "../../src/domain/playout.ts";
import { type SoundOptions, SoundThread } from "../../src/sound/zone-output.ts";
import { createVirtualCards, type VirtualCard } from "../rig/virtual-card.ts";
import { PATIENCE_MS } from "./support/link.ts";

export type Ended = Extract<OutputEvent, { kind: "ended" }>;

/** How a file reaches the output: by default as fast as it is asked for, in chunks as stored. */
export interface Feeding {
  readonly chunkBytes?: number;
  readonly everyMs?: number;
  /** Since it was asked for. */
  readonly comesAfterMs?: number;
  /** Nothing more after so many bytes, as if the disk had died. */
  readonly stopsAfterBytes?: number;
}

export interface Performance {
  readonly play: number;
  readonly ended: Promise<Ended>;
}

/** The real sound thread on virtual cards, with a feeder in the player's place. */
export class Stage {
  readonly directory: string;
  readonly thread: SoundThread;
  /** Of plays. */
  readonly events: PlayEvent[] = [];
  /** Zones whose card was waited for and is back, in order. */
  readonly cardsBack: string[] = [];
  readonly #cards: ReadonlyMap<string, VirtualCard>;
  readonly #feeds = new Map<number, (bytes: number) => void>();
  readonly #endings = new Map<number, (ended: Ended) => void>();
  #plays = 0;

  private constructor(directory: string, thread: SoundThread, cards: ReadonlyMap<string, VirtualCard>) {
    this.directory = directory;
    this.thread = thread;
    this.#cards = cards;
  }

  /** Zones z1, z2, ... each on a card of the same name. */
  static async open(
    options: Partial<Omit<SoundOptions, "sinks">> & { zones?: number; sink?: Partial<ZoneSink> } = {},
  ): Promise<Stage> {
    const { zones = 1, sink = {}, ...tools } = options;
    const directory = await mkdtemp(join(tmpdir(), "loa-sound-"));
    const names = Array.from({ length: zones }, (_, index) => `z${index + 1}`);
    const opened = { ...ordinarySink, ...sink };
    const channels = opened.channels === 2 ? 2 : 1;
    const cards = await createVirtualCards(directory, names, { rateHz: opened.rateHz, channels });
    const sinks = names.map((zoneId) => ({ zoneId, device: zoneId, ...opened }));
    const environment = { PATH: process.env["PATH"] ?? "", ...cards.environment };
    const thread = new SoundThread({
      sinks,
      ffmpegPath: "ffmpeg",
      aplayPath: "aplay",
      environment,
      runDirectory: directory,
      ...tools,
    });
    const stage = new Stage(directory, thread, new Map(names.map((name) => [name, cards.card(name)])));
    await thread.start((event) => stage.#hear(event));
    return stage;
  }

  /** A child as `childrenLeft` tells it. */
  hasCardOpen(child: string): boolean {
    const folder = `/proc/${child.split(" ")[1]}/fd`;
    const recordings = new Set([...this.#cards.values()].map(({ recordingPath }) => recordingPath));
    try {
      return readdirSync(folder).some((entry) => recordings.has(readlinkSync(join(folder, entry))));
    } catch {
      return false; // gone
    }
  }

  card(zoneId = "z1"): VirtualCard {
    const card = this.#cards.get(zoneId);
    if (card === undefined) throw new Error(`no zone ${zoneId}`);
    return card;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  async play(
    path: string,
    mediaType: OutputStart["mediaType"],
    wish: Partial<OutputStart> = {},
    feeding: Feeding = {},
  ): Promise<Performance> {
    // At once, so that starts said in one go reach the thread in one go.
    const file = readFileSync(path);
    const play = ++this.#plays;
    this.#feeds.set(play, feeder(this.thread, play, file, feeding));
    const ended = new Promise<Ended>((resolve) => this.#endings.set(play, resolve));
    const ordinary = { zoneId: "z1", gainCentiDb: 0, offsetMs: 0, maximumMs: 60_000 };
    this.thread.send({ kind: "start", play, mediaType, sizeBytes: file.length, ...ordinary, ...wish });
    return { play, ended };
  }

  of<Kind extends PlayEvent["kind"]>(kind: Kind, play?: number): Extract<PlayEvent, { kind: Kind }>[] {
    return this.events.filter(
      (event): event is Extract<PlayEvent, { kind: Kind }> =>
        event.kind === kind && (play === undefined || event.play === play),
    );
  }

  async untilSounding(play: number): Promise<void> {
    await this.until(() => this.of("started", play).length > 0, `play ${play} to start`);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await sleep(2);
    }
  }

  async close(): Promise<void> {
    await this.thread.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  #hear(event: OutputEvent): void {
    if (event.kind === "card-back") {
      this.cardsBack.push(event.zoneId);
      return;
    }
    this.events.push(event);
    if (event.kind === "hungry") this.#feeds.get(event.play)?.(event.bytes);
    if (event.kind === "ended") this.#endings.get(event.play)?.(event);
  }
}

/** Takes an item of 0.9 s in one go, and then drains for as long as it lasts: time enough to strike meanwhile. */
export const WIDE_SINK = { bufferMs: 1_000, periodMs: 100 };

const ordinarySink = { rateHz: 48_000, channels: 1, bufferMs: 100, periodMs: 20, leadInMs: 0 };

function feeder(thread: SoundThread, play: number, file: Buffer, feeding: Feeding): (bytes: number) => void {
  const { chunkBytes = CHUNK_BYTES, everyMs = 0, comesAfterMs = 0, stopsAfterBytes = file.length } = feeding;
  let asked = 0;
  let fed = 0;
  let isFeeding = false;

  async function feed(): Promise<void> {
    isFeeding = true;
    if (fed === 0) await sleep(comesAfterMs);
    while (fed < Math.min(asked, stopsAfterBytes)) {
      if (everyMs > 0) await sleep(everyMs);
      const bytes = Uint8Array.from(file.subarray(fed, Math.min(fed + chunkBytes, asked, stopsAfterBytes)));
      fed += bytes.length;
      thread.send({ kind: "feed", play, bytes, last: fed === file.length });
    }
    isFeeding = false;
  }

  return (bytes) => {
    asked += bytes;
    if (!isFeeding) void feed();
  };
}

/** Children of this test process that still run, as "name pid". */
export function childrenLeft(): string[] {
  return readdirSync("/proc").flatMap((entry) => {
    const [, name, state, parent] = /\((.*)\) (\S) (\d+)/.exec(readOrEmpty(`/proc/${entry}/stat`)) ?? [];
    return Number(parent) === process.pid && state !== "Z" ? [`${name} ${entry}`] : [];
  });
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
