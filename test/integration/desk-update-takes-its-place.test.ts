import path from "node:path";
import { expect, test } from "vitest";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { contentFrames, toneShare } from "../rig/listen.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { loa } from "./support/cli.ts";
import { BULLETIN, COMMUNE, ISSUER } from "./support/desk.ts";
import { until } from "./support/link.ts";
import { keyOf, untilState } from "./support/orders.ts";
import { type Station, station } from "./support/station.ts";

const BETTER_HZ = 880;

function office({ bench }: Station) {
  const command = async (...words: readonly string[]) => {
    const { code, stdout } = await loa("desk", ...words, "--desk", bench.folder, "--json");
    return { code, said: JSON.parse(stdout) };
  };
  const done = async (...words: readonly string[]) => {
    const ran = await command(...words);
    expect(ran, words.join(" ")).toMatchObject({ code: 0 });
    return ran.said;
  };
  const speak = (...words: readonly string[]) =>
    done("broadcast", "--issuer", ISSUER, "--to", COMMUNE, "--title", "Bản tin chiều", "--audio", BULLETIN, ...words);
  return { command, done, speak };
}

test("what is on air falls silent, and its update is heard in its place", async () => {
  const commune = await station();
  const { command, done, speak } = office(commune);
  const agent = await commune.startSubscribed();
  const original = await speak("--repeat", "2", "--text", "Nội dung cũ");
  await agent.until("play.started", ({ id }) => id === original.id);
  await commune.tone(BETTER_HZ, 1);
  const audio = ["--audio", path.join(commune.folder, `${BETTER_HZ}.wav`)];

  const dry = await loa("desk", "update", original.id, ...audio, "--dry-run", "--desk", commune.bench.folder);
  expect(dry.stdout).toMatch(/^Bản tin chiều [\s\S]*in the place of [0-9A-Z]{26}[\s\S]*z1\n[\s\S]*Nothing was sent/);
  expect(agent.events("play.ended")).toEqual([]);

  const update = await done("update", original.id, ...audio, "--repeat", "1");
  expect(update).toMatchObject({
    ...{ sent: true, replaces: [original.id], title: "Bản tin chiều", issuer: ISSUER, repeat: 1 },
    ...{ expiresAt: original.expiresAt, topics: [broadcastTopic(COMMUNE, false, update.id)] },
  });
  await agent.until("play.ended", (line) => line["id"] === original.id && line["outcome"] === "cancelled");
  await agent.until("play.ended", (line) => line["id"] === update.id && line["outcome"] === "played");
  await untilState(commune, keyOf({ issuer: ISSUER, id: original.id }), "cancelled");
  const heard = await commune.heard();
  const { toFrame } = contentFrames(heard);
  // Half a second from the middle of it: Opus is no copy, least of all at the ends.
  const share = toneShare(heard, toFrame - 0.8 * testRateHz, 0.5 * testRateHz, testRateHz, BETTER_HZ);
  expect(share).toBeGreaterThan(0.95);
  expect(agent.events("play.started").map(({ id }) => id)).toEqual([original.id, update.id]);

  const verdict = async (id: string) => (await done("coverage", id)).gateways[0].zones[0].verdict;
  await until(() => commune.archived().some(({ kind, itemId }) => kind === "played" && itemId === update.id), "proof");
  expect([await verdict(original.id), await verdict(update.id)]).toEqual(["cancelled", "played"]);
  expect(commune.desk.audit.read().entries.at(-1)).toMatchObject({
    ...{ act: "update", subject: original.id, holders: [ISSUER], detail: `${update.id} Bản tin chiều` },
  });
  // Gone from the broker too; and nobody replaces it twice, or both would be heard.
  expect(commune.desk.database.retained.activeTopics(0)).not.toContain(broadcastTopic(COMMUNE, false, original.id));
  expect(await command("update", original.id, ...audio)).toMatchObject({ code: 8 });
});

test("what is left out stays; an update outlives what it replaces, and travels with emergencies where that was one", async () => {
  const commune = await station({ withServer: false });
  const { command, done, speak } = office(commune);
  const words = [
    "--at",
    "2099-01-02T05:30",
    "--expires-in",
    "1h",
    "--text",
    "Nội dung",
    "--gap",
    "30s",
    "--repeat",
    "3",
  ];
  const life = await command(
    "broadcast",
    "--issuer",
    ISSUER,
    "--to",
    COMMUNE,
    "--title",
    "x",
    "--audio",
    BULLETIN,
    ...words,
  );
  expect(life).toMatchObject({ code: 8 });
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  const original = await speak(...words.with(1, `${inTwoDays}T05:30`));
  const renamed = await done("update", original.id, "--title", "Tên mới", "--dry-run");
  const { plan, repeat, gapSeconds, audio, expiresAt, audience } = original;
  expect(renamed).toMatchObject({
    title: "Tên mới",
    plan,
    repeat,
    gapSeconds,
    audio,
    expiresAt,
    audience,
    sent: false,
  });

  const shorter = await command("update", original.id, "--at", `${inTwoDays}T05:00`, "--expires-in", "1h");
  expect(shorter).toMatchObject({ code: 8, said: { error: { message: expect.stringContaining("would end before") } } });
  expect(await command("update", "01JD3W9K2M4N6P8Q0R1S2T3V4W")).toMatchObject({ code: 8 });
  expect(await command("update", original.id, "--severity", "2")).toMatchObject({ code: 2 });

  // The sound has to live as long as the update does: the broker gets it once more.
  const longer = await done("update", original.id, "--expires-in", "2h");
  const chunk = commune.desk.database.retained.find(`loa/1/audio/${audio.hash}/0`);
  expect(chunk?.expiresAt).toBe(longer.expiresAt);
  expect(longer.expiresAt).toBe(original.expiresAt + 3_600);

  const flood = await speak("--class", "emergency", "--severity", "3");
  await done("issuer", "ubnd.khac", "--areas", COMMUNE, "--class-max", "emergency", "--severity-max", "1");
  const foreign = await command("update", flood.id, "--issuer", "ubnd.khac");
  expect(foreign).toMatchObject({ code: 8, said: { error: { message: expect.stringContaining("(scope-use)") } } });
  const worse = await done("update", flood.id, "--severity", "2");
  expect(worse).toMatchObject({ class: "emergency", severity: 2 });
  const calm = await done("update", worse.id, "--class", "priority");
  expect(calm).toMatchObject({ class: "priority", topics: [broadcastTopic(COMMUNE, true, calm.id)] });
  // And with it goes what it stands for: a cancel finds it there.
  await done("cancel", calm.id);
  expect(commune.desk.database.retained.find(broadcastTopic(COMMUNE, true, calm.id))?.payload).toHaveLength(0);
});
