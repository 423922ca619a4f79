import { expect, test } from "vitest";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { COMMUNE, thisMoment } from "./support/desk.ts";
import { delegated, selfMadeRoot } from "./support/forgery.ts";
import type { HostileClient, Shot } from "./support/hostile-client.ts";
import { atTheEnd } from "./support/lifetime.ts";
import { publishSpoken, sealedBy } from "./support/orders.ts";
import { attackerOf } from "./support/siege.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const IN_FLIGHT = 16;
const FIRST_HZ = 440;
const GOOD_HZ = 880;
const GOOD_FRAMES = 24_000;
const EMERGENCY = { class: "emergency", severity: 2 } as const;

interface Scene {
  readonly commune: Station;
  readonly attacker: HostileClient;
}

/** The same over and over, as fast as the broker takes it. */
function flood(attacker: HostileClient, shot: Shot): { end(): Promise<number> } {
  let isOver = false;
  let sent = 0;
  const sending = Array.from({ length: IN_FLIGHT }, async () => {
    for (; !isOver; sent += 1) await attacker.publish(shot);
  });
  const end = async (): Promise<number> => {
    isOver = true;
    await Promise.all(sending);
    return sent;
  };
  atTheEnd(end);
  return { end };
}

function nonsense(emergency: boolean): Shot {
  const { chance, nowMs } = thisMoment();
  return { topic: broadcastTopic(COMMUNE, emergency, chance.ulid(nowMs)), bytes: '{"nonsense": true}' };
}

async function stranger({ commune }: Scene): Promise<Shot> {
  const { audio } = await commune.tone(1_320);
  const order = commune.order(audio, EMERGENCY);
  return { topic: broadcastTopic(COMMUNE, true, order.id), bytes: sealedBy(order, [delegated(selfMadeRoot())]) };
}

function overheard({ attacker }: Scene, kind: string): Shot {
  const said = attacker.captured.find(({ topic }) => topic.includes(`/${kind}/`));
  if (said === undefined) throw new Error("nobody said anything");
  return { topic: said.topic, bytes: said.bytes };
}

const FLOODS: readonly (readonly [string, (scene: Scene) => Shot | Promise<Shot>])[] = [
  ["nonsense where bulletins come", () => nonsense(false)],
  ["nonsense where emergencies come", () => nonsense(true)],
  ["a stranger's emergency", stranger],
  ["one good bulletin over and over", (scene) => overheard(scene, "broadcast")],
];

test.each(FLOODS)("under a flood of %s an emergency is heard, then a bulletin, and nothing else", async (_, shotOf) => {
  const commune = await station({ withServer: false, access: "open" });
  const attacker = await attackerOf(commune);
  const agent = await commune.startAgent();
  const first = await commune.tone(FIRST_HZ);
  const good = await commune.tone(GOOD_HZ);
  await commune.publishChunks(good.bytes);
  const before = await commune.broadcast(first.bytes, first.audio, {});
  await agent.until("play.ended", ({ id }) => id === before.id);
  const framesBefore = (await commune.heard()).length;

  const flooding = flood(attacker, await shotOf({ commune, attacker }));
  await agent.until("filter.flooded");
  await agent.until("alarm.raised", ({ code }) => code === "signature-flood");
  const emergency = await publishSpoken(commune, good, EMERGENCY);
  await agent.until("play.ended", ({ id }) => id === emergency.id);
  const bulletin = await publishSpoken(commune, good, {});
  await agent.until("play.ended", ({ id }) => id === bulletin.id);
  const sent = await flooding.end();

  expect(agent.events("order.accepted").map(({ id }) => id)).toEqual([before.id, emergency.id, bulletin.id]);
  const heard = stretches((await commune.heard()).subarray(framesBefore), [GOOD_HZ]);
  // The attention tone, and the emergency right behind it; then the bulletin.
  expect(heard).toEqual([
    { toneHz: undefined, frames: expect.any(Number) },
    { toneHz: GOOD_HZ, frames: GOOD_FRAMES },
  ]);
  for (const never of ["link.down", "internal.fault", "store.failed"]) expect(agent.events(never)).toEqual([]);
  const written = commune.evidence().filter(({ kind }) => kind === "counted" || kind === "refused" || kind === "alarm");
  expect(written.length).toBeLessThanOrEqual(2);
  expect(await agent.end()).toMatchObject({ code: 0 });
  const counted = commune.evidence().filter(({ kind }) => kind === "counted");
  const taken = counted.reduce((sum, { count = 0 }) => sum + count, 0);
  expect(taken).toBeLessThan(sent / 10);
});
