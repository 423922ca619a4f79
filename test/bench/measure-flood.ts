import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { connectAsync, type MqttClient } from "mqtt";
import { SystemChance } from "../../src/adapters/chance.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { monotonicMs } from "../../src/sound/monotonic.ts";
import { seal } from "../../src/wire/envelope.ts";
import { broadcastTopic, heartbeatTopic } from "../../src/wire/topics.ts";
import { aSite, deskIdentity, OTHER_GATEWAY } from "../fixtures/desk-access.ts";
import { BROADCAST, CHAIN, testKey } from "../fixtures/wire-messages.ts";
import type { BenchRun, Measurement } from "./bench-run.ts";
import { type BenchStation, benchStation, COMMUNE } from "./bench-station.ts";
import type { TellingChild } from "./child.ts";
import { type Figure, quantile } from "./figure.ts";
import { noiseFile } from "./measure-cut.ts";
import { readProcess } from "./process-meter.ts";

const EMERGENCY = { class: "emergency", severity: 2 } as const;
const EMERGENCY_LIFE_SECONDS = 60;
const PLAY_MS = 3_600;
/** A tone that has not begun by then counts as that late. */
const GIVE_UP_MS = 20_000;
/** Below what the broker keeps for one client. */
const RATE_SAMPLE = 1_000;
const IN_FLIGHT = 16;

type Flood = "bulletins" | "emergencies" | "heartbeats";

/**
 * A flood of what the shipped access list lets through. It lets a gateway's certificate write nothing that another gateway hears, so
 * that one can only load the broker (`another gateway`). What reaches a gateway comes from whoever holds a desk's certificate: it
 * may write below every area, and its orders by a key that nobody delegated to are refused (`a desk's certificate`), also where
 * emergencies come (`forged emergencies`).
 */
export const measureFlood: Measurement = async (run) => {
  const seconds = run.isQuick ? 15 : 30;
  return [
    ...(await measureUnder(run, "flood by a desk's certificate", seconds, "bulletins")),
    ...(await measureUnder(run, "flood of forged emergencies", seconds, "emergencies")),
    ...(await measureUnder(run, "flood by another gateway", seconds, "heartbeats")),
  ];
};

async function measureUnder(run: BenchRun, name: string, seconds: number, what: Flood): Promise<readonly Figure[]> {
  const station = await benchStation(run.ending);
  const agent = await station.startAgent();
  await station.startServer();
  await cut(station);
  const calmMs = await cut(station);
  await sleep(1_000);
  const before = readProcess(agent.pid);
  const recordsBefore = lastRecord(station);

  const { client: attacker, topic, bytes } = await hostile(station, what, run);
  const rate = await deliveredRate(station, attacker, { topic, bytes }, run);
  let isOver = false;
  let sent = 0;
  const startedAtMs = monotonicMs();
  const send = async (): Promise<void> => {
    try {
      for (; !isOver; sent += 1) await attacker.publishAsync(topic, bytes, { qos: 1 });
    } catch {
      // The bench was given up, and the connection with it.
    }
  };
  const flood = Array.from({ length: IN_FLIGHT }, send);
  const delaysMs: number[] = [];
  while (monotonicMs() - startedAtMs < seconds * 1000) {
    await sleep(2_000);
    delaysMs.push((await cut(station)) - calmMs);
  }
  const tookSeconds = (monotonicMs() - startedAtMs) / 1000;
  isOver = true;
  await Promise.all(flood);
  const grewMb = readProcess(agent.pid).residentMb - before.residentMb;
  const heard = delaysMs.filter((ms) => ms + calmMs < GIVE_UP_MS).length;
  const counted = lastRecord(station) - recordsBefore - heard * RECORDS_OF_A_PLAY;
  await agent.end();

  return [
    { name: `${name}: what the broker brings one client`, value: rate, unit: "messages/s" },
    { name: `${name}: rate`, value: sent / tookSeconds, unit: "messages/s", note: `${refusedCount(agent)} refused` },
    { name: `${name}: good emergency later by, median`, value: quantile(delaysMs, 0.5), unit: "ms" },
    {
      name: `${name}: good emergency later by, worst`,
      value: Math.max(...delaysMs),
      unit: "ms",
      target: { atMost: 500 },
      note: `${delaysMs.length} runs`,
    },
    { name: `${name}: memory grew by`, value: grewMb, unit: "MB", target: { atMost: 20 } },
    {
      name: `${name}: evidence records a minute`,
      value: (counted * 60) / Math.max(60, tookSeconds),
      unit: "",
      target: { atMost: 1 },
    },
  ];
}

/** How many of the forged messages a second the broker brings to one client that does nothing but acknowledge them. */
async function deliveredRate(
  { desk }: BenchStation,
  attacker: MqttClient,
  { topic, bytes }: { readonly topic: string; readonly bytes: Buffer },
  { ending }: BenchRun,
) {
  const listener = await connectAsync(desk.settings.broker, {
    ...{ protocolVersion: 5, clientId: "listener", reconnectPeriod: 0 },
    ...deskIdentity(desk),
  });
  ending.add(() => listener.endAsync(true));
  await listener.subscribeAsync(topic, { qos: 1 });
  let delivered = 0;
  listener.on("message", () => {
    delivered += 1;
  });
  const startedAtMs = monotonicMs();
  const burst = Array.from({ length: RATE_SAMPLE }, () => attacker.publishAsync(topic, bytes, { qos: 1 }));
  await Promise.all(burst);
  while (delivered < RATE_SAMPLE && monotonicMs() - startedAtMs < GIVE_UP_MS) await sleep(5);
  await listener.endAsync();
  return (delivered * 1000) / (monotonicMs() - startedAtMs);
}

/** Received and played; what else is recorded meanwhile is the flood's. */
const RECORDS_OF_A_PLAY = 2;

function refusedCount(agent: TellingChild): number {
  return agent.events("message.refused-count").reduce((sum, { count }) => sum + Number(count), 0);
}

/** From the PUBLISH of an emergency to the first sample of its tone; resolves when it is over. */
async function cut(station: BenchStation): Promise<number> {
  const warning = noiseFile(0.3);
  await station.publishChunks(warning);
  const plain = station.order(warning);
  const { publish } = station.sealed({ ...plain, ...EMERGENCY, expiresAt: plain.issuedAt + EMERGENCY_LIFE_SECONDS });
  const publishedAtMs = monotonicMs();
  await publish();
  for (;;) {
    const started = (await station.card.events()).findLast(({ event }) => event === "start");
    if (started !== undefined && started.monotonicMs > publishedAtMs) {
      await sleep(PLAY_MS);
      return started.monotonicMs - publishedAtMs;
    }
    if (monotonicMs() - publishedAtMs > GIVE_UP_MS) return GIVE_UP_MS;
    await sleep(20);
  }
}

/** The attacker's connection, and what is sent over it again and again: an order that nobody with a right signed. */
async function hostile({ desk }: BenchStation, what: Flood, { ending }: BenchRun) {
  const request = aSite({ gateway: OTHER_GATEWAY });
  const { bundle } = await enrolGateway(desk, request, { nowMs: Date.now(), chance: new SystemChance() });
  const read = (name: string) => readFileSync(path.join(bundle, name));
  const another = { cert: read("tls-cert.pem"), key: read("tls-key.pem") };
  const client = await connectAsync(desk.settings.broker, {
    ...{ protocolVersion: 5, clientId: "hostile", reconnectPeriod: 0 },
    ...deskIdentity(desk),
    ...(what === "heartbeats" ? another : {}),
  });
  ending.add(() => client.endAsync(true));
  const order = { ...BROADCAST, targets: [{ area: COMMUNE }] };
  const bytes = Buffer.from(seal(order, [testKey(66)], order.issuedAt, CHAIN));
  const topic =
    what === "heartbeats" ? heartbeatTopic(OTHER_GATEWAY) : broadcastTopic(COMMUNE, what === "emergencies", order.id);
  return { client, topic, bytes };
}

/** The number of the newest record that the gateway has written, acknowledged or not. */
function lastRecord({ folder }: BenchStation): number {
  const database = new Database(path.join(folder, "data", "orders.db"), { readonly: true, fileMustExist: true });
  try {
    const newest = "SELECT max(q) AS q FROM (SELECT q FROM evidence UNION SELECT q FROM evidenceAcknowledged)";
    return database.prepare<[], { q: number | null }>(newest).get()?.q ?? 0;
  } finally {
    database.close();
  }
}
