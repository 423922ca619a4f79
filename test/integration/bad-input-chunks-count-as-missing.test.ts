import path from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { cutIntoChunks } from "../../src/desk/chunks.ts";
import { chunkTopic } from "../../src/wire/topics.ts";
import { until } from "./support/link.ts";
import { overhear } from "./support/overhear.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const POISONED_HZ = 440;
const PARTIAL_HZ = 660;
/** With its pause four chunks. */
const SECONDS = 1;
const FRAMES = 48_000;
/** As far over a chunk's size as the broker lets it come. */
const TOO_MANY_BYTES = 90_000;
const FLOOD = 100;

test("chunks that don't match or don't come are reported with their numbers, and the item is heard once they are right", async () => {
  const commune = await station();
  const { desk } = commune;
  const overheard = await overhear(commune);
  const poisoned = await commune.tone(POISONED_HZ, SECONDS);
  const partial = await commune.tone(PARTIAL_HZ, SECONDS);
  const agent = await commune.startSubscribed();

  const [good, wrong, long, huge] = cutIntoChunks(poisoned.bytes);
  if (!(good && wrong && long && huge)) throw new Error("expected four chunks");
  const poison = (n: number, bytes: Uint8Array) => commune.publish(chunkTopic(poisoned.audio.hash, n), bytes);
  await poison(0, good);
  const spoilt = wrong.map((byte) => byte ^ 1);
  await poison(1, spoilt);
  await poison(2, Buffer.concat([long, Buffer.of(0)]));
  await poison(3, Buffer.concat([huge, Buffer.alloc(TOO_MANY_BYTES)]));
  const poisonedOrder = commune.order(poisoned.audio);
  await commune.publishOrder(poisonedOrder);
  await agent.until("audio.mismatch", ({ n }) => n === 1);
  for (let n = 0; n < FLOOD; n += 1) await poison(1, spoilt);

  // The broker has lost all but one chunk of the other, and the desk still has them.
  await commune.publishChunks(partial.bytes, [1]);
  const partialOrder = commune.order(partial.audio);
  for (const [n, payload] of cutIntoChunks(partial.bytes).entries()) {
    desk.database.retained.putShared({
      topic: chunkTopic(partial.audio.hash, n),
      payload,
      expiresAt: partialOrder.expiresAt,
    });
  }
  await commune.publishOrder(partialOrder);

  expect(await overheard.untilReceipt(partialOrder.id, "fetching")).toMatchObject({
    ...{
      code: "chunks-missing",
      hash: partial.audio.hash,
      ranges: [
        [0, 0],
        [2, 3],
      ],
    },
  });
  expect(await commune.told("chunks-missing", { hash: partial.audio.hash })).toMatchObject({ missing: 3, resent: 3 });
  await agent.until("play.ended", ({ id }) => id === partialOrder.id);

  expect(await overheard.untilReceipt(poisonedOrder.id, "fetching")).toMatchObject({
    ...{ code: "chunks-missing", hash: poisoned.audio.hash, ranges: [[1, 3]] },
  });
  const mismatched = agent.events("audio.mismatch");
  expect(new Set(mismatched.map(({ hash, n }) => `${hash} ${n}`))).toEqual(
    new Set([1, 2, 3].map((n) => `${poisoned.audio.hash} ${n}`)),
  );
  expect(mismatched.length, "whoever can publish can't fill the log").toBeLessThan(FLOOD);
  expect(
    agent
      .events("audio.missing")
      .map(({ hash }) => hash)
      .toSorted(),
  ).toEqual([partial.audio.hash, poisoned.audio.hash].toSorted());
  expect(agent.events("play.started").map(({ id }) => id)).toEqual([partialOrder.id]);
  const states = () =>
    commune.rows<{ state: string }>("SELECT state FROM broadcasts ORDER BY item").map(({ state }) => state);
  await until(() => states()[1] === "done", "the end of the item that was complete");
  expect(states()).toEqual(["fetching", "done"]);

  await commune.publishChunks(poisoned.bytes, [1, 2, 3]);
  await agent.until("play.ended", ({ id }) => id === poisonedOrder.id);
  expect(await agent.end()).toMatchObject({ code: 0 });

  expect(storedChunks(commune, poisoned.audio.hash)).toEqual(
    cutIntoChunks(poisoned.bytes).map((chunk) => Buffer.from(chunk)),
  );
  expect(commune.rows("SELECT state, code FROM broadcasts")).toEqual([
    { state: "done", code: null },
    { state: "done", code: null },
  ]);
  for (const event of ["order.refused", "message.refused", "alarm.raised", "play.failed", "link.down"]) {
    expect(agent.events(event), event).toEqual([]);
  }
  for (const { id } of [partialOrder, poisonedOrder]) {
    const kinds = commune
      .records()
      .filter(({ itemId }) => itemId === id)
      .map(({ kind }) => kind);
    expect(kinds).toEqual(["received", "played"]);
  }
  expect(stretches(await commune.heard(), [POISONED_HZ, PARTIAL_HZ])).toEqual([
    { toneHz: PARTIAL_HZ, frames: FRAMES },
    { toneHz: POISONED_HZ, frames: FRAMES },
  ]);
});

function storedChunks({ dataDirectory }: Station, hash: string): Buffer[] {
  const database = new Database(path.join(dataDirectory, "audio.db"), { readonly: true, fileMustExist: true });
  try {
    const chunks = database.prepare<[string], { bytes: Buffer }>(
      "SELECT bytes FROM files JOIN chunks ON chunk / 65536 = id WHERE hash = ? ORDER BY chunk",
    );
    return chunks.all(hash).map(({ bytes }) => bytes);
  } finally {
    database.close();
  }
}
