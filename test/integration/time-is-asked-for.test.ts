import { afterEach, expect, test, vi } from "vitest";
import { commonMembers } from "../../src/desk/moment.ts";
import { timeTopic } from "../../src/wire/topics.ts";
import { fakeChrony, UNSYNCHRONISED } from "./support/chrony.ts";
import { thisMoment } from "./support/desk.ts";
import { withoutTones } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const GOOD_HZ = 440;
const BAD_HZ = 1_320;
const FRAMES = 24_000;
const UNKNOWN = { clock: { source: "chrony" } };
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

afterEach(() => void vi.useRealTimers());

test("a box without a clock asks, believes the signed answer, and plays by it", async () => {
  const commune = await station({ config: UNKNOWN });
  const chrony = fakeChrony(commune);
  chrony.answers(UNSYNCHRONISED);
  const agent = await commune.startAgent({ environment: chrony.environment });
  await commune.told("time-told", { gateway: GATEWAY });
  const { nowMs, errorMs } = await agent.until("time.answered");
  expect(Math.abs(Number(nowMs) - Date.now())).toBeLessThan(60_000);
  expect(Number(errorMs)).toBeLessThanOrEqual(5_000);
  const { bytes, audio } = await commune.tone(GOOD_HZ);
  const { id } = await commune.broadcast(bytes, audio);
  await agent.until("play.ended", (line) => line["id"] === id);
  await agent.until("evidence.acknowledged");
  expect(agent.events("clock.changed").map(({ state }) => state)).toEqual(["floor", "hold"]);
  const plays = commune.records().filter(({ kind }) => kind === "played");
  expect(plays).toMatchObject([{ itemId: id, clock: "hold" }]);
  expect(stretches(await commune.heard(), [GOOD_HZ])).toEqual([{ toneHz: GOOD_HZ, frames: FRAMES }]);
});

test("a box whose wall clock is a day ahead dates plays by the answer, and a gap of 1 s lasts 1 s", async () => {
  // In this process, the office, it is yesterday.
  vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true, now: Date.now() - DAY_MS });
  const commune = await station({ config: UNKNOWN });
  const chrony = fakeChrony(commune);
  chrony.answers(UNSYNCHRONISED);
  const agent = await commune.startAgent({ environment: chrony.environment });
  await commune.told("time-told", { gateway: GATEWAY });
  await agent.until("time.answered");
  const { bytes, audio } = await commune.tone(GOOD_HZ);
  const { id, issuedAt } = await commune.broadcast(bytes, audio, { repeat: 2, gapSeconds: 1 });
  await agent.until("play.ended", (line) => line["id"] === id && line["play"] === 2);

  const plays = commune.records().filter(({ kind }) => kind === "played");
  expect(plays).toHaveLength(2);
  const [first, second] = plays;
  const isNow = (ms: number) => Math.abs(ms - issuedAt * 1_000) < 60_000;
  const told = plays.flatMap(({ startedAtMs = 0, endedAtMs = 0 }) => [startedAtMs, endedAtMs]);
  expect(told.map(isNow)).toEqual([true, true, true, true]);
  expect((first?.endedAtMs ?? 0) - (first?.startedAtMs ?? 0)).toBeGreaterThan(490);
  expect((second?.startedAtMs ?? 0) - (first?.endedAtMs ?? 0)).toBeLessThan(10_000);
  const lastPlay = (await agent.status()).zones[0]?.lastPlay;
  expect(isNow(lastPlay?.endedAtMs ?? 0)).toBe(true);
});

test("what nobody asked, or who may not say it, makes no time", async () => {
  const commune = await station({ tellsTime: false, config: UNKNOWN });
  const chrony = fakeChrony(commune);
  chrony.answers(UNSYNCHRONISED);
  const queries: string[] = [];
  let isAnswered = false;
  commune.client.on("message", (topic, payload) => {
    if (!topic.endsWith("/up/time-query")) return;
    const { payload: body } = JSON.parse(payload.toString());
    const { nonce } = JSON.parse(Buffer.from(body, "base64url").toString());
    queries.push(nonce);
    if (isAnswered) void say(commune, nonce, Date.now());
  });
  await commune.client.subscribeAsync(`loa/1/gateway/${GATEWAY}/up/time-query`);
  const agent = await commune.startAgent({ environment: chrony.environment });
  await until(() => queries.length > 0, "the question");
  const nonce = queries[0] ?? "";

  await say(commune, "A".repeat(22), Date.now());
  await agent.until("time.ignored", ({ reason }) => reason === "not-asked");
  await say(commune, nonce, Date.now(), commune.issuer);
  await agent.until("order.refused", ({ code }) => code === "scope-use");
  // A time at which its own keys did not hold yet.
  await say(commune, nonce, Date.now() - YEAR_MS);
  await agent.until("order.refused", ({ code }) => code === "key-expired");
  const { bytes, audio } = await commune.tone(BAD_HZ);
  const bulletin = await commune.broadcast(bytes, audio);
  await agent.until("audio.ready");
  const reasons = () => commune.rows("SELECT reason FROM decisions WHERE id = ?", bulletin.id);
  await until(() => reasons().length > 0, "a decision");
  expect(reasons()).toEqual([{ reason: "waits-clock" }]);
  expect(agent.events("clock.changed").map(({ state }) => state)).toEqual(["floor"]);
  expect(stretches(withoutTones(await commune.heard()), [])).toEqual([]);

  isAnswered = true;
  await say(commune, queries.at(-1) ?? "", Date.now());
  await agent.until("play.ended", ({ id }) => id === bulletin.id);
  expect(stretches(await commune.heard(), [BAD_HZ])).toEqual([{ toneHz: BAD_HZ, frames: FRAMES }]);
});

async function say(commune: Station, nonce: string, nowMs: number, by = commune.desk.service): Promise<void> {
  const { issuer, level } = by.delegation.subject;
  const common = commonMembers(thisMoment(), { issuer, level, sequence: 0, seconds: 60 });
  const answer = { ...common, type: "time", gateway: GATEWAY, nonce, nowMs };
  await commune.publish(timeTopic(GATEWAY, nonce), commune.signed(answer, by), false);
}
