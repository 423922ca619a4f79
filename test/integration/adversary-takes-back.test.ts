import type { Authority } from "../../src/desk/authority.ts";
import type { AlertOrder, ItemKey } from "../../src/domain/broadcast.ts";
import { seal } from "../../src/wire/envelope.ts";
import { broadcastTopic, controlTopic } from "../../src/wire/topics.ts";
import { COMMUNE } from "./support/desk.ts";
import { below, type DelegationChanges, delegated, rootOf, selfMadeRoot } from "./support/forgery.ts";
import type { Shot } from "./support/hostile-client.ts";
import { keyOf, sealedBy } from "./support/orders.ts";
import { provincial } from "./support/people.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";

// Silence can be an attack too. What waits here has to wait on: a bulletin and an emergency of the commune, and a severity 1 of
// the province that two people signed.

const LATER_SECONDS = 3_000;
const ALL_USES = ["broadcast", "control", "delegate"] as const;

interface Waiting {
  readonly bulletin: ItemKey;
  readonly emergency: ItemKey;
  readonly provincial: ItemKey;
  /** One of the two who signed `provincial`. */
  readonly lan: Authority;
}
let waiting: Waiting | undefined;

function what(): Waiting {
  if (waiting === undefined) throw new Error("nothing waits");
  return waiting;
}

function communal({ commune: { desk } }: Siege, { subject, ...changes }: DelegationChanges = {}): Authority {
  return delegated(rootOf(desk), { uses: ALL_USES, ...changes, subject: { holder: "Kẻ trộm", ...subject } });
}

async function prepare(scene: Siege): Promise<void> {
  const later = { kind: "at", at: Math.floor(Date.now() / 1000) + LATER_SECONDS } as const;
  const lan = provincial(scene, "Nguyễn Thị Lan", { uses: ALL_USES });
  const minh = provincial(scene, "Trần Văn Minh", { uses: ALL_USES });
  const urgent = { class: "emergency", severity: 2, plan: later } as const;
  waiting = {
    lan,
    bulletin: keyOf(await scene.awaits({ plan: later })),
    emergency: keyOf(await scene.awaits(urgent)),
    provincial: keyOf(await scene.awaits({ ...urgent, severity: 1 }, [lan, minh])),
  };
}

/** Words that an order has in common with what takes it back. */
function bare(order: AlertOrder) {
  const { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets } = order;
  return { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets };
}

type Words = Readonly<Record<string, unknown>>;

function cancel(
  of: (there: Waiting) => ItemKey | readonly ItemKey[],
  by: (scene: Siege) => readonly Authority[],
  words: Words = {},
) {
  return (scene: Siege): Shot => {
    const signers = by(scene);
    const calm = { status: "actual", class: "routine", severity: 0 } as const;
    const references = [of(what())].flat();
    const message = {
      ...bare(scene.order({}, signers[0])),
      ...calm,
      type: "broadcast",
      action: "cancel",
      references,
      ...words,
    };
    const topic = broadcastTopic(COMMUNE, message.class !== "routine", message.id);
    return { topic, bytes: sealedBy(message, signers) };
  };
}

function update(of: (there: Waiting) => ItemKey, by: (scene: Siege) => readonly Authority[], words: Words = {}) {
  return (scene: Siege): Shot => {
    const signers = by(scene);
    const message = { ...scene.order(words, signers[0]), action: "update", references: [of(what())] };
    return {
      topic: broadcastTopic(COMMUNE, message.class === "emergency", message.id),
      bytes: sealedBy(message, signers),
    };
  };
}

function control(words: (there: Waiting) => Words, by: (scene: Siege) => readonly Authority[]) {
  return (scene: Siege): Shot => {
    const signers = by(scene);
    const message = { ...bare(scene.order({}, signers[0])), type: "control", ...words(what()) };
    return { topic: controlTopic(COMMUNE, message.id), bytes: sealedBy(message, signers) };
  };
}

const until = () => Math.floor(Date.now() / 1000) + 600;
const stranger = () => [delegated(selfMadeRoot(), { uses: ALL_USES })];
const neighbour = (scene: Siege) => [communal(scene, { areas: ["xa-khac"], subject: { issuer: "ubnd.khac" } })];
const secondIssuer = (scene: Siege) => [communal(scene, { subject: { issuer: "ubnd.khac" } })];
const colleague = (scene: Siege) => [communal(scene)];
const forRoutine = (scene: Siege) => [communal(scene, { classMax: "routine", severityMax: 0 })];
const withoutUse = (scene: Siege) => [communal(scene, { uses: ["placement"] })];
const speakerOnly = ({ commune }: Siege) => [commune.issuer];
const lanAlone = () => [what().lan];
const lanTwice = (scene: Siege) => [what().lan, provincial(scene, "Nguyễn Thị Lan", { uses: ALL_USES })];
const urgent = { class: "emergency", severity: 2 };

const CANCELS: readonly Attack[] = [
  ...refusedAs("key-unknown", {
    "a stranger cancels the bulletin": cancel((there) => there.bulletin, stranger),
    "a stranger cancels the emergency": cancel((there) => there.emergency, stranger, urgent),
  }),
  ...refusedAs("scope-area", {
    "a neighbouring commune cancels the bulletin": cancel((there) => there.bulletin, neighbour),
  }),
  ...refusedAs("scope-use", {
    "another issuer of the commune cancels its emergency": cancel((there) => there.emergency, secondIssuer, urgent),
    "it calls the cancel routine": cancel((there) => there.emergency, secondIssuer),
    "the commune, with a key for severity 1, cancels the province's emergency": cancel(
      (there) => there.provincial,
      (scene) => [communal(scene, { severityMax: 1 })],
      urgent,
    ),
    "a key for placements cancels the bulletin": cancel((there) => there.bulletin, withoutUse),
    "a cancel in the name of the province by the commune's key": cancel((there) => there.provincial, colleague, {
      issuer: "ubnd.tinh-a",
      level: "province",
    }),
  }),
  ...refusedAs("scope-class", {
    "the commune cancels the province's emergency": cancel((there) => there.provincial, colleague, urgent),
    "a key for routine cancels the emergency": cancel((there) => there.emergency, forRoutine),
    "a good reference carries a foreign one along": cancel((there) => [there.bulletin, there.provincial], colleague),
  }),
  ...refusedAs("quorum", {
    "one of two cancels alone what both signed": cancel((there) => there.provincial, lanAlone, {
      class: "emergency",
      severity: 1,
    }),
    "one of two cancels alone and calls it routine": cancel((there) => there.provincial, lanAlone),
    "one of two cancels with two keys of hers": cancel((there) => there.provincial, lanTwice),
  }),
  ...refusedAs("expired", {
    "a cancel whose time is over": cancel((there) => there.bulletin, colleague, {
      issuedAt: 1_700_000_000,
      notBefore: 1_700_000_000,
      expiresAt: 1_700_000_600,
    }),
  }),
  ...refusedAs("schema", {
    "a cancel of seventeen": cancel((there) => Array.from({ length: 17 }, () => there.bulletin), colleague),
    "a cancel of nothing": cancel(() => [], colleague),
    "a cancel that brings audio": (scene) =>
      cancel((there) => there.bulletin, colleague, { title: "Dừng", audio: scene.loot, plan: { kind: "now" } })(scene),
  }),
];

const UPDATES: readonly Attack[] = [
  ...refusedAs("key-unknown", {
    "a stranger replaces the bulletin": update((there) => there.bulletin, stranger),
  }),
  ...refusedAs("scope-area", {
    "a neighbour replaces the bulletin": update((there) => there.bulletin, neighbour),
  }),
  ...refusedAs("scope-use", {
    "another issuer replaces the emergency": update((there) => there.emergency, secondIssuer, urgent),
  }),
  ...refusedAs("scope-class", {
    "the commune replaces the province's emergency by a bulletin": update((there) => there.provincial, colleague),
  }),
];

const CONTROLS: readonly Attack[] = [
  ...refusedAs("key-unknown", {
    "a stranger halts everything": control(() => ({ op: "halt", until: until() }), stranger),
  }),
  ...refusedAs("scope-use", {
    "a key for broadcasts halts everything": control(() => ({ op: "halt", until: until() }), speakerOnly),
    "another issuer halts the commune's emergency": control(
      (there) => ({ op: "halt", until: until(), item: there.emergency }),
      secondIssuer,
    ),
    "somebody who did not sign holds the province's emergency": control(
      (there) => ({ op: "hold", item: there.provincial }),
      (scene) => [provincial(scene, "Người lạ", { uses: ALL_USES })],
    ),
    "a colleague holds the commune's emergency": control((there) => ({ op: "hold", item: there.emergency }), colleague),
  }),
  ...refusedAs("scope-area", {
    "a neighbour halts everything here": control(() => ({ op: "halt", until: until() }), neighbour),
  }),
  ...refusedAs("scope-class", {
    "the commune halts the province's emergency": control(
      (there) => ({ op: "halt", until: until(), item: there.provincial }),
      colleague,
    ),
  }),
  ...refusedAs("quorum", {
    "one of two halts alone what both signed": control(
      (there) => ({ op: "halt", until: until(), item: there.provincial }),
      lanAlone,
    ),
  }),
  ...refusedAs("schema", {
    "a hold of nothing in particular": control(() => ({ op: "hold" }), colleague),
    "a halt without an end": control(() => ({ op: "halt" }), colleague),
    "a halt that outlives its message": control(() => ({ op: "halt", until: 4_000_000_000 }), colleague),
    "an op of its own": control(() => ({ op: "mute" }), colleague),
  }),
  ...refusedAs("limit", {
    "a halt for a month": control(() => {
      const end = Math.floor(Date.now() / 1000) + 30 * 86_400;
      return { op: "halt", until: end, expiresAt: end };
    }, colleague),
  }),
];

const SQUATTING: readonly Attack[] = [
  ...refusedAs("replay", {
    "the id of what waits, under other words": (scene) => scene.spoken({ id: what().bulletin.id }),
    "the id of what waits, under other words and another class": (scene) =>
      scene.spoken({ id: what().bulletin.id, class: "emergency", severity: 2 }),
  }),
  ...refusedAs("key-unknown", {
    "the id of what is to be said next, by a stranger in the commune's name": (scene) =>
      scene.spoken({ id: scene.closingId }, delegated(selfMadeRoot())),
  }),
  ...refusedAs("expired", {
    "the id of what is to be said next, by the commune's key, for yesterday": (scene) =>
      scene.spoken({
        id: scene.closingId,
        issuedAt: 1_700_000_000,
        notBefore: 1_700_000_000,
        expiresAt: 1_700_000_600,
      }),
  }),
  ...refusedAs("scope-class", {
    "the id of what is to be said next, beyond the key's class": (scene) =>
      scene.spoken({ id: scene.closingId, class: "emergency", severity: 1 }),
  }),
  ...refusedAs("scope-use", {
    "the id of what is to be said next, in the commune's name by a link of a thief's": (scene) =>
      scene.spoken({ id: scene.closingId }, delegated(below(communal(scene, { uses: ["broadcast"] })))),
  }),
  {
    name: "what waits, said once more word by word",
    shots: (scene) => scene.attacker.captured.filter(({ topic }) => topic.endsWith(what().bulletin.id)),
  },
  {
    name: "what waits, with a second good signature under it",
    shots: (scene) => {
      const { payload } = JSON.parse(
        String(scene.attacker.captured.find(({ topic }) => topic.endsWith(what().bulletin.id))?.bytes),
      );
      const order = JSON.parse(Buffer.from(payload, "base64url").toString());
      const { issuer } = scene.commune;
      const second = communal(scene);
      return scene.sent(
        order,
        seal(order, [issuer.signer, second.signer], order.issuedAt, [...issuer.chain, ...second.chain]),
      );
    },
  },
];

besieged([...CANCELS, ...UPDATES, ...CONTROLS, ...SQUATTING], { prepare });
