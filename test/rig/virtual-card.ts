import { renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildRig, cardPlugin, microphonePlugin } from "./build.ts";
import { type CardEvent, type CardEventKind, parseCardLog, withKills } from "./card-log.ts";
import { samplesOf } from "./listen.ts";

/**
 * gone: unplugged; an open handle stays dead after the fault is lifted, a new one works. stall: time passes, sound does
 * not. mute: silence is heard in place of the sound. busy: somebody else has the card; who has it open already keeps it.
 */
export type CardFault = "gone" | "stall" | "mute" | "busy";

export interface VirtualCardOptions {
  readonly rateHz?: number;
  readonly channels?: 1 | 2;
  /** How often the hardware pointer moves by itself, and so how much a SIGKILL may hide. */
  readonly tickMs?: number;
  readonly microphone?: MicrophoneOptions;
}

export interface MicrophoneOptions {
  /** From loudspeaker to microphone. Must exceed `tickMs`. */
  readonly delayMs?: number;
  /** Of what was played: 0.1 is 20 dB quieter. */
  readonly gain?: number;
  /** White noise up to this sample value. */
  readonly noisePeak?: number;
}

export interface VirtualCard {
  /** ALSA PCM name. Strict like `hw:`; `plug:<device>` converts. */
  readonly device: string;
  /** ALSA PCM name to capture from, mono at the card's rate: what the card's first channel played, later and quieter. */
  readonly microphone: string;
  readonly rateHz: number;
  readonly channels: number;
  /** Raw S16_LE: everything played since the cards were made, in order, across all openings. */
  readonly recordingPath: string;
  readonly logPath: string;
  setFault(fault: CardFault | undefined): void;
  /** What was played so far, one sample a frame. */
  frames(channel?: number): Promise<Int16Array>;
  events(): Promise<CardEvent[]>;
  /** Resolves with the nth event of this kind, rejects after the time-out. */
  until(kind: CardEventKind, occurrence?: number, timeoutMs?: number): Promise<CardEvent>;
}

export interface VirtualCards {
  /** To be added to the environment of whoever opens the cards. */
  readonly environment: { readonly ALSA_CONFIG_PATH: string };
  card(name: string): VirtualCard;
}

const defaultRateHz = 48_000;
const defaultChannels = 1;
const defaultTickMs = 2;
const defaultDelayMs = 20;
const defaultGain = 0.1;
const defaultNoisePeak = 10;
const bytesPerSample = 2;
const logPollMs = 5;
const defaultWaitMs = 90_000;
const cardName = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Cards `names` with their recordings, logs and control files in `directory`, which must exist. */
export async function createVirtualCards(
  directory: string,
  names: readonly string[],
  options: VirtualCardOptions = {},
): Promise<VirtualCards> {
  const { rateHz = defaultRateHz, channels = defaultChannels, tickMs = defaultTickMs } = options;
  for (const name of names) {
    if (!cardName.test(name)) throw new Error(`a card cannot be named ${JSON.stringify(name)}: ${cardName}`);
  }
  await buildRig();
  const cards = new Map(names.map((name) => [name, openCard(resolve(directory), name, rateHz, channels)]));
  const configuration = join(resolve(directory), "asound.conf");
  const lines = [
    "</usr/share/alsa/alsa.conf>",
    `pcm_type.loavirtual { lib ${JSON.stringify(cardPlugin)} }`,
    `pcm_type.loamicrophone { lib ${JSON.stringify(microphonePlugin)} }`,
    ...[...cards.values()].flatMap((card) => definitions(card, tickMs, options.microphone ?? {})),
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  return {
    environment: { ALSA_CONFIG_PATH: configuration },
    card(name) {
      const card = cards.get(name);
      if (card === undefined) throw new Error(`there is no card ${name}, only ${names.join(", ")}`);
      return card;
    },
  };
}

function definitions(card: VirtualCard, tickMs: number, microphone: MicrophoneOptions): string[] {
  const { delayMs = defaultDelayMs, gain = defaultGain, noisePeak = defaultNoisePeak } = microphone;
  const shared =
    `recording ${JSON.stringify(card.recordingPath)} control ${JSON.stringify(faultPath(card.recordingPath))} ` +
    `rate ${card.rateHz} channels ${card.channels}`;
  const hearing = `delay ${Math.round(delayMs * 1000)} gain ${Math.round(gain * 1000)} noise ${noisePeak}`;
  return [
    `pcm.${JSON.stringify(card.device)} { type loavirtual ${shared} tick ${Math.round(tickMs * 1000)} }`,
    `pcm.${JSON.stringify(card.microphone)} { type loamicrophone ${shared} ${hearing} }`,
  ];
}

function faultPath(recordingPath: string): string {
  return `${recordingPath}.fault`;
}

function openCard(directory: string, name: string, rateHz: number, channels: number): VirtualCard {
  const recordingPath = join(directory, `${name}.s16`);
  const logPath = `${recordingPath}.log`;
  const control = faultPath(recordingPath);

  async function events(): Promise<CardEvent[]> {
    const log = parseCardLog((await readOrEmpty(logPath)).toString());
    const recordedBytes = statSync(recordingPath, { throwIfNoEntry: false })?.size ?? 0;
    return withKills(log, Math.floor(recordedBytes / bytesPerSample / channels), isAlive);
  }

  return {
    device: name,
    microphone: `${name}-mic`,
    rateHz,
    channels,
    recordingPath,
    logPath,
    setFault(fault) {
      if (fault === undefined) {
        rmSync(control, { force: true });
        return;
      }
      symlinkSync(fault, `${control}.new`);
      renameSync(`${control}.new`, control);
    },
    async frames(channel = 0) {
      return samplesOf(await readOrEmpty(recordingPath), channels, channel);
    },
    events,
    async until(kind, occurrence = 1, timeoutMs = defaultWaitMs) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const all = await events();
        const found = all.filter(({ event }) => event === kind)[occurrence - 1];
        if (found !== undefined) return found;
        if (performance.now() > deadline) {
          throw new Error(
            `${name}: no ${kind} (${occurrence}) in ${timeoutMs} ms; seen ${all.map(({ event }) => event)}`,
          );
        }
        await sleep(logPollMs);
      }
    },
  };
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
