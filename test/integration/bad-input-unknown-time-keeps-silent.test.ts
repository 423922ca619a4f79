import { expect, test } from "vitest";
import type { Placement } from "../../src/domain/trust.ts";
import { placementTopic } from "../../src/wire/topics.ts";
import { fakeChrony, SYNCHRONISED, UNSYNCHRONISED } from "./support/chrony.ts";
import { thisMoment } from "./support/desk.ts";
import { until } from "./support/link.ts";
import { overhear } from "./support/overhear.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const GOOD_HZ = 440;
const BAD_HZ = 1_320;
const FRAMES = 24_000;
const LATE_SECONDS = 3;

test("what comes while nobody knows the time is fetched and not heard; at the first time it is judged by its own", async () => {
  const commune = await station({ tellsTime: false, config: { clock: { source: "chrony" } } });
  const overheard = await overhear(commune);
  const good = await commune.tone(GOOD_HZ);
  const bad = await commune.tone(BAD_HZ);
  const chrony = fakeChrony(commune);
  chrony.answers(UNSYNCHRONISED);
  const agent = await commune.startAgent({ environment: chrony.environment });

  const order = await commune.broadcast(good.bytes, good.audio);
  const expiresAt = Math.floor(Date.now() / 1000) + LATE_SECONDS;
  const late = await commune.broadcast(bad.bytes, bad.audio, { expiresAt });
  const placement = await placeAnew(commune);
  for (const { audio } of [good, bad]) await agent.until("audio.ready", ({ hash }) => hash === audio.hash);
  await overheard.untilReceipt(placement.id, "refused");
  for (const { id } of [order, late])
    await until(() => decisionOn(commune, id) === "waits-clock", "a decision to wait");
  await until(() => commune.archived().some(({ itemId }) => itemId === placement.id), "the last record at the desk");
  expect(agent.events("alarm.raised")).toMatchObject([{ code: "clock" }]);
  expect(agent.events("order.accepted").map(({ id }) => id)).toEqual([order.id, late.id]);
  expect(commune.rows("SELECT id FROM plays")).toEqual([]);
  expect(stretches(await commune.heard(), [])).toEqual([]);

  await until(() => Date.now() >= (expiresAt + 1) * 1000, "the end of the late order's time");
  chrony.answers(SYNCHRONISED);
  await agent.until("play.ended", ({ id }) => id === order.id);
  await agent.until("trust.accepted");
  await agent.until("evidence.acknowledged");
  await until(() => commune.archived().some(({ kind }) => kind === "played"), "the record of the play at the desk");

  expect(agent.events("clock.changed")).toMatchObject([{ state: "floor" }, { state: "sync" }]);
  expect(agent.events("play.started").map(({ id }) => id)).toEqual([order.id]);
  // Its time is over, and nothing is final by a clock that has just been set.
  expect(decisionOn(commune, late.id)).toBe("waits-unsettled");
  expect(agent.events("order.expired")).toEqual([]);
  expect(commune.rows("SELECT id, state FROM broadcasts ORDER BY item")).toEqual([
    { id: order.id, state: "done" },
    { id: late.id, state: "ready" },
  ]);
  // The acknowledgements that were refused meanwhile left no record: a record would have brought the next of them.
  const refused = commune.records().filter(({ kind }) => kind === "refused");
  expect(refused).toMatchObject([{ itemId: placement.id, code: "clock", clock: "floor" }]);
  expect(overheard.receipts().filter(({ state }) => state === "refused")).toMatchObject([{ itemId: placement.id }]);
  const facts = commune.records().filter(({ itemId }) => itemId === order.id || itemId === late.id);
  expect(
    facts.map(({ itemId, kind, clock }) => [itemId === order.id ? "order" : "late", kind, clock]).toSorted(),
  ).toEqual([
    ["late", "received", "floor"],
    ["order", "played", "sync"],
    ["order", "received", "floor"],
  ]);
  expect(stretches(await commune.heard(), [GOOD_HZ])).toEqual([{ toneHz: GOOD_HZ, frames: FRAMES }]);
});

/** A good placement, newer than the enrolled one. */
async function placeAnew(commune: Station): Promise<Placement> {
  const { desk } = commune;
  const inForce = desk.database.register.find(GATEWAY)?.placement;
  if (inForce === undefined) throw new Error("the gateway is not in the register");
  const now = thisMoment();
  const placement = { ...inForce, id: now.chance.ulid(now.nowMs), sequence: inForce.sequence + 1 };
  await commune.publish(placementTopic(GATEWAY), commune.signed(placement, desk.operations));
  return placement;
}

/** The last decision about an item. */
function decisionOn(commune: Station, itemId: string): string | undefined {
  return commune.rows<{ reason: string }>("SELECT reason FROM decisions WHERE id = ? ORDER BY n DESC", itemId)[0]
    ?.reason;
}
