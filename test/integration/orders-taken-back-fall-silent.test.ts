import { expect, test } from "vitest";
import { contentFrames } from "../rig/listen.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, lastHeardAtMs, splitAtLastPlay } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { anOfficial, publishCancel, publishSpoken, publishUpdate, untilState } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { station } from "./support/station.ts";

/** From the acceptance: fade, commit, and what a busy machine adds. */
const SILENT_WITHIN_MS = 700;
const EMERGENCY = { class: "emergency", severity: 1 } as const;

test("a cancel on air stops the sound within its fade, once for all, and says so", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const [an, binh] = [anOfficial(commune, "An"), anOfficial(commune, "Bình")];
  const agent = await commune.startSubscribed();
  const item = await commune.item([{ seconds: 6, noiseSeed: 5 }]);
  const flood = await publishSpoken(commune, item, EMERGENCY, an, binh);
  await framesHeard(commune, "z1", testRateHz);

  // It took two to order it, so one can't take it back.
  const alone = await publishCancel(commune, [flood], EMERGENCY, an);
  expect(await overheard.untilReceipt(alone.id, "pending")).toMatchObject({ code: "quorum" });
  const stranger = anOfficial(commune, "Ai Đó", { subject: { issuer: "ubnd.khac" } });
  const foreign = await publishCancel(commune, [flood], EMERGENCY, stranger);
  expect(await overheard.untilReceipt(foreign.id, "refused")).toMatchObject({ code: "scope-use" });
  await framesHeard(commune, "z1", 2.5 * testRateHz);

  const cancel = await publishCancel(commune, [flood], EMERGENCY, an, binh);
  const { time } = await agent.until("order.accepted", (line) => line["id"] === cancel.id);
  await agent.until("play.ended", (line) => line["id"] === flood.id);
  expect(await lastHeardAtMs(commune, "z1")).toBeLessThan(Date.parse(time) + SILENT_WITHIN_MS);
  await overheard.untilReceipt(flood.id, "cancelled");
  await overheard.untilReceipt(cancel.id, "accepted");
  await untilState(commune, flood, "cancelled");
  await until(() => commune.archived().some(({ itemId, zone }) => itemId === flood.id && zone === "z1"), "its record");
  const records = commune.archived().filter(({ itemId }) => itemId === flood.id);
  expect(records.map(({ kind, zone, code }) => ({ kind, zone, code }))).toEqual([
    { kind: "received", zone: undefined, code: undefined },
    { kind: "cancelled", zone: undefined, code: "cancel" },
    { kind: "cancelled", zone: "z1", code: undefined },
  ]);

  // Neither the next agent nor the same order again brings it back.
  await agent.end();
  const again = await commune.startSubscribed();
  const { bytes, audio } = await commune.tone(440);
  const { id } = await commune.broadcast(bytes, audio);
  await again.until("play.ended", (line) => line["id"] === id);
  expect(again.events("play.started")).toMatchObject([{ id }]);
});

test("a cancel that comes before its order keeps it silent, also over a restart; one without the right is refused then", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const first = await commune.startSubscribed();
  const { bytes, audio } = await commune.tone(440);
  await commune.publishChunks(bytes);
  const withheld = commune.order(audio);
  const kept = commune.order(audio);
  const cancel = await publishCancel(commune, [withheld], {}, commune.issuer);
  const stranger = anOfficial(commune, "Ai Đó", {
    subject: { issuer: "ubnd.khac" },
    areas: ["xa-khac", "xa-hoa-binh"],
  });
  const extreme = { ...EMERGENCY, severity: 2 } as const;
  const emergency = commune.order(audio, extreme);
  const foreign = await publishCancel(commune, [emergency], extreme, stranger);
  await overheard.untilReceipt(foreign.id, "accepted");
  await first.until("order.accepted", (line) => line["id"] === cancel.id);
  await first.end("SIGKILL");

  const agent = await commune.startSubscribed();
  await commune.publishOrder(withheld);
  await commune.publishOrder(emergency);
  await commune.publishOrder(kept);
  await agent.until("play.ended", (line) => line["id"] === emergency.id);
  await agent.until("play.ended", (line) => line["id"] === kept.id);
  expect(agent.events("play.started").map((line) => line["id"])).toEqual([emergency.id, kept.id]);
  await untilState(commune, withheld, "cancelled");
  expect(await overheard.untilReceipt(foreign.id, "refused")).toMatchObject({ code: "scope-use" });
  expect(commune.rows("SELECT * FROM withdrawals")).toEqual([]);
  const refused = commune.records().filter(({ kind }) => kind === "refused");
  expect(refused).toMatchObject([{ itemId: foreign.id, code: "scope-use" }]);
});

test("an update takes the place of what it replaces, and of what has not come", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const old = await commune.item([{ seconds: 6, noiseSeed: 7 }]);
  const better = await commune.item([{ seconds: 1, noiseSeed: 8 }]);
  const replaced = await publishSpoken(commune, old, {});
  await framesHeard(commune, "z1", testRateHz);
  const unknown = commune.order(old.audio);
  const update = await publishUpdate(commune, better, [replaced, unknown]);
  await agent.until("play.ended", (line) => line["id"] === update.id);

  const { before, isWhole } = splitAtLastPlay(await commune.heard(), better.samples);
  expect(isWhole).toBe(true);
  const { frames } = contentFrames(before);
  expect(frames).toBeGreaterThan(0.9 * testRateHz);
  expect(frames).toBeLessThan(4 * testRateHz);
  await commune.publishOrder(unknown);
  await agent.until("order.cancelled", (line) => line["id"] === unknown.id);
  for (const item of [replaced, unknown]) await untilState(commune, item, "cancelled");
  await untilState(commune, update, "done");
  expect(agent.events("play.started").map((line) => line["id"])).toEqual([replaced.id, update.id]);
  const told = commune.records().filter(({ kind, zone }) => kind === "cancelled" && zone === undefined);
  expect(told).toMatchObject([
    { itemId: replaced.id, code: "update" },
    { itemId: unknown.id, code: "update" },
  ]);
});
