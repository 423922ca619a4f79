import { expect, test } from "vitest";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import type { AlertOrder } from "../../src/domain/broadcast.ts";
import type { RefusalCode, Root } from "../../src/domain/trust.ts";
import { seal } from "../../src/wire/envelope.ts";
import { broadcastTopic, evidenceAckTopic, placementTopic, rootTopic } from "../../src/wire/topics.ts";
import { aSite, OTHER_GATEWAY } from "../fixtures/desk-access.ts";
import { COMMUNE, thisMoment } from "./support/desk.ts";
import { below, delegated, rootOf, selfMadeRoot, signedText, withChangedWords } from "./support/forgery.ts";
import { overhear } from "./support/overhear.ts";
import { GATEWAY, type Station, station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

const TERRITORY = "tinh-a";
const BAD_HZ = 1_320;
const GOOD_HZ = 440;
const GOOD_FRAMES = 24_000;
const MAX_BROADCAST_BYTES = 65_536;

/** What a test says wrongly, and where. Nobody's good signature stands under it. */
interface Forgery {
  readonly name: string;
  readonly topic: string;
  readonly bytes: Uint8Array | string;
}

/** A fresh order for each case: were it not for the forgery, it would be heard. */
type NewOrder = (changes?: Partial<AlertOrder>) => AlertOrder;

test("a message without a good signature is counted and acknowledged, and leaves nothing else", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const bad = await commune.tone(BAD_HZ);
  const good = await commune.tone(GOOD_HZ);
  await commune.publishChunks(bad.bytes);
  const newOrder: NewOrder = (changes) => commune.order(bad.audio, changes);
  const forgeries = new Map<RefusalCode, readonly Forgery[]>([
    ["schema", malformed(commune, newOrder)],
    ["size", [oversized(commune, newOrder)]],
    ["binding", [...misplaced(commune, newOrder), ...(await forAnotherGateway(commune))]],
    ["key-unknown", unknownKeys(commune, newOrder)],
    ["signature", badSignatures(commune, newOrder)],
    ["root-old", [strangeRoot(commune)]],
  ]);

  const goodOrders: string[] = [];
  // A new agent for each code: the first of a quiet minute is logged with its words, and the sum at the stop is of that code alone.
  for (const [code, cases] of forgeries) {
    const agent = await commune.startSubscribed();
    for (const { topic, bytes } of cases) await commune.publish(topic, bytes, false);
    const { id } = await commune.broadcast(good.bytes, good.audio);
    goodOrders.push(id);
    await agent.until("play.ended", (line) => line["id"] === id);
    expect(await agent.end()).toMatchObject({ code: 0 });

    expect(agent.events("message.refused")).toMatchObject([
      { code, topic: cases[0]?.topic, detail: expect.any(String) },
    ]);
    const names = cases.map(({ name }) => name).join(", ");
    expect(agent.events("message.refused-count"), names).toMatchObject([{ code, count: cases.length }]);
    expect(agent.events("order.accepted")).toMatchObject([{ id }]);
    for (const event of ["order.refused", "trust.accepted", "alarm.raised", "link.down"]) {
      expect(agent.events(event), event).toEqual([]);
    }
  }

  // Acknowledged: what an agent had left unacknowledged would have come again to the next, and been counted there once more.
  const counted = commune.records().filter(({ kind }) => kind === "counted");
  expect(counted.map(({ code, count }) => [code, count])).toEqual(
    [...forgeries].map(([code, cases]) => [code, cases.length]),
  );
  expect(commune.records().filter(({ kind }) => kind === "refused")).toEqual([]);
  expect(commune.rows("SELECT * FROM refusals")).toEqual([]);
  for (const table of ["seen", "broadcasts"]) {
    expect(commune.rows<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`).map(({ id }) => id)).toEqual(goodOrders);
  }
  expect(overheard.receipts()).toEqual([]);

  expect(stretches(await commune.heard(), [GOOD_HZ])).toEqual(
    Array.from({ length: goodOrders.length }, () => ({ toneHz: GOOD_HZ, frames: GOOD_FRAMES })),
  );
});

/** `schema`: no strict JSON, or not the shape of an envelope and its payload. */
function malformed(commune: Station, newOrder: NewOrder): Forgery[] {
  const on = (order: AlertOrder) => broadcastTopic(COMMUNE, false, order.id);
  const signed = (order: AlertOrder) => Buffer.from(commune.signed(order)).toString();
  const say = (name: string, words: (order: AlertOrder) => Uint8Array | string): Forgery => {
    const order = newOrder();
    return { name, topic: on(order), bytes: words(order) };
  };
  const spoken = (order: AlertOrder, change: (text: string) => string) =>
    signedText(change(JSON.stringify(order)), "broadcast", commune.issuer);
  const deep = Array.from({ length: 7 }).reduce<ReturnType<typeof delegated>>(
    (above) => delegated(below(above)),
    commune.issuer,
  );
  return [
    say("not JSON", () => "Thông báo: bắt đầu phát"),
    say("not UTF-8", () => Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)),
    say("cut off in the middle", (order) => signed(order).slice(0, -20)),
    say("two texts in a row", (order) => signed(order).repeat(2)),
    say("no envelope", (order) => JSON.stringify(order)),
    say("a member twice in the envelope", (order) => signed(order).replace("{", '{"chain":[],')),
    say("a member twice in the payload", (order) => spoken(order, (text) => text.replace("{", '{"class":"routine",'))),
    say("a member twice, once escaped", (order) =>
      spoken(order, (text) => text.replace("{", '{"cl\\u0061ss":"routine",')),
    ),
    say("a member that an envelope does not have", (order) => signed(order).replace("{", '{"note":"x",')),
    say("an unknown type", (order) =>
      seal({ ...order, type: "announcement" }, [commune.issuer.signer], 1, commune.issuer.chain),
    ),
    say("an unknown version", (order) => commune.signed({ ...order, version: 2 } as { type: string })),
    say("signed as another type", (order) => signedText(JSON.stringify(order), "placement", commune.issuer)),
    say("a member of tomorrow that must be understood", (order) =>
      commune.signed({ ...order, critical: ["volume"], volume: 3 } as { type: string }),
    ),
    say("a number with a fraction", (order) => spoken(order, (text) => text.replace('"severity":0', '"severity":0.0'))),
    say("a chain of eight", (order) => commune.signed(order, deep)),
    say("a link that leads to nobody", (order) => {
      const idle = delegated(rootOf(commune.desk));
      const { delegation, signer, chain } = commune.issuer;
      return commune.signed(order, { delegation, signer, chain: [...chain, ...idle.chain] });
    }),
  ];
}

/** `size`: a byte more than a broadcast may have, though all of it is signed. */
function oversized(commune: Station, newOrder: NewOrder): Forgery {
  const order = newOrder();
  return {
    name: "a byte too much",
    topic: broadcastTopic(COMMUNE, false, order.id),
    bytes: padded(commune.signed(order), MAX_BROADCAST_BYTES + 1),
  };
}

function padded(envelope: Uint8Array, bytes: number): string {
  return Buffer.from(envelope).toString().padEnd(bytes, " ");
}

/** `binding`: well signed, but on a topic that it is not for. */
function misplaced(commune: Station, newOrder: NewOrder): Forgery[] {
  const say = (name: string, topic: (order: AlertOrder) => string, changes: Partial<AlertOrder> = {}): Forgery => {
    const order = newOrder(changes);
    return { name, topic: topic(order), bytes: commune.signed(order) };
  };
  return [
    say("routine on the emergency topic", ({ id }) => broadcastTopic(COMMUNE, true, id)),
    say("an emergency on the other topic", ({ id }) => broadcastTopic(COMMUNE, false, id), {
      class: "emergency",
      severity: 2,
    }),
    say("another id than the topic's", () => broadcastTopic(COMMUNE, false, newOrder().id)),
    say("another area of ours than its target", ({ id }) => broadcastTopic(TERRITORY, false, id)),
    say("an area that is not ours, on a topic of ours", ({ id }) => broadcastTopic(COMMUNE, false, id), {
      targets: [{ area: "xa-khac" }],
    }),
    say("a topic whose id is none", () => `loa/1/area/${COMMUNE}/broadcast/ban-tin`),
    say("a broadcast where placements come", () => placementTopic(GATEWAY)),
    { name: "a root under another number", topic: rootTopic(2), bytes: commune.desk.root.envelope },
  ];
}

/** `binding`, too: what the operations desk really signed, for a box that we are not. */
async function forAnotherGateway(commune: Station): Promise<Forgery[]> {
  const { desk } = commune;
  const request = aSite({ gateway: OTHER_GATEWAY });
  await enrolGateway(desk, request, thisMoment());
  const placement = desk.database.retained.find(placementTopic(OTHER_GATEWAY));
  if (placement === undefined) throw new Error("the desk has no placement for the other gateway");
  const { service } = desk;
  const { issuer, level } = service.delegation.subject;
  const ack = {
    ...{ version: 1, type: "evidence-ack", issuer, level, gateway: OTHER_GATEWAY, sequence: Date.now() },
    ...{ id: thisMoment().chance.ulid(Date.now()), epoch: thisMoment().chance.ulid(Date.now()), to: 1 },
    ...{ issuedAt: 1_700_000_000, notBefore: 1_700_000_000, expiresAt: 4_000_000_000, headHash: desk.root.payloadHash },
  };
  return [
    { name: "another gateway's placement", topic: placementTopic(GATEWAY), bytes: placement.payload },
    {
      name: "another gateway's evidence-ack",
      topic: evidenceAckTopic(GATEWAY),
      bytes: commune.signed(ack, service),
    },
  ];
}

/** `key-unknown`: signatures that hold, by keys that the root in force never led to. */
function unknownKeys(commune: Station, newOrder: NewOrder): Forgery[] {
  const { issuer } = commune;
  const stranger = delegated(selfMadeRoot());
  const fourth = delegated(below(delegated(below(delegated(below(delegated(rootOf(commune.desk))))))));
  const say = (name: string, by: typeof issuer): Forgery => {
    const order = newOrder();
    return { name, topic: broadcastTopic(COMMUNE, false, order.id), bytes: commune.signed(order, by) };
  };
  return [
    say("a chain from a root of its own", stranger),
    say("no chain at all", { ...issuer, chain: [] }),
    say("somebody else's chain", { ...stranger, chain: issuer.chain }),
    say("four delegations below the root", fourth),
  ];
}

/** `signature`: words that the claimed key did not sign. */
function badSignatures(commune: Station, newOrder: NewOrder): Forgery[] {
  const { issuer } = commune;
  const thief = delegated(selfMadeRoot());
  const widened = () => {
    const [link] = issuer.chain;
    if (link === undefined) throw new Error("the issuer has no delegation");
    const changed = withChangedWords(JSON.stringify(link), (text) =>
      text.replace('"severityMax":2', '"severityMax":1'),
    );
    return { ...issuer, chain: [JSON.parse(changed)] };
  };
  const say = (name: string, words: (order: AlertOrder) => Uint8Array | string): Forgery => {
    const order = newOrder();
    return { name, topic: broadcastTopic(COMMUNE, false, order.id), bytes: words(order) };
  };
  return [
    say("changed words", (order) =>
      withChangedWords(commune.signed(order), (text) => text.replace('"title":"Bản tin"', '"title":"Bản tên"')),
    ),
    say("another message's signature", (order) => {
      const [own, other] = [order, newOrder()].map((one) => JSON.parse(Buffer.from(commune.signed(one)).toString()));
      return JSON.stringify({ ...own, signatures: other.signatures });
    }),
    say("a stranger under the issuer's name", (order) =>
      commune.signed(order, {
        ...issuer,
        signer: { kid: issuer.signer.kid, sign: (input) => thief.signer.sign(input) },
      }),
    ),
    say("a delegation widened afterwards", (order) => commune.signed(order, widened())),
  ];
}

/** `root-old`: roots come only in their order, whoever signed them. */
function strangeRoot({ desk }: Station): Forgery {
  const { signer } = selfMadeRoot();
  const root: Root = { ...desk.root.root, rootVersion: 7 };
  return { name: "a root from nowhere", topic: rootTopic(7), bytes: seal(root, [signer], root.issuedAt) };
}
