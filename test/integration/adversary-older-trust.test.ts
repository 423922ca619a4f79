import type { Authority } from "../../src/desk/authority.ts";
import { builtInMembers } from "../../src/desk/policy-members.ts";
import { areaDocumentTopic, broadcastTopic, controlTopic } from "../../src/wire/topics.ts";
import { COMMUNE } from "./support/desk.ts";
import { areaDocument, PAST, policy } from "./support/documents.ts";
import { below, delegated, rootOf, withChangedWords } from "./support/forgery.ts";
import type { Shot } from "./support/hostile-client.ts";
import { until } from "./support/link.ts";
import { TERRITORY } from "./support/listened-topics.ts";
import { anOfficial, sealedBy } from "./support/orders.ts";
import { neighbour, operations } from "./support/people.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";

// Two lists of revoked keys and two policies were accepted, one after the other. A thief, whom the second list names, would go back to
// the first; and whoever has no say would write a third.

const ALL_USES = ["broadcast", "control", "delegate", "revoke"] as const;
const COMPROMISED = { from: 1_700_000_000, reason: "compromised" } as const;
const now = (): number => Math.floor(Date.now() / 1000);

interface Stood {
  readonly thief: Authority;
  readonly lists: readonly [Shot, Shot];
  readonly policies: readonly [Shot, Shot];
}
let stood: Stood | undefined;

function there(): Stood {
  if (stood === undefined) throw new Error("nothing was accepted");
  return stood;
}

const thief = (): Authority => there().thief;
const root = ({ commune }: Siege) => [commune.desk.rootKey];

function revokedKeys(...authorities: readonly Authority[]) {
  return authorities.map(({ signer: { kid } }) => ({ kid, ...COMPROMISED }));
}

function tenTimes(shot: () => Shot): Attack["shots"] {
  return () => Array.from({ length: 10 }, shot);
}

function changed(shot: () => Shot, change: (text: string) => string): Attack["shots"] {
  return () => ({ ...shot(), bytes: withChangedWords(shot().bytes, change) });
}

function commonWords(scene: Siege) {
  const { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets } = scene.order();
  return { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets };
}

/** The commune's own, but for what it may do. */
const official = ({ commune }: Siege) => anOfficial(commune, "Văn thư", { uses: ALL_USES });

const OLDER: readonly Attack[] = [
  ...refusedAs("stale", {
    "the list before, which does not know the thief": () => there().lists[0],
    "an empty list of a lower number": areaDocument("revoked", operations, { sequence: 10, keys: [] }),
    "a list of number nought": areaDocument("revoked", operations, { sequence: 0, keys: [] }),
    "the policy before": () => there().policies[0],
    "rules of a lower number": policy({ ...builtInMembers(), sequence: 10 }, root),
  }),
  ...refusedAs("not-yet", {
    "a stolen key's list, of the highest number there is": areaDocument("revoked", operations, {
      sequence: Number.MAX_SAFE_INTEGER,
      keys: [],
    }),
    "a list numbered an hour ahead": areaDocument("revoked", operations, {
      sequence: Date.now() + 3_600_000,
      keys: [],
    }),
    "rules of the highest number there is": policy({ ...builtInMembers(), sequence: Number.MAX_SAFE_INTEGER }, root),
  }),
  ...refusedAs("replay", {
    "an empty list under the number in force": areaDocument("revoked", operations, { sequence: 12, keys: [] }),
    "other rules under the number in force": policy({ ...builtInMembers(), sequence: 12 }, root),
  }),
  ...refusedAs("expired", {
    "a newer list whose time is over": areaDocument("revoked", operations, { ...PAST, sequence: 13, keys: [] }),
  }),
  { name: "the list before, once more, ten times", shots: tenTimes(() => there().lists[0]) },
  { name: "the list in force, ten times", shots: tenTimes(() => there().lists[1]) },
  { name: "the policy in force, ten times", shots: tenTimes(() => there().policies[1]) },
];

const FORGED: readonly Attack[] = [
  ...refusedAs("signature", {
    "the list in force, under a higher number": changed(
      () => there().lists[1],
      (text) => text.replace('"sequence":12', '"sequence":13'),
    ),
    "the list in force, with another key in the thief's place": changed(
      () => there().lists[1],
      (text) => text.replace(thief().signer.kid, "A".repeat(22)),
    ),
    "the policy in force, under a higher number": changed(
      () => there().policies[1],
      (text) => text.replace('"sequence":12', '"sequence":13'),
    ),
    "a newer list under the name of the operations' key": areaDocument(
      "revoked",
      (scene) => {
        const { delegation, signer, chain } = operations(scene);
        return { delegation, chain, signer: { kid: signer.kid, sign: (input) => thief().signer.sign(input) } };
      },
      { sequence: 13, keys: [] },
    ),
  }),
  ...refusedAs("key-expired", {
    "a newer list by a key whose time is over": areaDocument(
      "revoked",
      (scene) =>
        delegated(rootOf(scene.commune.desk), {
          ...{ issuedAt: now() - 700, notBefore: now() - 700, expiresAt: now() - 100 },
          ...{ areas: [TERRITORY], uses: ["revoke"] },
          subject: { issuer: "operations", level: "province" },
        }),
      { sequence: 13, keys: [] },
    ),
  }),
];

const NOT_ENTITLED: readonly Attack[] = [
  ...refusedAs("scope-use", {
    "the commune in the operations' name": areaDocument("revoked", official, {
      ...{ issuer: "operations", level: "province", sequence: 13, keys: [] },
    }),
    "the operations, by a key for placements alone": areaDocument(
      "revoked",
      ({ commune: { desk } }) =>
        delegated(rootOf(desk), {
          ...{ areas: [TERRITORY], uses: ["placement"] },
          subject: { issuer: "operations", level: "province" },
        }),
      { sequence: 13, keys: [] },
    ),
  }),
  ...refusedAs("scope-area", {
    "the commune for the whole province": areaDocument("revoked", official, { area: TERRITORY }, { area: TERRITORY }),
    "the neighbour for the whole province": areaDocument(
      "revoked",
      neighbour,
      { area: TERRITORY },
      { area: TERRITORY },
    ),
  }),
  ...refusedAs("binding", {
    "the list in force, as the commune's": () => ({
      ...there().lists[0],
      topic: areaDocumentTopic("revoked", COMMUNE, "ubnd.hoa-binh"),
    }),
    "the list in force, as the province's": () => ({
      ...there().lists[0],
      topic: areaDocumentTopic("revoked", TERRITORY, "operations"),
    }),
    "the list in force, as an index": () => ({
      ...there().lists[0],
      topic: areaDocumentTopic("index", COMMUNE, "operations"),
    }),
  }),
];

const THIEF: readonly Attack[] = refusedAs("key-revoked", {
  "the thief takes himself off the list": areaDocument("revoked", thief, { sequence: 13, keys: [] }),
  "the thief revokes the commune's own key": areaDocument("revoked", thief, { sequence: 14 }),
  "the thief speaks": (scene) => scene.spoken({}, thief()),
  "the thief speaks of an emergency": (scene) => scene.spoken({ class: "emergency", severity: 2 }, thief()),
  "the thief writes the date of long before": (scene) =>
    scene.spoken({ issuedAt: 1_600_000_000, notBefore: now() - 60 }, thief()),
  "a key that the thief set up": (scene) => scene.spoken({}, delegated(below(thief()), { uses: ["broadcast"] })),
  "the thief halts everything": (scene) => {
    const common = commonWords(scene);
    const halt = { ...common, type: "control", op: "halt", until: now() + 600 };
    return { topic: controlTopic(COMMUNE, halt.id), bytes: sealedBy(halt, [thief()]) };
  },
  "the thief cancels what is to be said next": (scene) => {
    const common = commonWords(scene);
    const calm = { status: "actual", class: "routine", severity: 0 } as const;
    const references = [{ issuer: common.issuer, id: scene.closingId }];
    const cancel = { ...common, ...calm, type: "broadcast", action: "cancel", references };
    return { topic: broadcastTopic(COMMUNE, false, cancel.id), bytes: sealedBy(cancel, [thief()]) };
  },
});

const BESIDE: readonly Attack[] = refusedAs("quorum", {
  "the thief lends a good key the second signature that it lacks": (scene) =>
    scene.spoken(
      { class: "emergency", severity: 2, targets: [{ area: COMMUNE }, { area: "xa-khac" }] },
      scene.commune.issuer,
      thief(),
    ),
});

besieged([...OLDER, ...FORGED, ...NOT_ENTITLED, ...THIEF, ...BESIDE], {
  prepare: async (scene) => {
    const { commune } = scene;
    const [earlier, later] = [official(scene), official(scene)];
    const list = (sequence: number, ...keys: readonly Authority[]) =>
      areaDocument("revoked", operations, { sequence, keys: revokedKeys(...keys) })(scene);
    const rules = (sequence: number, routine: number) =>
      policy({ ...builtInMembers(), sequence, repeats: { routine } }, root)(scene);
    stood = {
      thief: later,
      lists: [list(11, earlier), list(12, earlier, later)],
      policies: [rules(11, 10), rules(12, 1)],
    };
    // And one that bears on nothing: an office of the same commune names the keys of its equal and of its superior.
    const equal = anOfficial(commune, "Người ganh ghét", { subject: { issuer: "ubnd.khac" }, uses: ALL_USES });
    const spiteful = areaDocument("revoked", () => equal, {
      keys: revokedKeys(commune.issuer, operations(scene)),
    })(scene);
    const { agent } = commune;
    for (const { topic, bytes } of [...stood.lists, ...stood.policies, spiteful]) {
      const before = agent.events("trust.accepted").length;
      await commune.publish(topic, bytes);
      await until(() => agent.events("trust.accepted").length > before, "it to be accepted");
    }
  },
});
