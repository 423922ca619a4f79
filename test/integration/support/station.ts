import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { connectAsync, type MqttClient } from "mqtt";
import type { Authority } from "../../../src/desk/authority.ts";
import { cutIntoChunks, nameFile } from "../../../src/desk/chunks.ts";
import type { Desk } from "../../../src/desk/desk.ts";
import { enrolGateway } from "../../../src/desk/enrolment.ts";
import { type BroadcastRequest, composeOrder } from "../../../src/desk/order.ts";
import type { ServeEvent } from "../../../src/desk/serve-event.ts";
import type { AlertOrder, AudioFile, AudioMediaType } from "../../../src/domain/broadcast.ts";
import type { EvidenceLine } from "../../../src/domain/report.ts";
import { seal } from "../../../src/wire/envelope.ts";
import { readEvidenceLine } from "../../../src/wire/evidence-line.ts";
import { broadcastTopic, chunkTopic } from "../../../src/wire/topics.ts";
import { deskIdentity } from "../../fixtures/desk-access.ts";
import { makeTestAudio, type Segment, testRateHz } from "../../rig/test-audio.ts";
import { createVirtualCards, type VirtualCard, type VirtualCards } from "../../rig/virtual-card.ts";
import { project } from "./cli.ts";
import {
  type BrokerAccess,
  COMMUNE,
  type DeskBench,
  deskBench,
  makeIssuer,
  type OpenDesk,
  type RunningServer,
  serve,
  thisMoment,
} from "./desk.ts";
import { atTheEnd, whenItFails } from "./lifetime.ts";
import { until } from "./link.ts";
import { RunningAgent } from "./running-agent.ts";

export const GATEWAY = "7k3m9q2w5x8y";

interface StationOptions {
  /** Zones with their tags; each has a card of its own, named after it. */
  readonly zones?: Readonly<Record<string, readonly string[]>>;
  /** Laid over the settings of the test. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Without it nobody acknowledges evidence or publishes chunks again. */
  readonly withServer?: boolean;
  /** Whether the server says what time it is. */
  readonly tellsTime?: boolean;
  readonly access?: BrokerAccess;
}

const PAUSE_SECONDS = 0.05;
const ROUTINE = { class: "routine", severity: 0, status: "actual" } as const;

/** An order's words as a test changes them. */
export type OrderChanges = Partial<Omit<AlertOrder, "audio">> & { readonly [member: string]: unknown };

/** An item ready to be published: the file, its name in an order, and what the card has to hear of it. */
export interface MadeItem {
  readonly bytes: Uint8Array;
  readonly audio: AudioFile;
  readonly samples: Int16Array;
}

/** A whole commune on one machine: desk, broker, cards, and a gateway whose agent is started when the test says so. */
export class Station {
  readonly gateway: string;
  readonly area: string;
  readonly folder: string;
  readonly bench: DeskBench;
  readonly cards: VirtualCards;
  readonly enrolment: string;
  readonly configFile: string;
  readonly dataDirectory: string;
  readonly issuer: Authority;
  readonly server: RunningServer | undefined;
  readonly client: MqttClient;
  readonly #profileFile: string;
  readonly #socketPath: string;
  #agent: RunningAgent | undefined;

  constructor(made: {
    gateway: string;
    area: string;
    folder: string;
    bench: DeskBench;
    cards: VirtualCards;
    enrolment: string;
    client: MqttClient;
    server: RunningServer | undefined;
    issuer: Authority;
  }) {
    this.gateway = made.gateway;
    this.area = made.area;
    this.folder = made.folder;
    this.bench = made.bench;
    this.cards = made.cards;
    this.enrolment = made.enrolment;
    this.client = made.client;
    this.server = made.server;
    this.issuer = made.issuer;
    this.configFile = path.join(made.folder, "config.json");
    this.dataDirectory = path.join(made.folder, "data");
    this.#profileFile = path.join(made.folder, "profile.json");
    this.#socketPath = path.join(made.folder, "loa.sock");
  }

  get desk(): OpenDesk {
    return this.bench.desk;
  }

  /** The one started last, if any was. */
  get lastAgent(): RunningAgent | undefined {
    return this.#agent;
  }

  get agent(): RunningAgent {
    if (this.#agent === undefined) throw new Error("the test has not started the agent");
    return this.#agent;
  }

  /** Starts `loa run`, and waits until both connections are up unless told otherwise. */
  async startAgent(
    options: { readonly environment?: Readonly<Record<string, string>>; readonly untilConnected?: boolean } = {},
  ): Promise<RunningAgent> {
    const environment = { ...this.cards.environment, ...options.environment };
    const agent = new RunningAgent(this.runArguments, environment, this.#socketPath);
    this.#agent = agent;
    if (options.untilConnected !== false) {
      await agent.until("link.up", ({ clientId }) => clientId === this.gateway);
      await agent.until("link.up", ({ clientId }) => clientId === `${this.gateway}-media`);
    }
    return agent;
  }

  /** Starts it and waits until it surely hears the broker: a record of its own is acknowledged. */
  async startSubscribed(
    options: { readonly environment?: Readonly<Record<string, string>> } = {},
  ): Promise<RunningAgent> {
    const agent = await this.startAgent(options);
    await agent.until("evidence.acknowledged");
    return agent;
  }

  /** An order as the desk composes it: routine, to the commune, now, for an hour. */
  order(audio: AudioFile, changes: OrderChanges = {}): AlertOrder {
    const request: BroadcastRequest = {
      ...ROUTINE,
      to: [this.area],
      tags: [],
      title: "Bản tin",
      language: "vi",
      expiresInSeconds: 3_600,
    };
    const order = composeOrder(request, audio, this.issuer.delegation.subject, thisMoment());
    return { ...order, ...changes } as AlertOrder;
  }

  signed(order: { readonly type: string }, by: Authority = this.issuer): Uint8Array {
    return seal(order, [by.signer], Math.floor(Date.now() / 1000), by.chain);
  }

  async publish(topic: string, payload: Uint8Array | string, retain = true): Promise<void> {
    await this.client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain });
  }

  async publishChunks(bytes: Uint8Array, numbers?: readonly number[]): Promise<void> {
    const { hash } = nameFile(bytes);
    for (const [n, chunk] of cutIntoChunks(bytes).entries()) {
      if (numbers === undefined || numbers.includes(n)) await this.publish(chunkTopic(hash, n), chunk);
    }
  }

  /** Signs an order and publishes it where it belongs. */
  async publishOrder(order: AlertOrder, envelope: Uint8Array = this.signed(order), retain = true): Promise<void> {
    const area = order.targets[0]?.area ?? this.area;
    await this.publish(broadcastTopic(area, order.class === "emergency", order.id), envelope, retain);
  }

  /** The whole way of a good item: chunks, then the order. */
  async broadcast(bytes: Uint8Array, audio: AudioFile, changes: OrderChanges = {}): Promise<AlertOrder> {
    await this.publishChunks(bytes);
    const order = this.order(audio, changes);
    await this.publishOrder(order);
    return order;
  }

  /** A WAV of these segments, without gain on its way to the card, so that its samples come out as they went in. */
  async item(segments: readonly Segment[]): Promise<MadeItem> {
    const file = path.join(this.folder, "item.wav");
    const samples = await makeTestAudio(file, segments, "wav");
    const bytes = readFileSync(file);
    return { bytes, audio: audioFile(bytes, "audio/wav", (samples.length * 1_000) / testRateHz), samples };
  }

  /** Lays other settings over those in force, for the next start. */
  configure(changes: Readonly<Record<string, unknown>>): void {
    const settings = JSON.parse(readFileSync(this.configFile, "utf8"));
    writeFileSync(this.configFile, JSON.stringify({ ...settings, ...changes }));
  }

  /** What `loa run` is started with. */
  get runArguments(): readonly string[] {
    return ["--config", this.configFile, "--profile", this.#profileFile, "--enrolment", this.enrolment];
  }

  card(zone = "z1"): VirtualCard {
    return this.cards.card(cardOf(zone));
  }

  /** A short WAV of one tone, and how an order names it. It ends in silence, so that two plays never run together. */
  async tone(toneHz: number, seconds = 0.5): Promise<{ readonly bytes: Buffer; readonly audio: AudioFile }> {
    const file = path.join(this.folder, `${toneHz}.wav`);
    await makeTestAudio(file, [{ toneHz, seconds }, { seconds: PAUSE_SECONDS }], "wav");
    const bytes = readFileSync(file);
    return { bytes, audio: audioFile(bytes, "audio/wav", (seconds + PAUSE_SECONDS) * 1000) };
  }

  /** Resolves with what the desk was told by its gateway, already or later. */
  async told<Kind extends ServeEvent["event"]>(
    kind: Kind,
    expected?: Readonly<Partial<Extract<ServeEvent, { event: Kind }>>>,
  ): Promise<Extract<ServeEvent, { event: Kind }>> {
    const wanted = Object.entries(expected ?? {});
    const isIt = (event: ServeEvent): event is Extract<ServeEvent, { event: Kind }> =>
      event.event === kind && wanted.every(([name, value]) => (event as Record<string, unknown>)[name] === value);
    const find = () => this.server?.events.find(isIt);
    await until(() => find() !== undefined, `the desk to be told ${kind} ${JSON.stringify(expected ?? {})}`);
    return find() as Extract<ServeEvent, { event: Kind }>;
  }

  /** The frames that a zone's card has played. */
  heard(zone = "z1"): Promise<Int16Array> {
    return this.cards.card(cardOf(zone)).frames();
  }

  /** What stands in the orders database, read while the agent runs or after it ended. */
  rows<Row>(sql: string, ...values: readonly (string | number)[]): Row[] {
    const database = new Database(path.join(this.dataDirectory, "orders.db"), { readonly: true, fileMustExist: true });
    try {
      return database.prepare<unknown[], Row>(sql).all(...values);
    } finally {
      database.close();
    }
  }

  /** The gateway's evidence still on its disk, parsed. */
  evidence(): EvidenceLine[] {
    return this.rows<{ line: string }>("SELECT line FROM evidence ORDER BY q").map(parsed);
  }

  /** What the desk has verified and stored. */
  archived(): EvidenceLine[] {
    return this.desk.database.evidence.lines(this.gateway).map(parsed);
  }

  /** Every record of the gateway: what the desk has stored, and behind it what only the gateway holds. */
  records(): EvidenceLine[] {
    const archived = this.archived();
    return [...archived, ...this.evidence().filter(({ q }) => q > archived.length)];
  }
}

function parsed({ line }: { readonly line: string }): EvidenceLine {
  const reading = readEvidenceLine(line);
  if (reading.kind !== "value") throw new Error(`not an evidence line: ${line}`);
  return reading.value;
}

export function cardOf(zone: string): string {
  return `speaker-${zone}`;
}

/** Names a file as an order does. */
export function audioFile(bytes: Uint8Array, mediaType: AudioMediaType, durationMs: number): AudioFile {
  return { ...nameFile(bytes), mediaType, durationMs, loudnessCentiLufs: -1_600, truePeakCentiDb: -100 };
}

/** Everything but the agent, ended with the test. */
export async function station(options: StationOptions = {}): Promise<Station> {
  const { withServer = true, tellsTime, access = "shipped" } = options;
  const bench = await deskBench({ access });
  await bench.broker.start();
  const issuer = await makeIssuer(bench.desk);
  const ground = await prepareGround(bench, { gateway: GATEWAY, area: COMMUNE, ...options });
  const server = withServer ? serve(bench.desk, undefined, { tellsTime }) : undefined;
  return endedWithTest(new Station({ ...ground, issuer, server }));
}

/** Another commune of the same desk, on the same broker. Its evidence goes to the same server, if there is one. */
export async function neighbourOf(
  { bench, server }: Station,
  { gateway, area, issuer: name }: { readonly gateway: string; readonly area: string; readonly issuer: string },
): Promise<Station> {
  const issuer = await makeIssuer(bench.desk, { name, areas: [area] });
  return endedWithTest(new Station({ ...(await prepareGround(bench, { gateway, area })), issuer, server }));
}

/** What a gateway stands on: its enrolment, its cards, its settings. */
async function prepareGround(
  bench: DeskBench,
  {
    gateway,
    area,
    zones = { z1: [] },
    config = {},
  }: Pick<StationOptions, "zones" | "config"> & { readonly gateway: string; readonly area: string },
) {
  mkdirSync(path.join(project, ".build"), { recursive: true });
  const folder = mkdtempSync(path.join(project, ".build/station-"));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  const site = { gateway, serial: "unknown", commune: area, areas: [] };
  const placed = Object.entries(zones).map(([id, tags]) => ({ id, tags }));
  const { bundle: enrolment } = await enrolGateway(bench.desk, { ...site, zones: placed }, thisMoment());
  const cardFolder = path.join(folder, "cards");
  mkdirSync(cardFolder);
  const cards = await createVirtualCards(cardFolder, Object.keys(zones).map(cardOf));
  writeSettings(folder, zones, config);
  return { gateway, area, folder, bench, cards, enrolment, client: await deskClient(bench.desk) };
}

function endedWithTest(made: Station): Station {
  whenItFails(() => console.error(`the agent's last lines: ${made.lastAgent?.tail}`));
  atTheEnd(async () => {
    await made.lastAgent?.end("SIGKILL");
  });
  return made;
}

function writeSettings(folder: string, zones: Readonly<Record<string, readonly string[]>>, config: object): void {
  const settings = {
    dataDirectory: path.join(folder, "data"),
    socketPath: path.join(folder, "loa.sock"),
    clock: { source: "assumed" },
    link: { backoffBaseSeconds: 1, firstRetrySpreadSeconds: 0 },
    fetch: { stallSeconds: 2 },
    evidence: { lingerMs: 100, resendSeconds: 10 },
    log: { level: "debug" },
    ...config,
  };
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(settings));
  const profile = {
    name: "station",
    hardware: "virtual sound card of test/rig",
    description: "One virtual card for each zone.",
    zones: Object.keys(zones).map((id) => ({ id, device: cardOf(id) })),
  };
  writeFileSync(path.join(folder, "profile.json"), JSON.stringify(profile));
}

/** Someone with the desk's certificate: may publish whatever the broker's access list lets a desk publish. */
async function deskClient(desk: Desk): Promise<MqttClient> {
  const client = await connectAsync(desk.settings.broker, {
    ...{ protocolVersion: 5, clientId: `test-desk-${randomUUID()}`, reconnectPeriod: 100 },
    ...deskIdentity(desk),
  });
  atTheEnd(() => client.endAsync(true));
  return client;
}
