import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SystemChance } from "../../src/adapters/chance.ts";
import { SystemClock } from "../../src/adapters/system-clock.ts";
import { SystemTimers } from "../../src/adapters/timers.ts";
import { readEnrolment } from "../../src/config/enrolment.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { verifyDown } from "../../src/core/verify.ts";
import { prepareAudio } from "../../src/desk/audio.ts";
import { type PlannedBroadcast, planBroadcast, publishBroadcast } from "../../src/desk/broadcast.ts";
import type { Desk } from "../../src/desk/desk.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { Herald } from "../../src/desk/herald.ts";
import { connectOnce, passingLink } from "../../src/desk/link.ts";
import { chunkCount } from "../../src/domain/broadcast.ts";
import { isAgentFailure } from "../../src/domain/failure.ts";
import type { OutboundMessage, PublishOutcome } from "../../src/domain/ports.ts";
import { openDown, openPlacement, openRoot } from "../../src/wire/envelope.ts";
import { broadcastFilter, chunkTopic, emergencyFilter, parseDownTopic } from "../../src/wire/topics.ts";
import { FakeLog } from "../fakes/log.ts";
import { aSite } from "../fixtures/desk-access.ts";
import {
  BULLETIN,
  COMMUNE,
  deskBench,
  enrolScripted,
  ISSUER,
  makeIssuer,
  onlooker,
  thisMoment,
} from "./support/desk.ts";
import { PATIENCE_MS, until } from "./support/link.ts";

const bulletin = {
  issuer: ISSUER,
  audioPath: BULLETIN,
  class: "routine",
  severity: 0,
  status: "actual",
  to: [COMMUNE],
  tags: [],
  title: "Bản tin chiều",
  language: "vi",
  expiresInSeconds: 7_200,
} as const;

async function send(
  desk: Desk,
  planned: PlannedBroadcast,
  onProgress?: (sent: number, total: number) => void,
): Promise<void> {
  const log = new FakeLog();
  const timers = new SystemTimers(log);
  const ports = { clock: new SystemClock("assumed", timers, log), timers, chance: new SystemChance(), log };
  const link = passingLink(desk, "test", ports);
  try {
    await connectOnce(link, timers, desk.settings.broker, PATIENCE_MS);
    await publishBroadcast(desk, planned, link, thisMoment(), ({ sent, total }) => onProgress?.(sent, total));
  } finally {
    await link.stop();
  }
}

test("the envelope on the broker is one that the enrolled gateway accepts, and its chunks make the file", async () => {
  const { desk, broker } = await deskBench();
  await broker.start();
  await makeIssuer(desk);
  const gateway = await enrolScripted(desk);
  const progress: string[] = [];
  const planned = await planBroadcast(desk, bulletin, thisMoment());
  await send(desk, planned, (sent, total) => progress.push(`${sent}/${total}`));
  expect(planned.audience).toEqual([{ gateway: gateway.id, commune: COMMUNE, zones: ["z1"] }]);
  expect(progress.at(-1)).toBe(`${progress.length}/${progress.length}`);

  await gateway.client.subscribeAsync([emergencyFilter(COMMUNE), broadcastFilter(COMMUNE)], { qos: 1 });
  await until(() => gateway.received.size > 0, "the retained broadcast");
  const [[topicText, bytes] = []] = gateway.received;
  const topic = parseDownTopic(topicText ?? "");
  if (topic === undefined || bytes === undefined) throw new Error("nothing on a topic of ours");
  const opened = openDown(bytes, topic);
  const enrolment = readEnrolment(desk.folder.gateway(gateway.id));
  const root = openRoot(enrolment.rootEnvelope);
  const placement = openPlacement(enrolment.placementEnvelope);
  if (opened.kind === "refused" || root.kind === "refused" || placement.kind === "refused") throw new Error("refused");
  const verdict = verifyDown(opened.sealed, topic, {
    gateway: gateway.id,
    root: { root: root.sealed.payload, payloadHash: root.sealed.payloadHash },
    placement: placement.sealed.payload,
    policy: BUILT_IN_POLICY,
    revoked: [],
    clock: { state: "sync", nowMs: Date.now() },
    seen: () => undefined,
    original: () => undefined,
    lastAccepted: () => undefined,
    kept: () => ({ references: 0, controls: 0 }),
    active: () => ({ emergencies: 0, others: 0 }),
  });
  if (verdict.kind !== "accepted" || verdict.what !== "broadcast") throw new Error(JSON.stringify(verdict));
  expect(verdict.broadcast).toMatchObject({ id: planned.order.id, title: bulletin.title, plan: { kind: "now" } });

  const { audio } = verdict.broadcast;
  const topics = Array.from({ length: chunkCount(audio) }, (_, n) => chunkTopic(audio.hash, n));
  await gateway.client.subscribeAsync(topics, { qos: 1 });
  await until(() => topics.every((one) => gateway.received.has(one)), "every chunk");
  const chunks = topics.map((one) => gateway.received.get(one) ?? Buffer.alloc(0));
  const truncated = chunks.map((chunk) => createHash("sha256").update(chunk).digest().subarray(0, 16));
  expect(Buffer.concat(truncated).toString("base64url")).toBe(audio.chunkHashes);
  expect(createHash("sha256").update(Buffer.concat(chunks)).digest("base64url")).toBe(audio.hash);
});

test("what expires for the gateway expires at the broker", async () => {
  const { desk, broker } = await deskBench();
  await broker.start();
  await makeIssuer(desk);
  await enrolScripted(desk);
  await send(desk, await planBroadcast(desk, bulletin, thisMoment()));
  const seen = await onlooker(desk, ["loa/1/area/#", "loa/1/audio/+/0"]);
  await until(() => seen.size === 2, "the broadcast and its first chunk");
  for (const { expirySeconds } of seen.values()) {
    expect(expirySeconds).toBeGreaterThan(7_000);
    expect(expirySeconds).toBeLessThanOrEqual(7_200);
  }
});

test("what is due later lives from then on, and says how often and until when it may begin", async () => {
  const { desk, broker } = await deskBench();
  await broker.start();
  await makeIssuer(desk);
  await enrolScripted(desk);
  const moment = thisMoment();
  const at = Math.floor(moment.nowMs / 1000) + 36_000;
  const request = { ...bulletin, at, startWithinSeconds: 600, repeat: 3, gapSeconds: 120, onPreempt: "drop" } as const;
  const { order } = await planBroadcast(desk, request, moment);
  expect(order).toMatchObject({
    ...{ plan: { kind: "at", at, startWithinSeconds: 600 }, repeat: 3, gapSeconds: 120, onPreempt: "drop" },
    ...{ notBefore: at - 36_000, expiresAt: at + 7_200 },
  });
  await expect(planBroadcast(desk, { ...request, repeat: 11 }, moment)).rejects.toThrow(/repeat/);
});

function converted(name: string, args: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), "loa-audio-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, name);
  execFileSync("ffmpeg", ["-v", "error", "-i", BULLETIN, "-t", "3", ...args, file]);
  return file;
}

test.each([
  ["MP3", "a.mp3", ["-c:a", "libmp3lame"]],
  ["M4A", "a.m4a", ["-c:a", "aac"]],
  ["WAV in stereo", "a.wav", ["-ac", "2", "-ar", "44100"]],
  ["Ogg", "a.ogg", ["-c:a", "libopus"]],
  ["a file named like an option", "-i.mp3", ["-c:a", "libmp3lame"]],
])("%s becomes Opus, mono, of the same length, with its loudness", async (_what, name, args) => {
  const { file, bytes } = await prepareAudio(converted(name, args).replace("/-i", "/./-i"));
  // An encoder's own padding may add some 50 ms to MP3 and AAC.
  expect(Math.abs(file.durationMs - 3_000)).toBeLessThan(100);
  expect(file).toMatchObject({ mediaType: "audio/ogg", sizeBytes: bytes.byteLength });
  expect(file.loudnessCentiLufs).toBeGreaterThan(-3_500);
  expect(file.loudnessCentiLufs).toBeLessThan(-1_500);
  expect(file.truePeakCentiDb).toBeLessThan(300);
  const probe = ["-v", "error", "-show_entries", "stream=codec_name,channels", "-of", "csv=p=0", "-i", "pipe:0"];
  expect(execFileSync("ffprobe", probe, { input: bytes }).toString().trim()).toBe("opus,1");
});

test("the same file twice is the same file", async () => {
  const [first, second] = [await prepareAudio(BULLETIN), await prepareAudio(BULLETIN)];
  expect(second.file).toEqual(first.file);
});

test.each([
  ["text", "a.mp3", "no sound at all"],
  ["an empty file", "a.wav", ""],
  ["a playlist", "a.m3u8", "#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:9/a.ts\n"],
  ["a list of other files", "a.txt", `ffconcat version 1.0\nfile '${BULLETIN}'\n`],
])("%s is refused by name", async (_what, name, content) => {
  const folder = mkdtempSync(path.join(tmpdir(), "loa-audio-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, name), content);
  await expect(prepareAudio(path.join(folder, name))).rejects.toMatchObject({ code: "desk-invalid" });
});

test("what gateways would refuse is refused here, and nothing is recorded", async () => {
  const { desk, broker } = await deskBench();
  await broker.start();
  await makeIssuer(desk);
  await enrolScripted(desk);
  const plan = (changes: object) => planBroadcast(desk, { ...bulletin, ...changes }, thisMoment());
  const why = async (changes: object): Promise<string> => {
    try {
      await plan(changes);
      return "";
    } catch (error) {
      return isAgentFailure(error) ? `${error.code}: ${error.message}` : String(error);
    }
  };
  expect(await why({ class: "emergency", severity: 1 })).toContain("scope-class");
  expect(await why({ expiresInSeconds: 40 * 86_400 })).toContain("limit");
  expect(await why({ to: ["tinh-a"] })).toContain("scope-area");
  expect(await why({ to: ["xa-an-khe"] })).toContain("no gateway");
  expect(await why({ tags: ["market"] })).toContain("no gateway");
  expect(await why({ title: "two\nlines" })).toContain("title");
  expect(await why({ issuer: "operations" })).toContain("scope-use");
  expect(await why({ issuer: "nobody" })).toContain("nobody");
  const seen = await onlooker(desk, ["loa/1/area/#", "loa/1/audio/#"]);
  expect(seen.size).toBe(0);
});

test("a broker that is gone is told as such, and the broadcast is not kept for later", async () => {
  const { desk, broker } = await deskBench();
  await broker.start();
  await makeIssuer(desk);
  await enrolScripted(desk);
  const planned = await planBroadcast(desk, bulletin, thisMoment());
  await broker.stop();
  const late = publishBroadcast(desk, planned, { publish: async () => ({ kind: "disconnected" }) }, thisMoment());
  await expect(late).rejects.toMatchObject({ code: "link-failed" });
  const nowSeconds = Math.floor(Date.now() / 1000);
  const active = desk.database.retained.activeTopics(nowSeconds);
  expect(active.filter((topic) => topic.includes("/area/") || topic.includes("/audio/"))).toEqual([]);
  expect(desk.database.retained.expiredTopics(nowSeconds)).toEqual([]);
});

test("an order that got no answer is told as unsent, and removed from the broker if that has it all the same", async () => {
  const { desk } = await deskBench();
  await makeIssuer(desk);
  await enrolGateway(desk, aSite(), thisMoment());
  const planned = await planBroadcast(desk, bulletin, thisMoment());
  const publish = async ({ topic }: OutboundMessage) =>
    topic.includes("/audio/") ? ({ kind: "acknowledged" } as const) : ({ kind: "disconnected" } as const);
  await expect(publishBroadcast(desk, planned, { publish }, thisMoment())).rejects.toThrow(/was not sent/);
  const nowSeconds = Math.floor(Date.now() / 1000);
  expect(desk.database.retained.expiredTopics(nowSeconds)).toEqual(planned.messages.map(({ topic }) => topic));
});

test("an order is kept before the first of it goes out: whoever is killed then has sent it, and serve goes on", async () => {
  const { desk } = await deskBench();
  await makeIssuer(desk);
  await enrolGateway(desk, aSite(), thisMoment());
  const service = await makeIssuer(desk, {
    ...{ holder: "desk serve", classMax: "routine", severityMax: 0, uses: ["beacon", "index"] },
  });
  const planned = await planBroadcast(desk, bulletin, thisMoment());
  let isOut = false;
  const publish = ({ topic }: OutboundMessage): Promise<PublishOutcome> => {
    if (topic.includes("/audio/")) return Promise.resolve({ kind: "acknowledged" });
    isOut = true;
    return new Promise(() => {});
  };
  void publishBroadcast(desk, planned, { publish }, thisMoment());
  await until(() => isOut, "the order to go out");
  const { id } = planned.order;
  expect(desk.database.broadcasts.find(id)).toMatchObject({ state: "sent" });
  const active = desk.database.retained.activeTopics(Math.floor(Date.now() / 1000));
  const all = [...planned.chunks, ...planned.messages].map(({ topic }) => topic);
  expect(active.filter((topic) => all.includes(topic))).toEqual(all);
  const [topic = ""] = new Herald(desk.database, service, () => 1).indexes(thisMoment(), true);
  const address = { kind: "index", area: COMMUNE, issuer: ISSUER } as const;
  const opened = openDown(desk.database.retained.find(topic)?.payload ?? new Uint8Array(), address);
  expect(opened).toMatchObject({ sealed: { payload: { items: [{ id }] } } });
});

test("when some areas have it, serve brings it to the others", async () => {
  const { desk, broker } = await deskBench();
  await broker.start();
  await makeIssuer(desk, { areas: [COMMUNE, "thon-3"] });
  await enrolScripted(desk, { areas: [{ id: "thon-3", kind: "special" }] });
  const planned = await planBroadcast(desk, { ...bulletin, to: [COMMUNE, "thon-3"] }, thisMoment());
  expect(planned.messages).toHaveLength(2);
  let left = planned.chunks.length + 1;
  const publish = async () => {
    left -= 1;
    return left >= 0 ? ({ kind: "acknowledged" } as const) : ({ kind: "refused", reasonCode: 0x97 } as const);
  };
  await expect(publishBroadcast(desk, planned, { publish }, thisMoment())).rejects.toMatchObject({
    code: "link-failed",
  });
  const active = desk.database.retained.activeTopics(Math.floor(Date.now() / 1000));
  expect(active).toEqual(expect.arrayContaining(planned.messages.map(({ topic }) => topic)));
});
