import { expect, test } from "vitest";
import type { Authority } from "../../src/desk/authority.ts";
import type { AlertOrder } from "../../src/domain/broadcast.ts";
import { seal } from "../../src/wire/envelope.ts";
import { placementTopic } from "../../src/wire/topics.ts";
import { COMMUNE, thisMoment } from "./support/desk.ts";
import { delegated, rootOf } from "./support/forgery.ts";
import { until } from "./support/link.ts";
import { anOfficial, keyOf, publishCancel, publishSpoken, untilState } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { GATEWAY, type OrderChanges, type Station, station } from "./support/station.ts";

const EXTREME = { class: "emergency", severity: 1 } as const;
const TERRITORY = "tinh-a";

function pendingIds(commune: Station): string[] {
  return commune.rows<{ id: string }>("SELECT id FROM pending ORDER BY entry").map(({ id }) => id);
}

function sign(order: AlertOrder, by: Authority): Uint8Array {
  return seal(order, [by.signer], order.issuedAt, by.chain);
}

test("what names no zone here waits, over a restart, for the placement that does", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const { bytes, audio } = await commune.tone(440);
  const here = { area: COMMUNE };
  const market: OrderChanges = { targets: [{ ...here, zoneTags: ["market"] }] };
  const first = await commune.broadcast(bytes, audio, market);
  const elsewhere = await commune.broadcast(bytes, audio, { targets: [{ ...here, gateways: ["0123456789ab"] }] });
  for (const { id } of [first, elsewhere]) {
    expect(await overheard.untilReceipt(id, "pending")).toMatchObject({ code: "not-targeted" });
  }
  expect(await agent.end()).toMatchObject({ code: 0 });

  const again = await commune.startSubscribed();
  expect(pendingIds(commune)).toEqual([first.id, elsewhere.id]);
  const { operations, database } = commune.desk;
  const inForce = database.register.find(GATEWAY)?.placement;
  const zones = inForce?.zones.map((zone) => ({ ...zone, tags: ["market"] }));
  const next = { ...inForce, zones, id: thisMoment().chance.ulid(Date.now()), sequence: (inForce?.sequence ?? 0) + 1 };
  await commune.publish(placementTopic(GATEWAY), commune.signed({ ...next, type: "placement" }, operations));
  await again.until("play.ended", ({ id }) => id === first.id);
  expect(pendingIds(commune)).toEqual([elsewhere.id]);
  expect(overheard.receipts(elsewhere.id).map(({ state }) => state)).toEqual(["pending"]);
  expect(commune.rows("SELECT * FROM seen WHERE id = ?", elsewhere.id)).toEqual([]);
});

test("the second holder may sign later; two keys of one holder, or a bad signature, add nothing", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const words = { subject: { issuer: "ubnd.tinh-a", level: "province" }, areas: [TERRITORY], severityMax: 1 } as const;
  const key = (holder: string) => delegated(rootOf(commune.desk), { ...words, subject: { ...words.subject, holder } });
  const [lan, spare, minh] = [key("Lan"), key("Lan"), key("Minh")];
  const more = [key("Lan"), key("Lan"), key("Lan")];
  const { bytes, audio } = await commune.tone(440);
  await commune.publishChunks(bytes);
  const { issuer, level } = lan.delegation.subject;
  const order = commune.order(audio, { issuer, level, ...EXTREME });

  await commune.publishOrder(order, sign(order, lan));
  expect(await overheard.untilReceipt(order.id, "pending")).toMatchObject({ code: "quorum" });
  // Together they would fill the envelope.
  for (const one of [spare, ...more]) await commune.publishOrder(order, sign(order, one));
  const forged = { ...minh, signer: { kid: minh.signer.kid, sign: (input: Uint8Array) => spare.signer.sign(input) } };
  const half = seal(order, [lan.signer, forged.signer], order.issuedAt, [...lan.chain, ...minh.chain]);
  await commune.publishOrder(order, half);
  await agent.until("message.refused", ({ code }) => code === "signature");
  expect(agent.events("order.accepted")).toEqual([]);

  await commune.publishOrder(order, sign(order, minh));
  await agent.until("play.ended", ({ id }) => id === order.id);
  await untilState(commune, keyOf(order), "done");
  expect(pendingIds(commune)).toEqual([]);
});

test("what comes with a key that is not valid yet waits for it, and is heard", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const begins = Math.floor(Date.now() / 1000) + 4;
  const fresh = delegated(rootOf(commune.desk), { notBefore: begins });
  const { bytes, audio } = await commune.tone(440);
  await commune.publishChunks(bytes);
  const order = commune.order(audio);
  await commune.publishOrder(order, sign(order, fresh));
  expect(await overheard.untilReceipt(order.id, "pending")).toMatchObject({ code: "not-yet" });
  await agent.until("order.accepted", ({ id }) => id === order.id);
  expect(Date.now()).toBeGreaterThanOrEqual(begins * 1000);
  expect(Date.now()).toBeLessThan((begins + 10) * 1000);
  await agent.until("play.ended", ({ id }) => id === order.id);
  expect(pendingIds(commune)).toEqual([]);
});

test("a severity 1 by one rises when the second signs, and so does the right to take it back", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const [an, binh] = [anOfficial(commune, "An"), anOfficial(commune, "Bình")];
  const item = await commune.item([{ seconds: 20, noiseSeed: 3 }]);
  await commune.publishChunks(item.bytes);
  const order = commune.order(item.audio, EXTREME);
  await commune.publishOrder(order, sign(order, an));
  await agent.until("play.started", ({ id }) => id === order.id);
  const severity = () =>
    commune.rows<{ severity: number }>(
      "SELECT json_extract(standing, '$.severity') AS severity FROM broadcasts WHERE id = ?",
      order.id,
    )[0]?.severity;
  expect(severity()).toBe(2);
  await commune.publishOrder(order, sign(order, binh));
  await agent.until("order.cosigned", ({ id }) => id === order.id);
  expect(severity()).toBe(1);

  const words = { class: "emergency", severity: 1 } as const;
  const other = await publishSpoken(commune, await commune.tone(880), { ...words, severity: 2 }, an);
  await agent.until("order.accepted", ({ id }) => id === other.id);
  const cancel = await publishCancel(commune, [keyOf(order)], words, an);
  await until(() => pendingIds(commune).includes(cancel.id), "the cancel to wait for its second signature");
  const kept = commune.rows<{ envelope: Buffer; topic: string }>("SELECT envelope, topic FROM pending")[0];
  const payload = JSON.parse(Buffer.from(JSON.parse(String(kept?.envelope)).payload, "base64url").toString());
  await commune.publish(kept?.topic ?? "", seal(payload, [binh.signer], payload.issuedAt, binh.chain));
  await untilState(commune, keyOf(order), "cancelled");
  await agent.until("play.ended", ({ id }) => id === other.id);
});
