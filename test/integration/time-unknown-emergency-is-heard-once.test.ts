import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { fakeChrony, SYNCHRONISED, UNSYNCHRONISED } from "./support/chrony.ts";
import { withoutTones } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { anOfficial, keyOf, publishCancel } from "./support/orders.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const ONCE_HZ = 440;
const NEVER_HZ = 1_320;
const AFTER_HZ = 880;
const FRAMES = 24_000;
const HOUR = 3_600;
const URGENT = { class: "emergency", severity: 2 } as const;
const EMERGENCY = { ...URGENT, onPreempt: "restart" } as const;

test("while nobody knows the time a new emergency is heard once, and no other, nor again after a restart", async () => {
  const commune = await station({ tellsTime: false, config: { clock: { source: "chrony" } } });
  const chrony = fakeChrony(commune);
  chrony.answers(UNSYNCHRONISED);
  const agent = await commune.startAgent({ environment: chrony.environment });
  const never = await commune.tone(NEVER_HZ);
  const now = Math.floor(Date.now() / 1000);
  const bulletin = await commune.broadcast(never.bytes, never.audio);
  const longLived = { ...EMERGENCY, expiresAt: now + 7 * HOUR };
  const slow = await commune.broadcast(never.bytes, never.audio, longLived);
  const old = { ...EMERGENCY, issuedAt: now - 9 * HOUR, notBefore: now - 9 * HOUR, expiresAt: now - 4 * HOUR };
  // Over before its own keys were made: whoever kept it back can't have it heard now.
  const replayed = await commune.broadcast(never.bytes, never.audio, old);
  await agent.until("order.refused", ({ id, code }) => id === replayed.id && code === "key-expired");
  for (const { id } of [bulletin, slow]) await untilDecision(commune, id, "waits-clock");

  const { bytes, audio } = await commune.tone(ONCE_HZ);
  const flood = await commune.broadcast(bytes, audio, { ...EMERGENCY, repeat: 3 });
  await agent.until("play.ended", ({ id }) => id === flood.id);
  await untilDecision(commune, flood.id, "waits-clock");
  await agent.end();
  const again = await commune.startAgent({ environment: chrony.environment });
  await untilDecision(commune, flood.id, "waits-clock");

  const official = anOfficial(commune, "An");
  const second = commune.order(audio, EMERGENCY);
  await publishCancel(commune, [keyOf(second)], URGENT, official);
  await again.until("order.accepted");
  await commune.publishOrder(second);
  await until(() => lastDecision(commune, second.id) === "halted", "the cancelled one to be held back");

  expect(again.events("play.started")).toEqual([]);
  expect(commune.rows("SELECT id FROM plays")).toEqual([{ id: flood.id }]);
  expect(commune.records().filter(({ kind }) => kind === "played")).toMatchObject([
    { itemId: flood.id, clock: "floor" },
  ]);
  const heard = stretches(withoutTones(await commune.heard()), [ONCE_HZ, NEVER_HZ]);
  expect(heard).toEqual([{ toneHz: ONCE_HZ, frames: FRAMES }]);
});

test("after its database was lost a box says nothing before it knows the time, and no emergency of before again", async () => {
  const commune = await station({ tellsTime: false });
  const chrony = fakeChrony(commune);
  const before = await commune.tone(NEVER_HZ);
  const issuedAt = Math.floor(Date.now() / 1000) - 700;
  const agent = await commune.startSubscribed();
  const warning = await commune.broadcast(before.bytes, before.audio, { ...EMERGENCY, issuedAt, notBefore: issuedAt });
  await agent.until("play.ended", ({ id }) => id === warning.id);
  await agent.end();
  rmSync(path.join(commune.dataDirectory, "orders.db"));

  commune.configure({ clock: { source: "chrony" } });
  chrony.answers(UNSYNCHRONISED);
  const bereft = await commune.startAgent({ environment: chrony.environment });
  const after = await commune.tone(AFTER_HZ);
  const fresh = await commune.broadcast(after.bytes, after.audio, EMERGENCY);
  for (const { id } of [warning, fresh]) await untilDecision(commune, id, "waits-clock");
  expect(bereft.events("play.started")).toEqual([]);
  expect(stretches(withoutTones(await commune.heard()), [NEVER_HZ])).toEqual([{ toneHz: NEVER_HZ, frames: FRAMES }]);

  chrony.answers(SYNCHRONISED);
  await bereft.until("play.ended", ({ id }) => id === fresh.id);
  await untilDecision(commune, warning.id, "waits-loss");
  expect(commune.rows("SELECT id FROM plays")).toEqual([{ id: fresh.id }]);
  expect(stretches(withoutTones(await commune.heard()), [NEVER_HZ, AFTER_HZ])).toEqual([
    { toneHz: NEVER_HZ, frames: FRAMES },
    { toneHz: AFTER_HZ, frames: FRAMES },
  ]);
});

function lastDecision(commune: Station, itemId: string): string | undefined {
  const rows = commune.rows<{ reason: string }>("SELECT reason FROM decisions WHERE id = ? ORDER BY n DESC", itemId);
  return rows[0]?.reason;
}

async function untilDecision(commune: Station, itemId: string, reason: string): Promise<void> {
  await until(() => lastDecision(commune, itemId) === reason, `${itemId} to be told ${reason}`);
}
