import { expect, test } from "vitest";
import type { Claim } from "../../src/domain/playout.ts";
import type { OutboundMessage } from "../../src/domain/ports.ts";
import type { AcceptedBroadcast } from "../../src/store/broadcasts.ts";
import type { PlayEnd, PlayStart } from "../../src/store/plays.ts";
import { AT_MS, KEY, STAMP, STANDING } from "./support/store-material.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

const OTHER = { ...KEY, id: "01J8Z0M3E8Q4T6V9X2B5N7R1ZZ" };
const EXPIRES = AT_MS / 1000 + 3600;
const WEEK = 7 * 86_400;
const ACCEPTED: AcceptedBroadcast = {
  key: KEY,
  payloadHash: "p",
  topic: "loa/1/area/a/broadcast/x",
  standing: STANDING,
  audioHash: "h",
  expiresAt: EXPIRES,
  acceptedAtMs: AT_MS,
  untimed: false,
  state: "accepted",
};

test("a transaction is all or nothing, and an inner one that fails undoes only itself", () => {
  const { orders } = openTestOrders(temporaryFolder());
  orders.transaction(() => {
    orders.seen.add(KEY, "kept", EXPIRES);
    expect(() =>
      orders.transaction(() => {
        orders.seen.add(OTHER, "undone", EXPIRES);
        orders.evidence.append({ kind: "boot" }, STAMP);
        throw new Error("inner");
      }),
    ).toThrow("inner");
  });
  expect(orders.seen.payloadHash(KEY)).toBe("kept");
  expect(orders.seen.payloadHash(OTHER)).toBeUndefined();
  expect(orders.evidence.position().last).toBe(0);
  expect(() =>
    orders.transaction(() => {
      orders.transaction(() => orders.seen.add(OTHER, "undone", EXPIRES));
      throw new Error("outer");
    }),
  ).toThrow("outer");
  expect(orders.seen.payloadHash(OTHER)).toBeUndefined();
});

test("a broadcast comes back as it was accepted, with its octets and its newest state", () => {
  const { orders } = openTestOrders(temporaryFolder());
  const { broadcasts } = orders;
  const envelope = Buffer.from('{"payload":"…"}'.repeat(1000));
  broadcasts.add(ACCEPTED, envelope);
  expect(broadcasts.find(KEY)).toEqual({
    ...{ ...ACCEPTED, class: "routine", code: undefined, stateAtMs: AT_MS, withdrawn: false },
  });
  expect(Buffer.from(broadcasts.envelope(KEY) ?? [])).toEqual(envelope);
  broadcasts.setState(KEY, "failed", AT_MS + 5, "decode");
  expect(broadcasts.find(KEY)).toMatchObject({ state: "failed", code: "decode", stateAtMs: AT_MS + 5 });
  broadcasts.withdraw(KEY);
  expect(broadcasts.find(KEY)).toMatchObject({ withdrawn: true });
  expect(broadcasts.find(OTHER)).toBeUndefined();
  expect(broadcasts.envelope(OTHER)).toBeUndefined();
});

test("one identity is stored once", () => {
  const { orders } = openTestOrders(temporaryFolder());
  orders.broadcasts.add(ACCEPTED, Buffer.from("a"));
  expect(() => orders.broadcasts.add(ACCEPTED, Buffer.from("b"))).toThrow(/UNIQUE/);
  orders.seen.add(KEY, "a", EXPIRES);
  expect(() => orders.seen.add(KEY, "b", EXPIRES)).toThrow(/UNIQUE/);
});

test("active means not final: listed in the order of acceptance, counted per class", () => {
  const { broadcasts } = openTestOrders(temporaryFolder()).orders;
  const add = (id: string, changes: Partial<AcceptedBroadcast>) =>
    broadcasts.add({ ...ACCEPTED, ...changes, key: { ...KEY, id } }, Buffer.from(id));
  add("a", { standing: { ...STANDING, class: "emergency" }, audioHash: "h1" });
  add("b", { audioHash: "h2" });
  add("c", { audioHash: "h3" });
  add("d", { standing: { ...STANDING, class: "priority" }, audioHash: undefined });
  add("e", { audioHash: "h2" });
  broadcasts.setState({ ...KEY, id: "c" }, "done", AT_MS);
  broadcasts.setState({ ...KEY, id: "b" }, "preempted", AT_MS);
  expect(broadcasts.active().map((stored) => stored.key.id)).toEqual(["a", "b", "d", "e"]);
  expect(broadcasts.queue()).toEqual({ emergency: 1, priority: 1, routine: 2 });
  expect(broadcasts.audioUses().map(({ key, audioHash, state }) => `${key.id} ${audioHash} ${state}`)).toEqual([
    "a h1 accepted",
    "b h2 preempted",
    "c h3 done",
    "e h2 accepted",
  ]);
  expect(broadcasts.recent(2).map((stored) => stored.key.id)).toEqual(["e", "d"]);
});

test("a refusal is new once per payload and code", () => {
  const { refusals } = openTestOrders(temporaryFolder()).orders;
  expect(refusals.add(KEY, "p", "expired", EXPIRES)).toBe(true);
  expect(refusals.add(KEY, "p", "expired", EXPIRES)).toBe(false);
  expect(refusals.add(KEY, "p", "scope-area", EXPIRES)).toBe(true);
  expect(refusals.add(KEY, "q", "expired", EXPIRES)).toBe(true);
});

const CLAIM: Claim = { item: KEY, zoneId: "z1", occurrence: AT_MS / 1000 };
const START: PlayStart = { startedAtMs: AT_MS, offsetMs: 0, gainCentiDb: -300, area: "a1" };
const END: PlayEnd = {
  endedAtMs: AT_MS + 20_000,
  outcome: "played",
  offsetMs: 20_000,
  framesPlayed: 960_000,
  framesExact: true,
  underruns: 0,
};

test("plays count from 1 per claim, and each ends once", () => {
  const { plays } = openTestOrders(temporaryFolder()).orders;
  const first = plays.start(CLAIM, START);
  expect(first).toEqual({ claim: CLAIM, play: 1 });
  expect(plays.start({ ...CLAIM, zoneId: "z2" }, START).play).toBe(1);
  expect(plays.close(first, END)).toBe(true);
  expect(plays.close(first, { ...END, outcome: "failed" })).toBe(false);
  expect(plays.start(CLAIM, START).play).toBe(2);
  expect(plays.start({ ...CLAIM, occurrence: 5 }, START).play).toBe(1);
  const began = { startedAtMs: AT_MS, offsetMs: 0 };
  expect(plays.ofItem(KEY)).toEqual([
    { zoneId: "z1", occurrence: 5, play: 1, ...began },
    {
      zoneId: "z1",
      occurrence: CLAIM.occurrence,
      play: 1,
      ...began,
      end: { outcome: "played", atMs: AT_MS + 20_000, offsetMs: 20_000 },
    },
    { zoneId: "z2", occurrence: CLAIM.occurrence, play: 1, ...began },
    { zoneId: "z1", occurrence: CLAIM.occurrence, play: 2, ...began },
  ]);
  expect(plays.ofItem(OTHER)).toEqual([]);
});

test("a play open at start-up is found with the offset saved last", () => {
  const folder = temporaryFolder();
  const before = openTestOrders(folder).orders;
  const ref = before.plays.start(CLAIM, START);
  before.plays.saveOffset(ref, 5_000);
  before.plays.saveOffset(ref, 10_000);
  before.close();
  const { plays } = openTestOrders(folder).orders;
  expect(plays.open()).toEqual([{ ...ref, ...START, savedOffsetMs: 10_000 }]);
  plays.close(ref, { ...END, outcome: "failed", code: "crash", offsetMs: undefined });
  expect(plays.open()).toEqual([]);
  const end = { outcome: "failed", code: "crash", atMs: END.endedAtMs, offsetMs: 10_000 };
  expect(plays.ofItem(KEY)).toMatchObject([{ end }]);
  plays.saveOffset(ref, 99_000);
  expect(plays.ofItem(KEY)).toMatchObject([{ end }]);
});

test("of each zone it is known when its last play ended that the card took frames of", () => {
  const { plays } = openTestOrders(temporaryFolder()).orders;
  const start = { startedAtMs: AT_MS, offsetMs: 0, gainCentiDb: 0, area: "hoa-binh" };
  const ended = (zoneId: string, endedAtMs: number, framesPlayed: number, end: Partial<PlayEnd> = {}) => {
    const ref = plays.start({ item: KEY, zoneId, occurrence: 1 }, start);
    plays.close(ref, { outcome: "played", framesExact: true, underruns: 0, endedAtMs, framesPlayed, ...end });
  };
  ended("z1", AT_MS + 1, 48_000);
  ended("z1", AT_MS + 2, 100, { outcome: "preempted" });
  ended("z1", AT_MS + 3, 0, { outcome: "failed", code: "output" });
  ended("z1", AT_MS + 4, 100, { outcome: "failed", code: "crash" });
  ended("z2", AT_MS + 5, 0, { outcome: "failed", code: "output" });
  expect([...plays.lastProven()]).toEqual([["z1", AT_MS + 2]]);
});

test("plays of an occurrence keep their order when the clock steps back", () => {
  const { plays } = openTestOrders(temporaryFolder()).orders;
  for (const startedAtMs of [AT_MS, AT_MS - 3_600_000, AT_MS - 1_000]) {
    plays.close(plays.start(CLAIM, { ...START, startedAtMs }), END);
  }
  expect(plays.ofItem(KEY).map(({ play }) => play)).toEqual([1, 2, 3]);
});

test("decisions are a ring of ten thousand, newest first, filtered by zone or item", () => {
  const { orders } = openTestOrders(temporaryFolder());
  orders.transaction(() => {
    for (let n = 1; n <= 10_600; n += 1) {
      orders.decisions.add({
        zoneId: n % 2 === 0 ? "z1" : "z2",
        atMs: n,
        item: n === 10_500 ? OTHER : KEY,
        reason: "due",
      });
    }
  });
  const all = orders.decisions.recent(20_000);
  expect(all.length).toBeGreaterThanOrEqual(10_000);
  expect(all.length).toBeLessThan(10_300);
  expect(all[0]).toEqual({ zoneId: "z1", atMs: 10_600, item: KEY, reason: "due" });
  expect(orders.decisions.recent(2, { zoneId: "z2" }).map(({ atMs }) => atMs)).toEqual([10_599, 10_597]);
  expect(orders.decisions.recent(9, { id: OTHER.id }).map(({ atMs }) => atMs)).toEqual([10_500]);
  expect(orders.decisions.recent(9, { id: OTHER.id, zoneId: "z2" })).toEqual([]);
});

function message(topic: string, changes: Partial<OutboundMessage> = {}): OutboundMessage {
  return { topic, payload: Buffer.from(topic), qos: 1, retain: false, ...changes };
}

test("the outbox gives by priority, then by age, and keeps what is not acknowledged", () => {
  const folder = temporaryFolder();
  const { outbox } = openTestOrders(folder).orders;
  outbox.add(message("routine"), 5);
  outbox.add(message("evidence"), 9);
  outbox.add(message("emergency"), 0);
  outbox.add(message("routine 2", { qos: 0 }), 5);
  const topics = () => outbox.due(AT_MS, 10).map((queued) => queued.message.topic);
  expect(topics()).toEqual(["emergency", "routine", "routine 2", "evidence"]);
  const [first, second] = outbox.due(AT_MS, 2);
  expect(outbox.due(AT_MS, 1, new Set([first?.id ?? 0, second?.id ?? 0]))[0]?.message).toEqual(
    message("routine 2", { qos: 0 }),
  );
  outbox.sent(first?.id ?? 0);
  expect(topics()).toEqual(["routine", "routine 2", "evidence"]);
  expect(outbox.size()).toEqual({ count: 3, bytes: "routineroutine 2evidence".length });
  expect(() => outbox.add(message("x"), 16)).toThrow(RangeError);
});

test("a refused message waits for its time and counts its attempts", () => {
  const { outbox } = openTestOrders(temporaryFolder()).orders;
  outbox.add(message("a"), 5);
  outbox.add(message("b"), 5, AT_MS + 50);
  const [queued] = outbox.due(AT_MS, 1);
  outbox.postpone(queued?.id ?? 0, AT_MS + 900_000);
  expect(outbox.due(AT_MS, 9)).toEqual([]);
  expect(outbox.nextDueMs(AT_MS)).toBe(AT_MS + 50);
  expect(outbox.nextDueMs(AT_MS + 900_000)).toBeUndefined();
  expect(outbox.due(AT_MS + 900_000, 9).map(({ attempts, message: { topic } }) => [topic, attempts])).toEqual([
    ["a", 1],
    ["b", 0],
  ]);
});

test("a retained message replaces the one waiting for the same topic, and a late PUBACK of the old one takes nothing", () => {
  const { outbox } = openTestOrders(temporaryFolder()).orders;
  const retained = (text: string) => message("alarm/disk", { retain: true, payload: Buffer.from(text) });
  outbox.add(retained("raised"), 3);
  const [old] = outbox.due(AT_MS, 1);
  outbox.add(retained("cleared"), 3);
  outbox.add(message("alarm/disk"), 3);
  outbox.sent(old?.id ?? 0);
  expect(outbox.due(AT_MS, 9).map((queued) => String(queued.message.payload))).toEqual(["cleared", "alarm/disk"]);
});

test("of a trust document the newest is kept, per type, issuer and scope", () => {
  const { trust } = openTestOrders(temporaryFolder()).orders;
  const placement = {
    type: "placement",
    issuer: "a",
    scope: "",
    sequence: 1,
    payloadHash: "p1",
    envelope: Buffer.from("one"),
  };
  trust.put(placement);
  trust.put({ ...placement, sequence: 4, payloadHash: "p4", envelope: Buffer.from("four") });
  trust.put({ ...placement, issuer: "b", sequence: 2 });
  trust.put({ ...placement, type: "index", scope: "commune-1" });
  trust.put({ ...placement, type: "index", scope: "commune-2", sequence: 7 });
  expect(trust.list("index").map(({ scope }) => scope)).toEqual(["commune-2", "commune-1"]);
  expect(trust.get("placement", "a", "")).toEqual({
    ...placement,
    sequence: 4,
    payloadHash: "p4",
    envelope: Buffer.from("four"),
  });
  expect(trust.list("placement").map(({ issuer }) => issuer)).toEqual(["a", "b"]);
  expect(trust.get("root", "a", "")).toBeUndefined();
});

test("an alarm counts how often it was raised since it stands, and clearing tells whether there was something to clear", () => {
  const { alarms } = openTestOrders(temporaryFolder()).orders;
  expect(alarms.clear("disk", AT_MS)).toBeUndefined();
  expect(alarms.raise("disk", "major", AT_MS, "90 %")).toEqual({
    code: "disk",
    state: "raised",
    severity: "major",
    atMs: AT_MS,
    count: 1,
    detail: "90 %",
  });
  expect(alarms.raise("disk", "critical", AT_MS + 1, "97 %")).toMatchObject({ count: 2, severity: "critical" });
  expect(alarms.raised().map(({ code }) => code)).toEqual(["disk"]);
  expect(alarms.clear("disk", AT_MS + 2)).toMatchObject({ state: "cleared", count: 2, atMs: AT_MS + 2 });
  expect(alarms.clear("disk", AT_MS + 3)).toBeUndefined();
  expect(alarms.raised()).toEqual([]);
  expect(alarms.raise("disk", "major", AT_MS + 4, "91 %")).toMatchObject({ state: "raised", count: 1 });
});

test("sessions never repeat a number, also across restarts", () => {
  const folder = temporaryFolder();
  const before = openTestOrders(folder).orders;
  expect([before.meta.nextSession(0), before.meta.nextSession(0)]).toEqual([1, 2]);
  before.close();
  const { meta } = openTestOrders(folder).orders;
  expect(meta.session()).toBe(2);
  expect(meta.nextSession(0)).toBe(3);
  // A new database goes on behind the last one, which a count alone would not.
  expect([meta.nextSession(AT_MS), meta.nextSession(AT_MS), meta.nextSession(0)]).toEqual(
    [0, 1, 2].map((n) => AT_MS / 1000 + n),
  );
});

test("pruning forgets what is long over, and nothing that can still matter", () => {
  const { orders } = openTestOrders(temporaryFolder());
  const add = (id: string) => {
    const key = { ...KEY, id };
    orders.broadcasts.add({ ...ACCEPTED, key }, Buffer.from(id));
    orders.seen.add(key, "p", EXPIRES);
    return key;
  };
  const done = add("done");
  const waiting = add("waiting");
  orders.refusals.add(OTHER, "p", "expired", EXPIRES);
  orders.broadcasts.setState(done, "done", AT_MS);
  const played = orders.plays.start({ ...CLAIM, item: done }, START);
  orders.plays.close(played, END);
  orders.plays.start({ ...CLAIM, item: waiting }, START);
  orders.evidence.append({ kind: "played" }, STAMP);

  orders.prune(EXPIRES + WEEK - 10);
  expect(orders.broadcasts.find(done)).toBeDefined();
  expect(orders.seen.payloadHash(done)).toBe("p");
  expect(orders.plays.ofItem(done)).toHaveLength(1);
  expect(orders.refusals.add(OTHER, "p", "expired", EXPIRES)).toBe(false);

  orders.prune(EXPIRES + WEEK + 10);
  expect(orders.broadcasts.find(done)).toBeUndefined();
  expect(orders.broadcasts.envelope(done)).toBeUndefined();
  expect(orders.broadcasts.find(waiting)).toBeDefined();
  expect(orders.seen.payloadHash(done)).toBeUndefined();
  expect(orders.plays.ofItem(done)).toEqual([]);
  expect(orders.plays.open()).toHaveLength(1);
  expect(orders.refusals.add(OTHER, "p", "expired", EXPIRES)).toBe(true);
  expect(orders.evidence.position()).toMatchObject({ first: 1, last: 1 });
});
