import { expect, test } from "vitest";
import { loadAuthority } from "../../src/desk/authority.ts";
import { type Desk, openDesk } from "../../src/desk/desk.ts";
import { Keyring } from "../../src/desk/keyring.ts";
import { planRotation, publishRotation } from "../../src/desk/rotation.ts";
import { withServicePassphrase } from "../../src/desk/service-passphrase.ts";
import type { OutboundMessage } from "../../src/domain/ports.ts";
import { rootTopic } from "../../src/wire/topics.ts";
import { always, TEST_KEY_COST } from "../fakes/passphrases.ts";
import { ISSUER, thisMoment } from "./support/desk.ts";
import { until } from "./support/link.ts";
import { untilState } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const [BEFORE_HZ, FORMER_HZ, AFTER_HZ] = [440, 1_320, 880];

/** The desk's folder as the next command finds it. */
function reopened({ bench }: Station): Desk {
  const desk = openDesk(bench.folder, Date.now(), always());
  return { ...desk, keys: new Keyring(withServicePassphrase(always(), desk.folder.servicePassphrase), TEST_KEY_COST) };
}

/** Rotates as `loa desk rotate` does; what it would publish is for the test to send, in what order it likes. */
async function rotated(commune: Station, add: string, remove: string): Promise<OutboundMessage[]> {
  const desk = reopened(commune);
  const said: OutboundMessage[] = [];
  const link = {
    publish: async (message: OutboundMessage) => {
      said.push(message);
      return { kind: "acknowledged" } as const;
    },
  };
  await publishRotation(
    desk,
    await planRotation(desk, { add: [add], remove: [remove] }, thisMoment()),
    link,
    thisMoment(),
  );
  desk.close();
  return said;
}

test("roots follow one another in whatever order they come, and what was accepted before them still sounds", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const before = await commune.tone(BEFORE_HZ);
  const accepted = commune.order(before.audio);
  await commune.publishOrder(accepted);
  await untilState(commune, accepted, "fetching");

  const second = await rotated(commune, "holder-2", "holder-1");
  const third = await rotated(commune, "holder-3", "holder-2");
  for (const { topic, payload } of third) await commune.publish(topic, payload);
  await agent.until("message.refused", ({ topic }) => topic === rootTopic(3));
  expect(agent.events("trust.accepted")).toEqual([]);
  for (const { topic, payload } of second) if (topic === rootTopic(2)) await commune.publish(topic, payload);
  await agent.until("trust.accepted", ({ sequence }) => sequence === 3);
  expect(agent.events("trust.accepted").map(({ sequence }) => sequence)).toEqual([2, 3]);
  await until(() => overheard.births().at(-1)?.rootVersion === 3, "a birth that tells of root 3");

  // The former root's word is no good any more; the same key under the new one's is.
  const former = await commune.tone(FORMER_HZ);
  await commune.broadcast(former.bytes, former.audio);
  const after = await commune.tone(AFTER_HZ);
  await commune.publishChunks(after.bytes);
  const order = commune.order(after.audio);
  await commune.publishOrder(order, commune.signed(order, await loadAuthority(reopened(commune), ISSUER, "broadcast")));
  await agent.until("play.ended", ({ id }) => id === order.id);
  await commune.publishChunks(before.bytes);
  await agent.until("play.ended", ({ id }) => id === accepted.id);
  expect(stretches(await commune.heard(), [BEFORE_HZ, FORMER_HZ, AFTER_HZ]).map(({ toneHz }) => toneHz)).toEqual([
    AFTER_HZ,
    BEFORE_HZ,
  ]);
  const changes = () => commune.records().filter(({ kind, code }) => kind === "config" && code === "root");
  expect(changes()).toHaveLength(2);

  // The folder brings the first root, the database has the third.
  expect(await agent.end()).toMatchObject({ code: 0 });
  const again = await commune.startAgent();
  await until(() => overheard.births().filter(({ rootVersion }) => rootVersion === 3).length > 1, "another birth");
  expect(again.events("trust.accepted")).toEqual([]);
  expect(changes()).toHaveLength(2);
});
