import { connectAsync } from "mqtt";
import { deskIdentity } from "../fixtures/desk-access.ts";
import type { BenchRun, Measurement } from "./bench-run.ts";
import { type BenchStation, benchStation, controlUp, GATEWAY } from "./bench-station.ts";
import { noiseFile } from "./measure-cut.ts";

const RETAINED = 2_000;
const EMERGENCIES = 20;
/** 96 KB of sound, which is more than three chunks. */
const WARNING_SECONDS = 1;
const EMERGENCY = { class: "emergency", severity: 2 } as const;

/**
 * A gateway comes back after days: the broker has given its session up, so everything comes as retained messages at once, more
 * than it may have active. Bulletins share one file; each emergency brings its own.
 */
export const measureReturn: Measurement = async ({ ending }: BenchRun) => {
  const station = await benchStation(ending);
  const before = await station.startAgent();
  await before.end();
  await giveSessionUp(station);

  const bulletin = noiseFile(WARNING_SECONDS);
  await station.publishChunks(bulletin);
  for (let n = 0; n < RETAINED - EMERGENCIES; n += 1) await station.publishOrder(bulletin);
  const ids: string[] = [];
  for (let n = 0; n < EMERGENCIES; n += 1) {
    const warning = noiseFile(WARNING_SECONDS);
    await station.publishChunks(warning);
    const order = { ...station.order(warning), ...EMERGENCY };
    await station.sealed(order).publish();
    ids.push(order.id);
  }

  const agent = await station.startAgent();
  const connectedAtMs = await controlUp(agent);
  const first = ids.toSorted()[0];
  const started = await agent.until("play.started", ({ id }) => id === first);
  for (const wanted of ids) await agent.until("order.accepted", ({ id }) => id === wanted);
  const accepted = agent.events("order.accepted").filter(({ id }) => ids.includes(String(id))).length;
  const others = agent.events("order.accepted").length - accepted;
  await agent.end();
  return [
    {
      name: `back among ${RETAINED.toLocaleString("en")} retained: emergencies accepted`,
      value: accepted,
      unit: "",
      target: { exactly: EMERGENCIES },
      note: `and ${others.toLocaleString("en")} bulletins, of which 1,000 may be active`,
    },
    {
      name: "back among them: the first by key on air after the connect",
      value: (started.atMs - connectedAtMs) / 1000,
      unit: "s",
      target: { atMost: 10 },
    },
  ];
};

/** As a broker does with a session of somebody who has not been there for days. */
async function giveSessionUp({ desk }: BenchStation): Promise<void> {
  const client = await connectAsync(desk.settings.broker, {
    ...{ protocolVersion: 5, clientId: GATEWAY, clean: true, reconnectPeriod: 0 },
    ...deskIdentity(desk),
  });
  await client.endAsync();
}
