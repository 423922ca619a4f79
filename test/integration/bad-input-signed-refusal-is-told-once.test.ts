import { expect, test } from "vitest";
import type { Authority } from "../../src/desk/authority.ts";
import type { AudioFile } from "../../src/domain/broadcast.ts";
import type { Placement, RefusalCode } from "../../src/domain/trust.ts";
import { seal } from "../../src/wire/envelope.ts";
import { broadcastTopic, placementTopic } from "../../src/wire/topics.ts";
import { COMMUNE, thisMoment } from "./support/desk.ts";
import { below, type DelegationChanges, delegated, rootOf } from "./support/forgery.ts";
import { until } from "./support/link.ts";
import { overhear } from "./support/overhear.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const TERRITORY = "tinh-a";
const DAY_SECONDS = 86_400;
const BAD_HZ = 1_320;
const GOOD_HZ = 440;
const GOOD_FRAMES = 24_000;

/** A message that its signers really signed, and that must have no effect. */
interface Refusal {
  readonly name: string;
  readonly code: RefusalCode;
  readonly id: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

/** Members of an order, good or not. */
type Words = Readonly<Record<string, unknown>>;

/** An order for an item that would be heard if it were accepted; the commune's unless others sign. */
type Refuse = (name: string, code: RefusalCode, changes: Words, ...by: readonly Authority[]) => Refusal;

test("a signed message that may have no effect is refused with one receipt and one record, and never heard", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const bad = await commune.tone(BAD_HZ);
  const good = await commune.tone(GOOD_HZ);
  await commune.publishChunks(bad.bytes);
  const refuse = refusing(commune, bad.audio);
  const refusals = [
    ...beyondTheChain(commune, refuse),
    ...outOfTime(commune, refuse),
    ...notForUs(refuse),
    ...tooFewHolders(commune, refuse),
    ...beyondTheCeilings(bad.audio, refuse),
    ...notBuiltYet(refuse),
    ...placements(commune),
  ];

  const agent = await commune.startSubscribed();
  // Retained, so that each comes once more: at once, and with the subscriptions of the next agent.
  for (const round of [1, 2]) for (const { topic, bytes } of refusals) await commune.publish(topic, bytes, round === 2);
  const first = await commune.broadcast(good.bytes, good.audio);
  await agent.until("play.ended", ({ id }) => id === first.id);
  const nameOf = new Map<unknown, string>(refusals.map(({ id, name }) => [id, name]));
  const logged = agent.events("order.refused").map(({ id, code }) => [nameOf.get(id), code]);
  expect(logged).toEqual(refusals.map(({ name, code }) => [name, code]));
  for (const { id } of refusals) await overheard.untilReceipt(id, "refused");
  expect(await agent.end()).toMatchObject({ code: 0 });
  expect(agent.events("order.accepted")).toMatchObject([{ id: first.id }]);
  for (const event of ["message.refused", "message.refused-count", "trust.accepted", "alarm.raised", "link.down"]) {
    expect(agent.events(event), event).toEqual([]);
  }

  const again = await commune.startSubscribed();
  const second = await commune.broadcast(good.bytes, good.audio);
  await again.until("play.ended", ({ id }) => id === second.id);
  expect(again.events("order.refused")).toEqual([]);
  expect(again.events("order.accepted")).toMatchObject([{ id: second.id }]);
  await until(
    () => commune.archived().some(({ itemId, kind }) => itemId === second.id && kind === "played"),
    "its record",
  );
  expect(await again.end()).toMatchObject({ code: 0 });

  const records = commune.records().filter(({ kind }) => kind === "refused");
  expect(refusals.map((refusal) => told(refusal, overheard.receipts(refusal.id), records))).toEqual(
    refusals.map(({ name, code }) => ({ name, receipts: [`refused ${code}`], records: [code] })),
  );
  expect(records).toHaveLength(refusals.length);
  expect(records.every(({ payloadHash }) => payloadHash?.length === 43)).toBe(true);
  const rows = commune.rows<{ id: string; code: string }>("SELECT id, code FROM refusals");
  const byName = rows.map(({ id, code }) => [nameOf.get(id), code]);
  expect(byName.toSorted()).toEqual(refusals.map(({ name, code }) => [name, code]).toSorted());
  for (const table of ["seen", "broadcasts"]) {
    expect(commune.rows(`SELECT id FROM ${table} ORDER BY id`)).toEqual([{ id: first.id }, { id: second.id }]);
  }

  expect(stretches(await commune.heard(), [GOOD_HZ])).toEqual(
    Array.from({ length: 2 }, () => ({ toneHz: GOOD_HZ, frames: GOOD_FRAMES })),
  );
});

function told(
  { name, id }: Refusal,
  receipts: readonly { readonly state: string; readonly code?: string | undefined }[],
  records: readonly { readonly itemId?: string | undefined; readonly code?: string | undefined }[],
) {
  return {
    name,
    receipts: receipts.map(({ state, code }) => `${state} ${code}`),
    records: records.filter(({ itemId }) => itemId === id).map(({ code }) => code),
  };
}

function refusing(commune: Station, audio: AudioFile): Refuse {
  return (name, code, changes, ...by) => {
    const signers = by.length === 0 ? [commune.issuer] : by;
    const [first = commune.issuer] = signers;
    const { issuer, level } = first.delegation.subject;
    const order = commune.order(audio, { issuer, level, ...changes });
    const bytes = seal(
      order,
      signers.map(({ signer }) => signer),
      order.issuedAt,
      signers.flatMap(({ chain }) => chain),
    );
    const topic = broadcastTopic(order.targets[0]?.area ?? COMMUNE, order.class === "emergency", order.id);
    return { name, code, id: order.id, topic, bytes };
  };
}

/** A link that gives more than its signer has, and an order beyond its own link. */
function beyondTheChain(commune: Station, refuse: Refuse): Refusal[] {
  const root = rootOf(commune.desk);
  const routine: DelegationChanges = { classMax: "routine", severityMax: 0 };
  const commons = delegated(root);
  const linked = (changes: DelegationChanges, above: Authority = commons) => delegated(below(above), changes);
  const emergency = { class: "emergency", severity: 2 };
  return [
    refuse("a link for an area its signer lacks", "scope-area", {}, linked({ areas: [COMMUNE, TERRITORY] })),
    refuse("a link of a class its signer lacks", "scope-class", {}, linked({}, delegated(root, routine))),
    refuse("a link of a severity its signer lacks", "scope-class", {}, linked({ severityMax: 1 })),
    refuse("a link with a use its signer lacks", "scope-use", {}, linked({ uses: ["broadcast", "placement"] })),
    refuse("a link by a key that may not delegate", "scope-use", {}, linked({}, commune.issuer)),
    refuse("a link to a higher level", "scope-use", {}, linked({ subject: { level: "province" } })),
    refuse("a link to a peer", "scope-use", {}, linked({ subject: { issuer: "ubnd.khac" } })),
    refuse("an area of ours that the key lacks", "scope-area", { targets: [{ area: TERRITORY }] }),
    refuse("a class the key lacks", "scope-class", emergency, delegated(root, routine)),
    refuse("a severity the key lacks", "scope-class", { ...emergency, severity: 1 }),
    refuse("a key without the use", "scope-use", {}, delegated(root, { uses: ["placement"] })),
    refuse("in another issuer's name", "scope-use", { issuer: "ubnd.khac" }),
    refuse("at another level", "scope-use", { level: "province" }),
  ];
}

function outOfTime(commune: Station, refuse: Refuse): Refusal[] {
  const now = Math.floor(Date.now() / 1000);
  const past = { issuedAt: now - 600, notBefore: now - 600, expiresAt: now - 60 };
  return [
    refuse("an order whose time is over", "expired", past),
    refuse("a key whose time is over", "key-expired", {}, delegated(rootOf(commune.desk), past)),
  ];
}

function notForUs(refuse: Refuse): Refusal[] {
  const here = { area: COMMUNE };
  return [
    refuse("for another gateway here", "not-targeted", { targets: [{ ...here, gateways: ["0123456789ab"] }] }),
    refuse("for zones we have not", "not-targeted", { targets: [{ ...here, zoneTags: ["market"] }] }),
    refuse("for all but us", "not-targeted", { targets: [{ ...here, exceptAreas: [TERRITORY] }] }),
    refuse("a test outside of test areas", "not-targeted", { status: "test" }),
  ];
}

function tooFewHolders(commune: Station, refuse: Refuse): Refusal[] {
  const words = { subject: { issuer: "ubnd.tinh-a", level: "province", holder: "Nguyen Thi Lan" }, areas: [TERRITORY] };
  const key = () => delegated(rootOf(commune.desk), { ...words, severityMax: 1 });
  const extreme = { class: "emergency", severity: 1 };
  const twoCommunes = { class: "emergency", severity: 2, targets: [{ area: COMMUNE }, { area: "xa-khac" }] };
  return [
    refuse("severity 1 by one holder", "quorum", extreme, key()),
    refuse("severity 1 by two keys of one holder", "quorum", extreme, key(), key()),
    refuse("two communes by one holder", "quorum", twoCommunes),
  ];
}

function beyondTheCeilings(audio: AudioFile, refuse: Refuse): Refusal[] {
  const tooLate = Math.floor(Date.now() / 1000) + 32 * DAY_SECONDS;
  const long = { class: "emergency", severity: 2, audio: { ...audio, durationMs: 181_000 } };
  return [
    refuse("an order that lives too long", "limit", { expiresAt: tooLate }),
    refuse("an emergency that is too long", "limit", long),
  ];
}

/** Good and allowed, but beyond this version: half understood, it must not sound. */
function notBuiltYet(refuse: Refuse): Refusal[] {
  const days = { from: "2026-11-01", until: "2026-11-30", timeZone: "Asia/Ho_Chi_Minh", skipDates: [] };
  return [
    refuse("every day", "unsupported", {
      plan: { kind: "recurring", timesOfDay: ["05:00"], weekdays: [1, 7], ...days },
    }),
    refuse("after approval", "unsupported", { gate: "manual" }),
    refuse("from elsewhere than the broker", "unsupported", { sources: [{ kind: "library" }] }),
  ];
}

/** Each would mute the zone if it came in force. */
function placements(commune: Station): Refusal[] {
  const { desk, issuer } = commune;
  const inForce = desk.database.register.find(GATEWAY)?.placement;
  if (inForce === undefined) throw new Error("the gateway is not in the register");
  const { operations } = desk;
  const zones = inForce.zones.map((zone) => ({ ...zone, gainCentiDb: -6_000 }));
  const refuse = (name: string, code: RefusalCode, by: Authority, changes: Partial<Placement>): Refusal => {
    const id = thisMoment().chance.ulid(Date.now());
    const { issuer, level } = by.delegation.subject;
    const placement = { ...inForce, zones, issuer, level, id, ...changes };
    return { name, code, id, topic: placementTopic(GATEWAY), bytes: commune.signed(placement, by) };
  };
  return [
    refuse("an older placement", "stale", operations, { sequence: inForce.sequence - 1 }),
    refuse("a placement whose time is over", "expired", operations, {
      sequence: inForce.sequence + 1,
      expiresAt: 1_700_000_001,
      issuedAt: 1_700_000_000,
      notBefore: 1_700_000_000,
    }),
    refuse("a placement by who may not place", "scope-use", issuer, { sequence: inForce.sequence + 1 }),
  ];
}
