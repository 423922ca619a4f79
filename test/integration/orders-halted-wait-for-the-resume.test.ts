import { expect, test } from "vitest";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, lastHeardAtMs } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { anOfficial, publishControl, publishSpoken, untilState } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { station } from "./support/station.ts";

/** From the acceptance: fade, commit, and what a busy machine adds. */
const SILENT_WITHIN_MS = 700;

test("a halt silences what is no emergency, over a restart, until the resume lets it go on", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const official = anOfficial(commune, "An");
  const first = await commune.startSubscribed();
  const item = await commune.item([{ seconds: 7, noiseSeed: 11 }]);
  const bulletin = await publishSpoken(commune, item, {}, official);
  await framesHeard(commune, "z1", 4.5 * testRateHz);
  const halt = await publishControl(commune, { op: "halt" }, official);
  const { time } = await first.until("control.accepted", (line) => line["id"] === halt.id);
  await first.until("play.ended", (line) => line["id"] === bulletin.id);
  expect(await lastHeardAtMs(commune, "z1")).toBeLessThan(Date.parse(time) + SILENT_WITHIN_MS);
  await overheard.untilReceipt(halt.id, "accepted");
  await first.end("SIGKILL");

  const agent = await commune.startSubscribed();
  expect((await agent.status()).halts).toMatchObject([{ id: halt.id, op: "halt", zones: ["z1"] }]);
  const alarm = await commune.tone(880);
  const emergency = await publishSpoken(commune, alarm, { class: "emergency", severity: 2 }, official);
  await agent.until("play.ended", (line) => line["id"] === emergency.id);
  expect(agent.events("play.started").map((line) => line["id"])).toEqual([emergency.id]);
  expect(commune.rows("SELECT reason FROM decisions WHERE id = ? AND reason = 'halted'", bulletin.id)).not.toEqual([]);

  await publishControl(commune, { op: "resume" }, official);
  await agent.until("play.ended", (line) => line["id"] === bulletin.id);
  expect((await agent.status()).halts).toBeUndefined();
  const plays = commune.rows<{ outcome: string; code: string | null; offsetMs: number; savedOffsetMs: number }>(
    "SELECT outcome, code, offsetMs, savedOffsetMs FROM plays WHERE id = ? ORDER BY play",
    bulletin.id,
  );
  expect(plays).toMatchObject([
    { outcome: "preempted", code: "halted", offsetMs: 0 },
    { outcome: "played", code: null, offsetMs: (plays[0]?.savedOffsetMs ?? 0) - 3_000 },
  ]);
  await until(
    () => commune.archived().filter(({ play }) => play !== undefined).length === 3,
    "the records of the plays",
  );
  const kinds = commune.archived().filter(({ itemId, play }) => itemId === bulletin.id && play !== undefined);
  expect(kinds.map(({ kind, code }) => [kind, code])).toEqual([
    ["preempted", "halted"],
    ["played", undefined],
  ]);
});

test("one signer holds alone what it took two to order; a stranger and an op not built yet are refused", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const [an, binh] = [anOfficial(commune, "An"), anOfficial(commune, "Bình")];
  const agent = await commune.startSubscribed();
  const item = await commune.item([{ seconds: 6, noiseSeed: 12 }]);
  const flood = await publishSpoken(commune, item, { class: "emergency", severity: 1 }, an, binh);
  await framesHeard(commune, "z1", testRateHz / 2);

  const stranger = await publishControl(commune, { op: "hold", item: flood }, anOfficial(commune, "Ai Đó"));
  expect(await overheard.untilReceipt(stranger.id, "refused")).toMatchObject({ code: "scope-use" });
  const unbuilt = await publishControl(commune, { op: "approve", item: flood }, an);
  expect(await overheard.untilReceipt(unbuilt.id, "refused")).toMatchObject({ code: "unsupported" });
  const quorum = await publishControl(commune, { op: "halt", item: flood }, an);
  expect(await overheard.untilReceipt(quorum.id, "pending")).toMatchObject({ code: "quorum" });

  await publishControl(commune, { op: "hold", item: flood }, an);
  await agent.until("play.ended", (line) => line["id"] === flood.id);
  await untilState(commune, flood, "preempted");
  await publishControl(commune, { op: "resume", item: flood }, binh);
  await agent.until("play.ended", (line) => line["id"] === flood.id && line["outcome"] === "played");
  await untilState(commune, flood, "done");
});
