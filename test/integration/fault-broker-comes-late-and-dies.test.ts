import { expect, test } from "vitest";
import { cutIntoChunks } from "../../src/desk/chunks.ts";
import { chunkTopic } from "../../src/wire/topics.ts";
import { testRateHz } from "../rig/test-audio.ts";
import { framesHeard, splitAtLastPlay } from "./support/hearing.ts";
import { PATIENCE_MS, until } from "./support/link.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";

const played = (commune: Station) => commune.archived().filter(({ kind }) => kind === "played");

test("without a broker a stored bulletin is played all the same, and told when the broker comes", async () => {
  const commune = await station();
  const { broker } = commune.bench;
  const { bytes, audio, samples } = await commune.item([{ seconds: 1.5, noiseSeed: 21 }]);
  commune.card().setFault("gone"); // stored, and not yet heard
  const first = await commune.startAgent();
  const { id } = await commune.broadcast(bytes, audio);
  await first.until("play.failed");
  expect(await first.end()).toEqual({ code: 0, signal: null });
  await broker.stop();
  commune.card().setFault(undefined);

  const agent = await commune.startAgent({ untilConnected: false });
  await agent.until("agent.started");
  await agent.until("link.failed", ({ clientId, loss }) => clientId === GATEWAY && loss === "unreachable");
  await agent.until("play.ended", (line) => line["id"] === id);
  expect(splitAtLastPlay(await commune.heard(), samples)).toEqual({ before: new Int16Array(), isWhole: true });
  expect((await agent.status()).links).toMatchObject({ control: { connected: false }, media: { connected: false } });
  expect(agent.events("link.up")).toEqual([]);
  expect(played(commune)).toEqual([]);

  await broker.start();
  await agent.until("link.up", ({ clientId }) => clientId === GATEWAY);
  await until(() => played(commune).length === 1, "the record at the desk");
  expect(played(commune)).toMatchObject([{ itemId: id, framesPlayed: samples.length, framesExact: true }]);
  expect(commune.rows("SELECT state FROM broadcasts")).toEqual([{ state: "done" }]);
});

test("a broker killed in the middle of a fetch and of a play costs no chunk, no frame and no record", async () => {
  const commune = await station();
  const { broker } = commune.bench;
  const { bytes, audio, samples } = await commune.item([{ seconds: 3, noiseSeed: 22 }]);
  const chunks = cutIntoChunks(bytes);
  const agent = await commune.startAgent();

  // Half of the file, so that the fetch is under way for as long as it takes.
  await commune.publishChunks(bytes, [0, 1, 2, 3]);
  const order = commune.order(audio);
  await commune.publishOrder(order);
  const have = async () => (await agent.status()).queue[0]?.chunks.have;
  await expect.poll(have, { timeout: PATIENCE_MS }).toBe(4);
  await broker.kill();
  // The one connection that surely stands: the other may still be waiting out its back-off when this one has the audio.
  const mediaLosses = () => agent.events("link.down").filter(({ clientId }) => clientId === `${GATEWAY}-media`);
  await agent.until("link.down", () => mediaLosses().length === 1);

  // The desk wants the whole file at the broker, and the broker comes back with nothing.
  for (const [n, payload] of chunks.entries()) {
    commune.desk.database.retained.put({ topic: chunkTopic(audio.hash, n), payload, expiresAt: order.expiresAt });
  }
  const askedBefore = agent.events("audio.fetching").length;
  await broker.start();
  await agent.until("play.started");
  const askedAfter = agent.events("audio.fetching").slice(askedBefore);
  expect(askedAfter[0]).toMatchObject({ chunks: chunks.length - 4 });

  await framesHeard(commune, "z1", testRateHz);
  await broker.kill();
  await agent.until("link.down", () => mediaLosses().length === 2);
  const ended = await agent.until("play.ended");
  expect(ended).toMatchObject({ outcome: "played", framesPlayed: samples.length, framesExact: true });
  expect(splitAtLastPlay(await commune.heard(), samples)).toEqual({ before: new Int16Array(), isWhole: true });
  expect(played(commune)).toEqual([]);

  await broker.start();
  await until(() => played(commune).length === 1, "the record at the desk");
  expect(played(commune)).toMatchObject([{ itemId: order.id, play: 1, framesPlayed: samples.length }]);
  expect(commune.rows("SELECT state FROM broadcasts")).toEqual([{ state: "done" }]);
});
