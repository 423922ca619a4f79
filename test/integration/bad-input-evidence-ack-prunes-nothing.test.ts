import { expect, test } from "vitest";
import type { Authority } from "../../src/desk/authority.ts";
import { commonMembers, DAY_SECONDS } from "../../src/desk/moment.ts";
import type { EvidenceAck } from "../../src/domain/trust.ts";
import { evidenceAckTopic } from "../../src/wire/topics.ts";
import { thisMoment } from "./support/desk.ts";
import { overhear } from "./support/overhear.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const HZ = 440;
const FRAMES = 24_000;
const REPEATS = 20;
/** Of the records there are. */
const UP_TO = 2;

test("an acknowledgement of evidence that is not the centre's, or not of this chain, prunes nothing", async () => {
  const commune = await station({ withServer: false });
  const overheard = await overhear(commune);
  const item = await commune.tone(HZ);
  const agent = await commune.startAgent();
  // Nobody acknowledges anything, so all its records are still on its disk.
  const order = await commune.broadcast(item.bytes, item.audio);
  await agent.until("play.ended", ({ id }) => id === order.id);
  const before = commune.evidence();
  expect(before.map(({ kind }) => kind)).toEqual(["boot", "received", "played"]);

  const service = commune.desk.service;
  const say = acknowledging(commune);
  const byIssuer = await say(commune.issuer, {});
  const foreignEpoch = await say(service, { epoch: thisMoment().chance.ulid(Date.now()) });
  const forged = await say(service, {});
  await agent.until("alarm.raised", ({ code }) => code === "chain-fork");
  await overheard.untilAlarm("chain-fork", "raised");
  const old = await say(service, { sequence: foreignEpoch.sequence });
  for (let n = 0; n < REPEATS; n += 1) await commune.publish(evidenceAckTopic(GATEWAY), old.bytes, false);
  const last = await commune.broadcast(item.bytes, item.audio);
  await agent.until("play.ended", ({ id }) => id === last.id);

  const refused = agent.events("order.refused").map(({ id, code }) => ({ id, code }));
  expect(refused).toEqual([
    { id: byIssuer.id, code: "scope-use" },
    { id: old.id, code: "stale" },
  ]);
  for (const { id } of [byIssuer, foreignEpoch, forged, old]) expect(overheard.receipts(id)).toEqual([]);
  expect(agent.events("evidence.acknowledged")).toEqual([]);
  const after = commune.evidence();
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.slice(before.length).map(({ kind, code }) => code ?? kind)).toEqual([
    "chain-fork",
    "received",
    "played",
  ]);
  expect(stretches(await commune.heard(), [HZ])).toEqual([
    { toneHz: HZ, frames: FRAMES },
    { toneHz: HZ, frames: FRAMES },
  ]);

  // The centre itself is still believed: what it really holds may go.
  const [held] = commune.rows<{ hash: Buffer }>("SELECT hash FROM evidence WHERE q = ?", UP_TO);
  await say(service, { headHash: held?.hash.toString("base64url") ?? "" });
  await agent.until("evidence.acknowledged", ({ to }) => to === UP_TO);
  await agent.until("alarm.cleared", ({ code }) => code === "chain-fork");
  await overheard.untilAlarm("chain-fork", "cleared");
  expect(commune.evidence()[0]).toEqual(after[UP_TO]);
});

/** Publishes an acknowledgement of the first records, well bound and by a real key; its hash is not that of our chain. */
function acknowledging(commune: Station) {
  const { desk } = commune;
  const [row] = commune.rows<{ value: string }>("SELECT value FROM meta WHERE name = 'epoch'");
  return async (by: Authority, changes: Partial<EvidenceAck>) => {
    const { issuer, level } = by.delegation.subject;
    const sequence = desk.database.sequences.next("evidence-ack", Date.now());
    const ack: EvidenceAck = {
      ...commonMembers(thisMoment(), { issuer, level, sequence, seconds: DAY_SECONDS }),
      ...{
        type: "evidence-ack",
        gateway: GATEWAY,
        epoch: row?.value ?? "",
        to: UP_TO,
        headHash: desk.root.payloadHash,
      },
      ...changes,
    };
    const bytes = commune.signed(ack, by);
    await commune.publish(evidenceAckTopic(GATEWAY), bytes, false);
    return { id: ack.id, sequence: ack.sequence, bytes };
  };
}
