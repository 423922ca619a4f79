import { expect, test } from "vitest";
import { createAuthority } from "../../src/desk/delegate.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import type { Moment } from "../../src/desk/moment.ts";
import { planRevocation, publishRevocation, type RevocationRequest } from "../../src/desk/revocation.ts";
import { endingLists, rememberHeldLists } from "../../src/desk/revocation-lists.ts";
import { serveText } from "../../src/desk/serve-text.ts";
import { toUnixSeconds } from "../../src/domain/time.ts";
import { openDown } from "../../src/wire/envelope.ts";
import { areaDocumentTopic } from "../../src/wire/topics.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeTimers } from "../fakes/timers.ts";
import { aSite } from "../fixtures/desk-access.ts";
import { COMMUNE, deskBench, ISSUER, makeIssuer, type OpenDesk, serve, thisMoment } from "./support/desk.ts";

const DAY_MS = 86_400_000;
const [LAN, MINH, NAM] = ["Nguyễn Thị Lan", "Trần Văn Minh", "Lê Văn Nam"] as const;
/** A province's office, as the README has it: its keys last two years, those of who may revoke for it 90 days. */
const office = { name: "ubnd.tinh-a", level: "province", areas: ["tinh-a"], severityMax: 1 } as const;
const link = { publish: async () => ({ kind: "acknowledged" }) as const };

function inDays(days: number): Moment {
  return { ...thisMoment(), nowMs: Date.now() + days * DAY_MS };
}

async function revoke(desk: OpenDesk, request: Partial<RevocationRequest>, moment: Moment) {
  const from = toUnixSeconds(moment.nowMs);
  const meant = { subject: office.name, reason: "compromised", from, ...request } as const;
  const planned = await planRevocation(desk, meant, moment);
  await publishRevocation(desk, planned, link, moment);
  return planned;
}

function listOf(desk: OpenDesk, issuer: string = office.name, area = "tinh-a") {
  const topic = areaDocumentTopic("revoked", area, issuer);
  const held = desk.database.retained.find(topic);
  const opened = openDown(held?.payload ?? new Uint8Array(), { kind: "revoked", area, issuer });
  const keys = opened.kind === "opened" && opened.sealed.payload.type === "revoked" ? opened.sealed.payload.keys : [];
  return { topic, keys, kids: keys.map(({ kid }) => kid), endsAt: held?.expiresAt };
}

async function officeWithAThief() {
  const { desk } = await deskBench();
  const lan = await makeIssuer(desk, { ...office, holder: LAN, days: 730 });
  await makeIssuer(desk, { ...office, holder: MINH, uses: ["revoke"], days: 90 });
  const nam = await makeIssuer(desk, { ...office, holder: NAM, days: 730 });
  return { desk, lan, nam };
}

test("a stolen key stays on the list though the list ran out and was forgotten, until its own delegation ends", async () => {
  const { desk, lan, nam } = await officeWithAThief();
  const stolen = await revoke(desk, { holder: LAN }, inDays(1));
  expect(stolen.endsEarly).toBe(listOf(desk).endsAt);
  const { topic, keys } = listOf(desk);
  expect(keys).toEqual([{ kid: lan.signer.kid, from: stolen.from, reason: "compromised" }]);

  // Told in time, and after it, what to type.
  const ending = { issuer: office.name, area: "tinh-a", key: keys[0] };
  expect(endingLists(desk.database, toUnixSeconds(inDays(50).nowMs))).toEqual([]);
  expect(endingLists(desk.database, toUnixSeconds(inDays(61).nowMs))).toMatchObject([ending]);
  desk.database.retained.removeExpired(topic, toUnixSeconds(inDays(91).nowMs));
  expect(listOf(desk).keys).toEqual([]);
  expect(endingLists(desk.database, toUnixSeconds(inDays(91).nowMs))).toMatchObject([{ ...ending, endsAt: 0 }]);

  await createAuthority(
    desk,
    { ...office, classMax: "routine", severityMax: 0, holder: MINH, uses: ["revoke"], days: 800 },
    [],
    inDays(91),
  );
  const given = await revoke(desk, { holder: NAM, reason: "retired" }, inDays(92));
  expect(given.endsEarly).toBeUndefined();
  expect(new Set(listOf(desk).kids)).toEqual(new Set([lan.signer.kid, nam.signer.kid]));
  expect(endingLists(desk.database, toUnixSeconds(inDays(729).nowMs))).toEqual([]);

  // Nobody can sign with either any more.
  await createAuthority(
    desk,
    { ...office, classMax: "routine", severityMax: 0, holder: NAM, uses: ["broadcast"], days: 30 },
    [],
    inDays(735),
  );
  await revoke(desk, { holder: NAM, reason: "retired" }, inDays(736));
  expect(listOf(desk).kids).toHaveLength(1);
});

test("a list is signed anew by the kid of a key on it, which is thereby revoked no less than before", async () => {
  const { desk, lan } = await officeWithAThief();
  const { from } = await revoke(desk, { holder: LAN }, inDays(1));
  await createAuthority(
    desk,
    { ...office, classMax: "routine", severityMax: 0, holder: "Hoa", uses: ["revoke"], days: 800 },
    [],
    inDays(60),
  );
  const renewed = await revoke(desk, { subject: lan.signer.kid, reason: "retired" }, inDays(61));
  expect(renewed).toMatchObject({ signedBy: "Hoa", endsEarly: undefined });
  expect(listOf(desk).keys).toEqual([{ kid: lan.signer.kid, from, reason: "compromised" }]);
  expect(endingLists(desk.database, toUnixSeconds(inDays(89).nowMs))).toEqual([]);
});

test("of who may revoke the one signs whose key lasts as long as the stolen one", async () => {
  const { desk } = await deskBench();
  await makeIssuer(desk, { ...office, holder: LAN, days: 400 });
  await makeIssuer(desk, { ...office, holder: MINH, uses: ["revoke"], days: 90 });
  await makeIssuer(desk, { ...office, holder: "Hoa", uses: ["revoke"], days: 401 });
  expect(await revoke(desk, { holder: LAN }, inDays(1))).toMatchObject({ signedBy: "Hoa", endsEarly: undefined });
});

test("a list that a key signed which is revoked itself is told to be signed anew", async () => {
  const { desk, lan } = await officeWithAThief();
  const both = { ...office, areas: ["tinh-a", "tinh-b"] };
  await makeIssuer(desk, { ...both, holder: "Hoa", uses: ["revoke"], days: 800 });
  await revoke(desk, { holder: LAN }, inDays(1));
  expect(endingLists(desk.database, toUnixSeconds(inDays(1).nowMs))).toEqual([]);
  await makeIssuer(desk, { ...office, holder: "Dũng", uses: ["revoke"], days: 800 });
  await makeIssuer(desk, {
    name: "nn.tinh-a",
    holder: "An",
    level: "nation",
    areas: ["tinh-a"],
    uses: ["revoke"],
    days: 900,
  });
  await revoke(desk, { holder: "Hoa", by: "nn.tinh-a" }, inDays(2));
  expect(endingLists(desk.database, toUnixSeconds(inDays(2).nowMs))).toMatchObject([
    { issuer: office.name, area: "tinh-a", endsAt: 0, key: { kid: lan.signer.kid } },
    { issuer: office.name, area: "tinh-b", endsAt: 0, key: { kid: lan.signer.kid } },
  ]);
});

test("who covers fewer areas than the stolen key does not revoke it, as it would speak on in the others", async () => {
  const { desk } = await deskBench();
  await makeIssuer(desk, { ...office, holder: LAN, areas: ["tinh-a", "tinh-b"] });
  await makeIssuer(desk, { ...office, holder: MINH, areas: ["tinh-a"], uses: ["revoke"] });
  await expect(revoke(desk, { holder: LAN }, thisMoment())).rejects.toThrow(/everywhere: in tinh-b the key/);
  expect(listOf(desk).keys).toEqual([]);
  await makeIssuer(desk, { ...office, holder: NAM, areas: ["tinh-b", "tinh-a"], uses: ["revoke"] });
  expect(await revoke(desk, { holder: LAN }, thisMoment())).toMatchObject({ signedBy: NAM });
  expect(listOf(desk, office.name, "tinh-b").keys).toHaveLength(1);
});

test("an area is covered by one that it lies in, and a commune's by the territory before a gateway stands there", async () => {
  const { desk } = await deskBench();
  const speaker = await makeIssuer(desk);
  await enrolGateway(desk, aSite(), thisMoment());
  expect(await revoke(desk, { subject: ISSUER }, thisMoment())).toMatchObject({ signedBy: "operations" });
  const later = await makeIssuer(desk, { name: "ubnd.xa-moi", areas: ["xa-moi"] });
  await revoke(desk, { subject: "ubnd.xa-moi", reason: "retired" }, thisMoment());
  expect(new Set(listOf(desk, "operations").kids)).toEqual(new Set([speaker.signer.kid, later.signer.kid]));
  // The only gateway stands in the colleague's commune; the next one may not.
  await makeIssuer(desk, { ...office, holder: LAN });
  await makeIssuer(desk, { ...office, holder: MINH, areas: [COMMUNE], uses: ["revoke"] });
  await expect(revoke(desk, { holder: LAN }, thisMoment())).rejects.toThrow(/everywhere: in tinh-a the key/);
});

test("the service tells once a day which list has to be signed anew, and what to type", async () => {
  const { desk } = await deskBench();
  const lan = await makeIssuer(desk, { ...office, holder: LAN });
  await makeIssuer(desk, { ...office, holder: MINH, uses: ["revoke"], days: 20 });
  const { from } = await revoke(desk, { holder: LAN }, thisMoment());
  const chores = new FakeTimers(new FakeClock(0));
  const { events } = serve(desk, chores);
  const told = { event: "revocation-ends", issuer: office.name, area: "tinh-a", kid: lan.signer.kid, days: 20 };
  expect(events).toMatchObject([told]);
  chores.advance(DAY_MS);
  expect(events.filter(({ event }) => event === told.event)).toMatchObject([told, told]);
  const [first] = events;
  const typed = new Date(from * 1000).toISOString().replace(".000", "");
  expect(first && serveText(first)).toContain(
    `loa desk revoke ${lan.signer.kid} --reason compromised --from ${typed} --by ${office.name}`,
  );
});

test("what stood in a list alone, before the desk remembered it apart, is taken over", async () => {
  const { desk, lan, nam } = await officeWithAThief();
  const { messages } = await planRevocation(
    desk,
    { subject: office.name, holder: LAN, reason: "compromised", from: 1 },
    inDays(1),
  );
  for (const message of messages) desk.database.retained.put(message);
  expect(desk.database.revoked.of(office.name)).toEqual([]);
  rememberHeldLists(desk);
  rememberHeldLists(desk);
  const until = lan.delegation.expiresAt;
  expect(desk.database.revoked.of(office.name)).toMatchObject([
    { area: "tinh-a", kid: lan.signer.kid, from: 1, until },
  ]);
  await revoke(desk, { holder: NAM }, inDays(2));
  expect(new Set(listOf(desk).kids)).toEqual(new Set([lan.signer.kid, nam.signer.kid]));
});
