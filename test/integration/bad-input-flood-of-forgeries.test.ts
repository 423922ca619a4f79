import { expect, test } from "vitest";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { COMMUNE } from "./support/desk.ts";
import { withChangedWords } from "./support/forgery.ts";
import { publishSpoken } from "./support/orders.ts";
import { overhear } from "./support/overhear.ts";
import { station } from "./support/station.ts";

const FORGERIES = 300;

test("forgeries under an official's name raise an alarm, and shut neither his emergency nor his bulletin up", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const bad = await commune.tone(1_320);
  const good = await commune.tone(440);
  await commune.publishChunks(bad.bytes);
  await commune.publishChunks(good.bytes);
  const forgeries = Array.from({ length: FORGERIES }, () => {
    const order = commune.order(bad.audio, { title: "Thật" });
    const forged = withChangedWords(commune.signed(order), (text) => text.replace("Thật", "Giả!"));
    return commune.publish(broadcastTopic(COMMUNE, false, order.id), forged, false);
  });
  await agent.until("alarm.raised", ({ code }) => code === "signature-flood");
  const bulletin = await publishSpoken(commune, good, {});
  const emergency = await publishSpoken(commune, good, { class: "emergency", severity: 2 });
  await Promise.all(forgeries);
  await agent.until("play.ended", ({ id }) => id === emergency.id);
  await agent.until("play.ended", ({ id }) => id === bulletin.id);
  await overheard.untilAlarm("signature-flood", "raised");
  expect(
    agent
      .events("order.accepted")
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([emergency.id, bulletin.id].toSorted());
  expect(agent.events("message.refused")).toHaveLength(1);
  expect(agent.events("link.down")).toEqual([]);
  expect(await agent.end()).toMatchObject({ code: 0 });
});
