import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { SystemChance } from "../../src/adapters/chance.ts";
import type { Authority } from "../../src/desk/authority.ts";
import { cutIntoChunks, nameFile } from "../../src/desk/chunks.ts";
import { createAuthority } from "../../src/desk/delegate.ts";
import { createDesk, type Desk, openDesk } from "../../src/desk/desk.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { type BroadcastRequest, composeOrder } from "../../src/desk/order.ts";
import type { AlertOrder, AudioFile, AudioMediaType } from "../../src/domain/broadcast.ts";
import type { EvidenceLine } from "../../src/domain/report.ts";
import { seal } from "../../src/wire/envelope.ts";
import { readEvidenceLine } from "../../src/wire/evidence-line.ts";
import { broadcastTopic, chunkTopic } from "../../src/wire/topics.ts";
import { always } from "../fakes/passphrases.ts";
import { deskIdentity } from "../fixtures/desk-access.ts";
import { createVirtualCards, type VirtualCard, type VirtualCards } from "../rig/virtual-card.ts";
import { freePort, startBroker } from "./bench-broker.ts";
import { TellingChild } from "./child.ts";
import type { Ending } from "./ending.ts";
import { WatchedLink } from "./watched-link.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const LOA = path.join(PROJECT, "scripts/loa");
export const GATEWAY = "7k3m9q2w5x8y";
export const COMMUNE = "xa-hoa-binh";
const ISSUER = "ubnd.hoa-binh";
const ROUTINE = { class: "routine", severity: 0, status: "actual" } as const;
const HOUR_SECONDS = 3_600;

/** A station whose gateway reaches the broker through a link that is watched, and narrowed on the media connection. */
export type WatchedStation = BenchStation & { readonly link: WatchedLink };

/** A file with its name, loudness and peak written so that the agent plays it at 0 dB: what is decoded is what is heard. */
export interface NamedAudio {
  readonly bytes: Uint8Array;
  readonly audio: AudioFile;
}

export function nameAudio(bytes: Uint8Array, mediaType: AudioMediaType, durationMs: number): NamedAudio {
  const measured = { durationMs, loudnessCentiLufs: -1_600, truePeakCentiDb: -100 };
  return { bytes, audio: { ...nameFile(bytes), mediaType, ...measured } };
}

/** A folder on the disk of the project: /tmp may be in memory, where a commit costs nothing. */
export function temporaryFolder(ending: Ending): string {
  mkdirSync(path.join(PROJECT, ".build"), { recursive: true });
  const folder = mkdtempSync(path.join(PROJECT, ".build/bench-"));
  ending.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A commune on one machine with the shipped settings: desk, broker, a virtual card, and the built agent when asked for. */
export class BenchStation {
  readonly folder: string;
  readonly card: VirtualCard;
  /** Of all zones, z1 first. */
  readonly zoneCards: readonly VirtualCard[];
  readonly client: MqttClient;
  readonly link: WatchedLink | undefined;
  /** For whoever opens the cards. */
  readonly environment: Readonly<Record<string, string>>;
  readonly desk: Desk;
  readonly #ending: Ending;
  readonly #issuer: Authority;
  readonly #agentArguments: readonly string[];

  constructor(made: {
    readonly folder: string;
    readonly cards: VirtualCards;
    readonly zones: number;
    readonly client: MqttClient;
    readonly link: WatchedLink | undefined;
    readonly desk: Desk;
    readonly issuer: Authority;
    readonly ending: Ending;
    readonly agentArguments: readonly string[];
  }) {
    this.folder = made.folder;
    this.card = made.cards.card(cardOf(1));
    this.zoneCards = zoneNumbers(made.zones).map((n) => made.cards.card(cardOf(n)));
    this.client = made.client;
    this.link = made.link;
    this.environment = made.cards.environment;
    this.desk = made.desk;
    this.#ending = made.ending;
    this.#issuer = made.issuer;
    this.#agentArguments = made.agentArguments;
  }

  /** `loa run` as it is installed; resolves at once. */
  spawnAgent(environment: Readonly<Record<string, string>> = {}): TellingChild {
    const command = [LOA, "run", ...this.#agentArguments];
    return new TellingChild(command, "stderr", { ...this.environment, ...environment }, this.#ending);
  }

  /** The same, with both connections up. */
  async startAgent(environment: Readonly<Record<string, string>> = {}): Promise<TellingChild> {
    const agent = this.spawnAgent(environment);
    await controlUp(agent);
    await agent.until("link.up", ({ clientId }) => clientId === `${GATEWAY}-media`);
    return agent;
  }

  /** `loa desk serve`: acknowledges evidence. */
  async startServer(): Promise<TellingChild> {
    const command = [LOA, "desk", "serve", "--desk", this.desk.folder.path, "--json"];
    const server = new TellingChild(command, "stdout", {}, this.#ending);
    await server.until("restored");
    return server;
  }

  async publishChunks({ bytes, audio }: NamedAudio): Promise<void> {
    for (const [n, chunk] of cutIntoChunks(bytes).entries()) await this.#publish(chunkTopic(audio.hash, n), chunk);
  }

  /** Signs and publishes an order for audio that stands at the broker; it plays at once unless it is for later. */
  async publishOrder(audio: NamedAudio, startsInSeconds = 0): Promise<AlertOrder> {
    const order = this.order(audio);
    const dated = {
      ...order,
      notBefore: order.notBefore + startsInSeconds,
      expiresAt: order.expiresAt + startsInSeconds,
    };
    await this.sealed(dated).publish();
    return dated;
  }

  /** One that cuts into whatever plays. */
  async publishEmergency(audio: NamedAudio): Promise<AlertOrder> {
    const order = { ...this.order(audio), class: "emergency", severity: 2, repeat: 1 } as const;
    await this.sealed(order).publish();
    return order;
  }

  /** The gateway's records as the desk has verified and stored them. */
  archived(): readonly EvidenceLine[] {
    return this.desk.database.evidence.lines(GATEWAY).flatMap(({ line }) => {
      const reading = readEvidenceLine(line);
      return reading.kind === "value" ? [reading.value] : [];
    });
  }

  /** As the desk composes it: routine, to the commune, now, for an hour. */
  order({ audio }: NamedAudio): AlertOrder {
    const now = { nowMs: Date.now(), chance: new SystemChance() };
    const request: BroadcastRequest = {
      ...ROUTINE,
      to: [COMMUNE],
      tags: [],
      title: "Bản tin",
      language: "vi",
      expiresInSeconds: HOUR_SECONDS,
    };
    return composeOrder(request, audio, this.#issuer.delegation.subject, now);
  }

  /** Signed beforehand, so that nothing but the publishing is left to do. */
  sealed(order: AlertOrder): { publish(): Promise<void> } {
    const envelope = seal(order, [this.#issuer.signer], order.issuedAt, this.#issuer.chain);
    const topic = broadcastTopic(COMMUNE, order.class === "emergency", order.id);
    return { publish: () => this.#publish(topic, envelope) };
  }

  async #publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
  }
}

/** When the agent said that its control connection is up. */
export async function controlUp(agent: TellingChild): Promise<number> {
  return (await agent.until("link.up", ({ clientId }) => clientId === GATEWAY)).atMs;
}

export async function benchStation(ending: Ending, layout?: { readonly zones: number }): Promise<BenchStation>;
export async function benchStation(ending: Ending, media: { readonly bytesPerSecond: number }): Promise<WatchedStation>;
export async function benchStation(
  ending: Ending,
  {
    zones = 1,
    bytesPerSecond: mediaBytesPerSecond,
  }: { readonly zones?: number; readonly bytesPerSecond?: number } = {},
): Promise<BenchStation> {
  const folder = temporaryFolder(ending);
  const port = await freePort();
  const url = `mqtts://127.0.0.1:${port}`;
  const now = { nowMs: Date.now(), chance: new SystemChance() };
  const deskPath = path.join(folder, "desk");
  const territory = { id: "tinh-a", kind: "province" } as const;
  const keys = { holders: ["bench"], threshold: 1, passphrases: always() };
  await createDesk({ path: deskPath, broker: url, territory, timeZone: "Asia/Ho_Chi_Minh", ...keys }, now);
  const desk = openDesk(deskPath, now.nowMs, always());
  ending.add(() => desk.close());
  const issuer = await createAuthority(
    desk,
    {
      name: ISSUER,
      holder: ISSUER,
      level: "commune",
      areas: [COMMUNE],
      classMax: "emergency",
      severityMax: 2,
      uses: ["broadcast"],
      days: 2,
    },
    [],
    now,
  );

  const linkPort = mediaBytesPerSecond === undefined ? port : await freePort();
  const seenByGateway = { ...desk, settings: { ...desk.settings, broker: `mqtts://127.0.0.1:${linkPort}` } };
  const placed = zoneNumbers(zones).map((n) => ({ id: `z${n}`, tags: [] }));
  const gateway = { gateway: GATEWAY, serial: "unknown", commune: COMMUNE, areas: [], zones: placed };
  const { bundle } = await enrolGateway(seenByGateway, gateway, now);

  await startBroker(path.join(desk.folder.broker, "mosquitto.conf"), port, ending);
  const between = { listenPort: linkPort, brokerPort: port, enrolment: bundle, brokerFolder: desk.folder.broker };
  const link = mediaBytesPerSecond === undefined ? undefined : new WatchedLink({ ...between, mediaBytesPerSecond });
  await link?.listen(ending);
  const cardFolder = path.join(folder, "cards");
  mkdirSync(cardFolder);
  const cards = await createVirtualCards(cardFolder, zoneNumbers(zones).map(cardOf));
  const profile = zones === 1 ? "virtual" : writeProfile(folder, zones);
  const agentArguments = ["--config", writeConfig(folder), "--profile", profile, "--enrolment", bundle];
  const made = { folder, issuer, cards, zones, link, desk, ending, agentArguments };
  return new BenchStation({ ...made, client: await client(desk, ending) });
}

function zoneNumbers(zones: number): readonly number[] {
  return Array.from({ length: zones }, (_, index) => index + 1);
}

function cardOf(zone: number): string {
  return `speaker${zone}`;
}

/** The shipped profile of one virtual card, several times. */
function writeProfile(folder: string, zones: number): string {
  const shipped = JSON.parse(readFileSync(path.join(PROJECT, "firmware-profiles/virtual.json"), "utf8"));
  const file = path.join(folder, "profile.json");
  const wide = zoneNumbers(zones).map((n) => ({ ...shipped.zones[0], id: `z${n}`, device: cardOf(n) }));
  writeFileSync(file, JSON.stringify({ ...shipped, $schema: undefined, zones: wide }));
  return file;
}

/** Nothing but places and the clock: everything else is as shipped. */
function writeConfig(folder: string): string {
  const file = path.join(folder, "config.json");
  const places = { dataDirectory: path.join(folder, "data"), socketPath: path.join(folder, "loa.sock") };
  writeFileSync(file, JSON.stringify({ ...places, clock: { source: "assumed" } }));
  return file;
}

async function client(desk: Desk, ending: Ending): Promise<MqttClient> {
  const connected = await connectAsync(desk.settings.broker, {
    ...{ protocolVersion: 5, clientId: "desk-bench", reconnectPeriod: 0 },
    ...deskIdentity(desk),
  });
  ending.add(() => connected.endAsync(true));
  return connected;
}
