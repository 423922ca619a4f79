import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Authority } from "../../src/desk/authority.ts";
import { planRevocation, publishRevocation } from "../../src/desk/revocation.ts";
import type { OutboundMessage } from "../../src/domain/ports.ts";
import { seal } from "../../src/wire/envelope.ts";
import { mergeSignatures } from "../../src/wire/merge.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { fakeChrony, UNSYNCHRONISED } from "./support/chrony.ts";
import { COMMUNE, ISSUER, thisMoment } from "./support/desk.ts";
import { until } from "./support/link.ts";
import { anOfficial, publishControl, publishSpoken, revokedBy, sealedBy, untilState } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const [THIEF_HZ, LATER_HZ, GOOD_HZ] = [1_320, 880, 440];
const THIEF_SECONDS = 30;

async function revoke(commune: Station, subject: string, sinceSeconds = 3_600): Promise<void> {
  const { desk } = commune;
  const from = Math.floor(Date.now() / 1000) - sinceSeconds;
  const planned = await planRevocation(desk, { subject, reason: "compromised", from }, thisMoment());
  const link = {
    publish: async ({ topic, payload }: OutboundMessage) => {
      await commune.publish(topic, payload);
      return { kind: "acknowledged" } as const;
    },
  };
  await publishRevocation(desk, planned, link, thisMoment());
}

test("a compromised key falls silent at once, and nothing of it comes back", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const stolen = commune.issuer;

  const long = await commune.item([{ toneHz: THIEF_HZ, seconds: THIEF_SECONDS }]);
  const onAir = await publishSpoken(commune, long, {});
  await agent.until("play.started", ({ id }) => id === onAir.id);
  const waiting = commune.order((await commune.tone(LATER_HZ)).audio);
  await commune.publishOrder(waiting);
  await untilState(commune, waiting, "fetching");

  await revoke(commune, ISSUER);
  await agent.until("play.ended", ({ id }) => id === onAir.id);
  for (const { id } of [onAir, waiting]) {
    expect(await overheard.untilReceipt(id, "cancelled")).toMatchObject({ code: "key-revoked" });
    await untilState(commune, { issuer: stolen.delegation.subject.issuer, id }, "cancelled");
  }

  // Antedated, it is believed no more than with today's date.
  const good = await commune.tone(GOOD_HZ);
  const later = await commune.broadcast(good.bytes, good.audio);
  const antedated = commune.order(good.audio, {
    issuedAt: waiting.issuedAt - 7_200,
    notBefore: waiting.issuedAt - 7_200,
  });
  await commune.publishOrder(antedated);
  for (const { id } of [later, antedated]) {
    expect(await overheard.untilReceipt(id, "refused")).toMatchObject({ code: "key-revoked" });
  }
  expect(await agent.end()).toMatchObject({ code: 0 });

  const { length: silenced } = await commune.heard();

  const again = await commune.startSubscribed();
  const afterwards = await commune.broadcast(good.bytes, good.audio);
  expect(await overheard.untilReceipt(afterwards.id, "refused")).toMatchObject({ code: "key-revoked" });
  const successor = await publishSpoken(commune, good, {}, anOfficial(commune, "Trần Văn Minh"));
  await again.until("play.ended", ({ id }) => id === successor.id);

  const heard = (await commune.heard()).subarray(silenced);
  expect(stretches(heard, [THIEF_HZ, LATER_HZ, GOOD_HZ]).map(({ toneHz }) => toneHz)).toEqual([GOOD_HZ]);
  expect(silenced).toBeLessThan((THIEF_SECONDS * testRateHz) / 2);
  const facts = commune.records().filter(({ code }) => code === "key-revoked");
  expect(facts.filter(({ kind }) => kind === "cancelled").map(({ itemId }) => itemId)).toEqual([onAir.id, waiting.id]);
  expect(commune.records().filter(({ kind, code }) => kind === "config" && code === "revoked").length).toBeGreaterThan(
    0,
  );
});

test("a halt by a compromised key ends with it", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const thief = anOfficial(commune, "kẻ trộm");
  const halt = await publishControl(commune, { op: "halt" }, thief);
  await agent.until("control.accepted", ({ id }) => id === halt.id);
  const good = await commune.tone(GOOD_HZ);
  const { id } = await publishSpoken(commune, good, {}, anOfficial(commune, "Trần Văn Minh"));
  await agent.until("order.accepted", (line) => line["id"] === id);

  await commune.publish(...revokedBy(commune, thief.signer.kid));
  await agent.until("play.ended", (line) => line["id"] === id);
  expect(commune.rows("SELECT * FROM controls")).toEqual([]);
});

test("what a stolen key signed beside those whom it takes goes on, and what needed it falls", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const [an, binh, thief] = ["An", "Bình", "Hoa"].map((holder) => anOfficial(commune, holder)) as [
    Authority,
    Authority,
    Authority,
  ];
  // More than one commune: it takes two.
  const words = { class: "emergency", severity: 2, targets: [{ area: COMMUNE }, { area: "xa-khac" }] } as const;
  const long = await commune.item([{ toneHz: GOOD_HZ, seconds: 8 }]);
  const short = await commune.tone(LATER_HZ);
  for (const { bytes } of [long, short]) await commune.publishChunks(bytes);
  const signed = async (audio: typeof short.audio, ...by: readonly Authority[]) => {
    const order = commune.order(audio, words);
    await commune.publishOrder(order, sealedBy(order, by));
    return order;
  };
  const onAir = await signed(long.audio, thief, an, binh);
  await agent.until("play.started", ({ id }) => id === onAir.id);
  const needed = await signed(short.audio, thief, an);
  await agent.until("order.accepted", ({ id }) => id === needed.id);
  // Too late to be counted, and there before the signature that is.
  const half = commune.order(short.audio, words);
  const late = seal(half, [thief.signer], half.issuedAt + 5_000, thief.chain);
  await commune.publishOrder(half, mergeSignatures(sealedBy(half, [an]), late));
  await agent.until("order.pending", ({ id }) => id === half.id);

  await commune.publish(...revokedBy(commune, thief.signer.kid));
  await untilState(commune, needed, "cancelled");
  await agent.until("order.weakened");
  expect(agent.events("order.weakened").map(({ id, holders }) => [id, holders])).toEqual([[onAir.id, ["An", "Bình"]]]);
  await commune.publishOrder(half, sealedBy(half, [binh]));
  await agent.until("play.ended", ({ id }) => id === half.id);
  for (const order of [onAir, half]) await untilState(commune, order, "done");
  const ended = agent.events("play.ended").map(({ id, outcome }) => [id, outcome]);
  expect(ended).toEqual([onAir, half].map(({ id }) => [id, "played"]));
});

test("what came while nobody knew the time goes with its key, whenever it says that it was signed", async () => {
  const commune = await station({ tellsTime: false, config: { clock: { source: "chrony" } } });
  const overheard = await overhear(commune);
  const chrony = fakeChrony(commune);
  chrony.answers(UNSYNCHRONISED);
  await commune.startAgent({ environment: chrony.environment });
  const { bytes, audio } = await commune.tone(THIEF_HZ);
  const order = await commune.broadcast(bytes, audio);
  await until(() => commune.rows("SELECT untimed FROM broadcasts").length === 1, "the order on disk");
  await sleep(2_000);
  // By a clock it would have been here before the key was stolen.
  await revoke(commune, ISSUER, 0);
  expect(await overheard.untilReceipt(order.id, "cancelled")).toMatchObject({ code: "key-revoked" });
});
