import { expect, test } from "vitest";
import { builtInMembers } from "../../src/desk/policy-members.ts";
import { planPolicy, publishPolicy } from "../../src/desk/root-document.ts";
import type { OutboundMessage } from "../../src/domain/ports.ts";
import { policyTopic } from "../../src/wire/topics.ts";
import { thisMoment } from "./support/desk.ts";
import { until } from "./support/link.ts";
import { overhear } from "./support/overhear.ts";
import { type Station, station } from "./support/station.ts";

async function publishRules(commune: Station, changes: object): Promise<number> {
  const { desk } = commune;
  const planned = await planPolicy(desk, { ...builtInMembers(), ...changes }, thisMoment());
  const link = {
    publish: async ({ topic, payload }: OutboundMessage) => {
      await commune.publish(topic, payload);
      return { kind: "acknowledged" } as const;
    },
  };
  await publishPolicy(desk, planned, link, thisMoment());
  return planned.document.sequence;
}

test("a signed policy rules from its commit on, also after a restart, and only within what code allows", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const agent = await commune.startSubscribed();
  const { bytes, audio } = await commune.tone(440);

  const repeats = { emergency: 9_999, priority: 10, routine: 1 };
  const sequence = await publishRules(commune, { repeats, emergencyPlayMs: 999_999_999 });
  await agent.until("trust.accepted", (line) => line["type"] === "policy");
  await until(() => overheard.births().at(-1)?.policySequence === sequence, "a birth that tells of the policy");
  const often = await commune.broadcast(bytes, audio, { repeat: 2 });
  expect(await overheard.untilReceipt(often.id, "refused")).toMatchObject({ code: "limit" });
  expect(await agent.end()).toMatchObject({ code: 0 });

  const again = await commune.startSubscribed();
  await until(
    () => overheard.births().filter((birth) => birth.policySequence === sequence).length > 1,
    "a second birth",
  );
  const stillOften = await commune.broadcast(bytes, audio, { repeat: 2 });
  expect(await overheard.untilReceipt(stillOften.id, "refused")).toMatchObject({ code: "limit" });
  const once = await commune.broadcast(bytes, audio);
  await again.until("play.ended", ({ id }) => id === once.id);

  // An older one is stale, though it is well signed: nobody brings back rules that were replaced.
  const older = commune.rows<{ envelope: Buffer }>("SELECT envelope FROM trust WHERE type = 'policy'")[0]?.envelope;
  await publishRules(commune, { repeats: { routine: 5 } });
  await again.until("trust.accepted", (line) => line["type"] === "policy");
  await commune.publish(policyTopic(), older ?? "");
  await again.until("order.refused", ({ code }) => code === "stale");
  const twice = await commune.broadcast(bytes, audio, { repeat: 2 });
  await again.until("order.accepted", ({ id }) => id === twice.id);
});
