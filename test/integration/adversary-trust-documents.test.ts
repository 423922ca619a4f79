import { enrolGateway } from "../../src/desk/enrolment.ts";
import type { Root } from "../../src/domain/trust.ts";
import { seal } from "../../src/wire/envelope.ts";
import { placementTopic, policyTopic, rootTopic } from "../../src/wire/topics.ts";
import { aSite, OTHER_GATEWAY } from "../fixtures/desk-access.ts";
import { thisMoment } from "./support/desk.ts";
import { PAST, placement, policy } from "./support/documents.ts";
import { delegated, selfMadeRoot } from "./support/forgery.ts";
import { neighbour, operations, provincial, speaker, stranger } from "./support/people.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";
import { GATEWAY } from "./support/station.ts";

// Whoever changes what a gateway believes in need not forge a single order afterwards.

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
    "another office's placement, older than the one in force": placement(
      (scene) => provincial(scene, "Lan", { uses: ["placement"] }),
      ({ sequence }) => ({ sequence: sequence - 1 }),
    ),
  }),
  ...refusedAs("not-yet", {
    "a stolen key's placement, of the highest number there is": placement(operations, () => ({
      sequence: Number.MAX_SAFE_INTEGER,
    })),
    "a stolen key's placement, numbered an hour ahead": placement(operations, () => ({
      sequence: Date.now() + 3_600_000,
    })),
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
      const request = aSite({ gateway: "1123456789ab" });
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

besieged([...ROOTS, ...POLICIES, ...PLACEMENTS], {
  /** Whoever really places gateways goes on, with the number that comes next. */
  relieve: async (scene) => {
    const { agent } = scene.commune;
    const { topic, bytes } = placement(operations, ({ zones }) => ({ zones, sequence: Date.now() }))(scene);
    await scene.commune.publish(topic, bytes);
    await agent.until("trust.accepted", ({ type }) => type === "placement");
  },
});
