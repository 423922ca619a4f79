import { enrolGateway } from "../../src/desk/enrolment.ts";
import type { Placement, Root } from "../../src/domain/trust.ts";
import { seal } from "../../src/wire/envelope.ts";
import {
  areaDocumentTopic,
  evidenceAckTopic,
  placementTopic,
  policyTopic,
  rootTopic,
  timeTopic,
} from "../../src/wire/topics.ts";
import { COMMUNE, ISSUER, thisMoment } from "./support/desk.ts";
import { delegated, rootOf, selfMadeRoot } from "./support/forgery.ts";
import { sealedBy } from "./support/orders.ts";
import { type Attack, besieged, OTHER_GATEWAY, refusedAs, type Siege } from "./support/siege.ts";
import { GATEWAY } from "./support/station.ts";

// Whoever changes what a gateway believes in need not forge a single order afterwards.

type Words = Readonly<Record<string, unknown>>;
const NONCE = "AAAAAAAAAAAAAAAAAAAAAA";
const PAST = { issuedAt: 1_700_000_000, notBefore: 1_700_000_000, expiresAt: 1_700_000_600 };

function bare(scene: Siege, issuer: string, level: string) {
  const { version, id, sequence, issuedAt, notBefore, expiresAt } = scene.order();
  return { version, id, issuer, level, sequence: sequence + 1, issuedAt, notBefore, expiresAt };
}

/** A root after the one in force, with the attacker's key in it. */
function nextRoot({ commune: { desk } }: Siege, changes: Partial<Root> = {}) {
  const { root } = desk.root;
  const { publicKey } = delegated(selfMadeRoot()).delegation.subject;
  const { id } = { id: thisMoment().chance.ulid(Date.now()) };
  return { ...root, id, rootVersion: root.rootVersion + 1, keys: [{ publicKey, holder: "Kẻ trộm" }], ...changes };
}

const ROOTS: readonly Attack[] = [
  ...refusedAs("signature", {
    "the next root, by a stranger": (scene) => ({
      topic: rootTopic(2),
      bytes: seal(nextRoot(scene), [selfMadeRoot().signer], 1),
    }),
    "the next root, by a commune's key": (scene) => ({
      topic: rootTopic(2),
      bytes: seal(nextRoot(scene), [scene.commune.issuer.signer], 1),
    }),
    "the next root, a stranger's signature beside the good one": (scene) => ({
      topic: rootTopic(2),
      bytes: seal(nextRoot(scene), [scene.commune.desk.rootKey, selfMadeRoot().signer], 1),
    }),
  }),
  ...refusedAs("root-old", {
    "the next root, by itself alone": (scene) => {
      const thief = delegated(selfMadeRoot());
      const keys = [{ publicKey: thief.delegation.subject.publicKey, holder: "Kẻ trộm" }];
      return { topic: rootTopic(2), bytes: seal(nextRoot(scene, { keys }), [thief.signer], 1) };
    },
    "a root that skips versions, by the root key": (scene) => ({
      topic: rootTopic(7),
      bytes: seal(nextRoot(scene, { rootVersion: 7 }), [scene.commune.desk.rootKey], 1),
    }),
    "the last root there can be, by the root key": (scene) => ({
      topic: rootTopic(999_999_999),
      bytes: seal(nextRoot(scene, { rootVersion: 999_999_999 }), [scene.commune.desk.rootKey], 1),
    }),
    "another first root, by the root key": (scene) => ({
      topic: rootTopic(1),
      bytes: seal(nextRoot(scene, { rootVersion: 1 }), [scene.commune.desk.rootKey], 1),
    }),
  }),
  ...refusedAs("schema", {
    "the next root, with a chain": (scene) => ({
      topic: rootTopic(2),
      bytes: seal(nextRoot(scene), [scene.commune.issuer.signer], 1, scene.commune.issuer.chain),
    }),
    "a root that nobody need sign": (scene) => ({
      topic: rootTopic(2),
      bytes: seal(
        nextRoot(scene, { thresholds: { root: 0, delegation: 0, policy: 0 } }),
        [scene.commune.desk.rootKey],
        1,
      ),
    }),
    "a root that one person signs for two": (scene) => {
      const keys = [1, 2].map(() => ({
        publicKey: delegated(selfMadeRoot()).delegation.subject.publicKey,
        holder: "Một người",
      }));
      const thresholds = { root: 2, delegation: 1, policy: 1 };
      return {
        topic: rootTopic(2),
        bytes: seal(nextRoot(scene, { keys, thresholds }), [scene.commune.desk.rootKey], 1),
      };
    },
  }),
  ...refusedAs("binding", {
    "a root on another version's topic": (scene) => ({
      topic: rootTopic(3),
      bytes: seal(nextRoot(scene), [scene.commune.desk.rootKey], 1),
    }),
    "a root of version nought": (scene) => ({
      topic: "loa/1/trust/root/0",
      bytes: seal(nextRoot(scene, { rootVersion: 0 }), [scene.commune.desk.rootKey], 1),
    }),
    "a root where the policy stands": (scene) => ({
      topic: policyTopic(),
      bytes: seal(nextRoot(scene), [scene.commune.desk.rootKey], 1),
    }),
  }),
];

function policy(words: Words, by: (scene: Siege) => Parameters<typeof seal>[1], chain = false): Attack["shots"] {
  return (scene) => {
    const levels = [{ code: "commune", rank: 0 }];
    const message = { ...bare(scene, "root", "root"), type: "policy", levels, ...words };
    const bytes = seal(message, by(scene), message.issuedAt, chain ? scene.commune.issuer.chain : []);
    return { topic: policyTopic(), bytes };
  };
}

const POLICIES: readonly Attack[] = [
  ...refusedAs("signature", {
    "a policy by a stranger": policy({}, () => [selfMadeRoot().signer]),
    "a policy by a commune, which would stand above all": policy({}, ({ commune }) => [commune.issuer.signer]),
    "a policy by the root, a stranger beside it": policy({}, ({ commune }) => [
      commune.desk.rootKey,
      selfMadeRoot().signer,
    ]),
  }),
  ...refusedAs("schema", {
    "a policy by a commune, with its chain": policy({}, ({ commune }) => [commune.issuer.signer], true),
    "a policy that makes a level of the root": policy({ levels: [{ code: "root", rank: 0 }] }, ({ commune }) => [
      commune.desk.rootKey,
    ]),
    "a policy without levels": policy({ levels: [] }, ({ commune }) => [commune.desk.rootKey]),
    "a policy with two ranks for one level": policy(
      {
        levels: [
          { code: "commune", rank: 0 },
          { code: "commune", rank: 2 },
        ],
      },
      ({ commune }) => [commune.desk.rootKey],
    ),
    "a policy of endless lives, written with a fraction": policy(
      { lifeSeconds: { routine: "forever" } },
      ({ commune }) => [commune.desk.rootKey],
    ),
  }),
];

/** A document of an area; `by` signs, and unless `words` says otherwise in its own name. */
function areaDocument(
  type: "revoked" | "beacon" | "index",
  by: (scene: Siege) => ReturnType<typeof delegated>,
  words: Words = {},
  at?: { area?: string; issuer?: string },
): Attack["shots"] {
  return (scene) => {
    const signer = by(scene);
    const { issuer, level } = signer.delegation.subject;
    const own = {
      revoked: { keys: [{ kid: scene.commune.issuer.signer.kid, from: 1_700_000_000, reason: "compromised" }] },
      beacon: { n: 1_000_000, now: Math.floor(Date.now() / 1000), policySequence: 9, rootVersion: 9 },
      index: { items: [] },
    }[type];
    const message = { ...bare(scene, issuer, level), type, area: COMMUNE, ...own, ...words };
    return {
      topic: areaDocumentTopic(type, at?.area ?? COMMUNE, at?.issuer ?? message.issuer),
      bytes: sealedBy(message, [signer]),
    };
  };
}

const stranger = () =>
  delegated(selfMadeRoot(), { uses: ["revoke", "beacon", "index", "time", "placement", "ingest"] });
const speaker = ({ commune }: Siege) => commune.issuer;
const neighbour = ({ commune: { desk } }: Siege) =>
  delegated(rootOf(desk), {
    areas: ["xa-khac"],
    subject: { issuer: "ubnd.khac" },
    uses: ["revoke", "beacon", "index", "time", "placement", "ingest"],
  });

const AREA_DOCUMENTS: readonly Attack[] = (["revoked", "beacon", "index"] as const).flatMap((type): Attack[] => [
  { name: `${type} by a stranger`, refused: "key-unknown", shots: areaDocument(type, stranger) },
  { name: `${type} by a key that may only speak`, refused: "scope-use", shots: areaDocument(type, speaker) },
  { name: `${type} by a neighbour, for our area`, refused: "scope-area", shots: areaDocument(type, neighbour) },
  {
    name: `${type} in the commune's name by its neighbour`,
    refused: "scope-use",
    shots: areaDocument(type, neighbour, { issuer: ISSUER }),
  },
  {
    name: `${type} of another area on a topic of ours`,
    refused: "binding",
    shots: areaDocument(type, neighbour, { area: "xa-khac" }),
  },
  {
    name: `${type} on the topic of another issuer`,
    refused: "binding",
    shots: areaDocument(type, neighbour, {}, { issuer: ISSUER }),
  },
  { name: `${type} whose time is over`, refused: "expired", shots: areaDocument(type, neighbour, PAST) },
  {
    name: `${type} under the name of the root`,
    refused: "scope-use",
    shots: areaDocument(type, speaker, { issuer: "root", level: "root" }),
  },
]);

function placement(
  by: (scene: Siege) => ReturnType<typeof delegated>,
  changes: (inForce: Placement) => Words,
  gateway = GATEWAY,
): Attack["shots"] {
  return (scene) => {
    const inForce = scene.commune.desk.database.register.find(GATEWAY)?.placement;
    if (inForce === undefined) throw new Error("the gateway is not in the register");
    const signer = by(scene);
    const zones = inForce.zones.map((zone) => ({ ...zone, gainCentiDb: -6_000, emergencyGainCentiDb: -6_000 }));
    const { issuer, level } = signer.delegation.subject;
    const { id } = scene.order();
    const next = { ...inForce, id, zones, issuer, level, sequence: inForce.sequence + 1, ...changes(inForce) };
    return { topic: placementTopic(gateway), bytes: sealedBy(next, [signer]) };
  };
}

const operations = ({ commune }: Siege) => commune.desk.operations;

const PLACEMENTS: readonly Attack[] = [
  ...refusedAs("key-unknown", {
    "a placement by a stranger mutes the zones": placement(stranger, () => ({})),
  }),
  ...refusedAs("scope-use", {
    "a placement by a key that may only speak": placement(speaker, () => ({})),
  }),
  ...refusedAs("scope-area", {
    "a placement by a neighbour's operations": placement(neighbour, () => ({})),
    "a neighbour's placement that says we lie in its commune": placement(neighbour, ({ areas }) => ({
      commune: "xa-khac",
      areas: [...areas, { id: "xa-khac", kind: "commune", within: [] }],
    })),
  }),
  ...refusedAs("stale", {
    "an older placement comes back": placement(operations, ({ sequence }) => ({ sequence: sequence - 1 })),
  }),
  ...refusedAs("replay", {
    "the number of the placement in force, other words": placement(operations, ({ sequence }) => ({ sequence })),
  }),
  ...refusedAs("expired", {
    "a placement whose time is over": placement(operations, () => PAST),
  }),
  ...refusedAs("binding", {
    "a placement for another gateway": placement(operations, () => ({ gateway: OTHER_GATEWAY })),
    "what the desk really signed for another gateway": async ({ commune: { desk } }) => {
      const request = {
        gateway: "1123456789ab",
        serial: "unknown",
        commune: COMMUNE,
        areas: [],
        zones: [{ id: "z1", tags: [] }],
      };
      await enrolGateway(desk, request, thisMoment());
      return [
        {
          topic: placementTopic(GATEWAY),
          bytes: desk.database.retained.find(placementTopic(request.gateway))?.payload ?? "",
        },
      ];
    },
  }),
  ...refusedAs("schema", {
    "a placement that leads to the attacker's broker, in clear": placement(operations, () => ({
      brokers: ["mqtt://evil.example.org"],
    })),
    "a placement without zones": placement(operations, () => ({ zones: [] })),
    "a placement with a zone that names a path": placement(operations, ({ zones: [zone] }) => ({
      zones: [{ ...zone, id: "../z1" }],
    })),
  }),
];

function toGateway(
  type: "time" | "evidence-ack",
  by: (scene: Siege) => ReturnType<typeof delegated>,
  words: Words = {},
): Attack["shots"] {
  return (scene) => {
    const signer = by(scene);
    const { issuer, level } = signer.delegation.subject;
    const own = {
      time: { nonce: NONCE, nowMs: Date.now() },
      "evidence-ack": { epoch: scene.order().id, to: 1, headHash: scene.commune.desk.root.payloadHash },
    }[type];
    const message = { ...bare(scene, issuer, level), type, gateway: GATEWAY, ...own, ...words };
    const topic = type === "time" ? timeTopic(GATEWAY, NONCE) : evidenceAckTopic(GATEWAY);
    return { topic, bytes: sealedBy(message, [signer]) };
  };
}

const service = ({ commune }: Siege) => commune.desk.service;

const ANSWERS: readonly Attack[] = [
  ...refusedAs("key-unknown", {
    "the time, told by a stranger": toGateway("time", stranger),
    "evidence acknowledged by a stranger": toGateway("evidence-ack", stranger),
  }),
  ...refusedAs("scope-use", {
    "the time, told by a key that may only speak": toGateway("time", speaker),
    "evidence acknowledged by the commune that is to be proven": toGateway("evidence-ack", speaker),
  }),
  ...refusedAs("scope-area", {
    "the time, told by a neighbour": toGateway("time", neighbour),
    "evidence acknowledged by a neighbour": toGateway("evidence-ack", neighbour),
  }),
  ...refusedAs("binding", {
    "the time for another question": toGateway("time", neighbour, { nonce: "BBBBBBBBBBBBBBBBBBBBBA" }),
    "the time for another gateway": toGateway("time", neighbour, { gateway: OTHER_GATEWAY }),
    "evidence of another gateway acknowledged here": toGateway("evidence-ack", service, { gateway: OTHER_GATEWAY }),
  }),
  ...refusedAs("schema", {
    "the time in seconds of a far century": toGateway("time", neighbour, { nowMs: Number.MAX_SAFE_INTEGER }),
    "an acknowledgement of record nought": toGateway("evidence-ack", service, { to: 0 }),
    "an acknowledgement of what is not written yet, as a list": toGateway("evidence-ack", service, { to: [1] }),
  }),
  ...refusedAs("expired", {
    "an acknowledgement whose time is over": toGateway("evidence-ack", service, PAST),
  }),
];

besieged([...ROOTS, ...POLICIES, ...AREA_DOCUMENTS, ...PLACEMENTS, ...ANSWERS]);
