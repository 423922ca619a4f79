import { expect, test } from "vitest";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { COMMUNE } from "./support/desk.ts";
import { delegated, rootOf } from "./support/forgery.ts";
import { until } from "./support/link.ts";
import { overhear } from "./support/overhear.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const FIRST_HZ = 440;
const NAMESAKE_HZ = 660;
const LAST_HZ = 880;
const BAD_HZ = 1_320;
const FRAMES = 24_000;
/** More than the gateway takes unacknowledged (Receive Maximum 16): without PUBACKs nothing would come after them. */
const REPEATS = 40;

test("the same bytes again are acknowledged and silent, other bytes under a known id are refused and alarmed", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const [first, namesake, last, bad] = await Promise.all(
    [FIRST_HZ, NAMESAKE_HZ, LAST_HZ, BAD_HZ].map((hz) => commune.tone(hz)),
  );
  if (!(first && namesake && last && bad)) throw new Error("a tone is missing");
  await commune.publishChunks(bad.bytes);
  const agent = await commune.startSubscribed();

  await commune.publishChunks(first.bytes);
  const order = commune.order(first.audio);
  const { id, issuer } = order;
  const topic = broadcastTopic(COMMUNE, false, id);
  const envelope = commune.signed(order);
  await commune.publish(topic, envelope);
  await agent.until("play.ended");

  for (let n = 0; n < REPEATS; n += 1) await commune.publish(topic, envelope, false);
  // The payload is the identity: the same words under a signature of another second are a repeat, too.
  await commune.publish(topic, commune.signed(order, delegated(rootOf(commune.desk))), false);
  const other = { ...order, title: "Bản tin khác", audio: bad.audio };
  const louder = { ...other, class: "emergency", severity: 2 } as const;
  await commune.publish(topic, commune.signed(other));
  await commune.publish(broadcastTopic(COMMUNE, true, id), commune.signed(louder));
  await agent.until("alarm.raised", ({ code }) => code === "replay");
  await overheard.untilAlarm("replay", "raised");

  // Identity is issuer and id: of another issuer, the id is as good as any.
  const neighbour = delegated(rootOf(commune.desk), { subject: { issuer: "dai.hoa-binh" } });
  await commune.publishChunks(namesake.bytes);
  const alike = commune.order(namesake.audio, { id, issuer: "dai.hoa-binh" });
  await commune.publish(topic, commune.signed(alike, neighbour), false);
  await agent.until("play.ended", (line) => line["issuer"] === "dai.hoa-binh");
  expect(agent.events("order.refused")).toMatchObject([
    { id, issuer, code: "replay" },
    { id, issuer, code: "replay" },
  ]);
  expect(agent.events("order.accepted")).toHaveLength(2);
  expect(await agent.end()).toMatchObject({ code: 0 });

  // What is retained comes again with the new subscriptions, the first order from whoever kept it.
  const again = await commune.startSubscribed();
  await commune.publish(topic, envelope, false);
  const closing = await commune.broadcast(last.bytes, last.audio);
  await again.until("play.ended", (line) => line["id"] === closing.id);
  expect(again.events("order.accepted")).toMatchObject([{ id: closing.id }]);
  for (const event of ["order.refused", "alarm.raised", "message.refused"]) expect(again.events(event)).toEqual([]);
  await until(
    () => commune.archived().some(({ itemId, kind }) => itemId === closing.id && kind === "played"),
    "a record",
  );

  expect(kindsOf(commune, issuer, id)).toEqual(["received", "played", "refused", "refused"]);
  expect(commune.records().filter(({ kind }) => kind === "alarm")).toMatchObject([
    { code: "replay", outcome: "raised" },
  ]);
  expect(overheard.receipts(id).map(({ state, code }) => [state, code])).toEqual([
    ["refused", "replay"],
    ["refused", "replay"],
  ]);
  expect(commune.rows("SELECT DISTINCT code FROM refusals")).toEqual([{ code: "replay" }]);
  expect(commune.rows("SELECT issuer, state FROM broadcasts ORDER BY item")).toEqual([
    { issuer, state: "done" },
    { issuer: "dai.hoa-binh", state: "done" },
    { issuer, state: "done" },
  ]);
  const [seen] = commune.rows<{ payloadHash: string }>(
    "SELECT payloadHash FROM seen WHERE issuer = ? AND id = ?",
    issuer,
    id,
  );
  const received = commune.records().find(({ kind, itemId }) => kind === "received" && itemId === id);
  expect(seen?.payloadHash).toBe(received?.payloadHash);

  expect(stretches(await commune.heard(), [FIRST_HZ, NAMESAKE_HZ, LAST_HZ])).toEqual([
    { toneHz: FIRST_HZ, frames: FRAMES },
    { toneHz: NAMESAKE_HZ, frames: FRAMES },
    { toneHz: LAST_HZ, frames: FRAMES },
  ]);
});

function kindsOf(commune: Station, issuer: string, itemId: string): string[] {
  return commune
    .records()
    .filter((record) => record.issuer === issuer && record.itemId === itemId)
    .map(({ kind }) => kind);
}
