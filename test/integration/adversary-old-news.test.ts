import { controlTopic } from "../../src/wire/topics.ts";
import { COMMUNE } from "./support/desk.ts";
import { areaDocument, placement, toGateway } from "./support/documents.ts";
import { delegated, rootOf, withChangedWords } from "./support/forgery.ts";
import type { Shot } from "./support/hostile-client.ts";
import { until } from "./support/link.ts";
import { sealedBy } from "./support/orders.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";

// Two beacons and two indexes came, and a bulletin waits that the second index leaves out: a third that did so too would take it away.
// Who owns the broker has only the old ones; who stole the key that says them has no other right. (What he keeps back for hours is
// in `withheld-for-an-hour-is-told.test.ts`.)

type Kind = "beacon" | "index";
const KINDS = ["beacon", "index"] as const;

let said: Readonly<Record<Kind, readonly [Shot, Shot]>> | undefined;

function heard(kind: Kind, which: 0 | 1): Shot {
  if (said === undefined) throw new Error("nothing was said");
  return said[kind][which];
}

const herald = (uses: readonly ("beacon" | "index")[]) => (scene: Siege) =>
  delegated(rootOf(scene.commune.desk), { uses, classMax: "routine", severityMax: 0 });
const both = herald(KINDS);

const OLD: readonly Attack[] = KINDS.flatMap((kind): Attack[] => [
  ...refusedAs("stale", {
    [`the ${kind} before`]: () => heard(kind, 0),
    [`a new ${kind} of a lower number`]: areaDocument(kind, both, { sequence: 10 }),
  }),
  ...refusedAs("not-yet", {
    [`a stolen key's ${kind}, of the highest number there is`]: areaDocument(kind, both, {
      sequence: Number.MAX_SAFE_INTEGER,
    }),
  }),
  ...refusedAs("replay", { [`another ${kind} under the number in force`]: areaDocument(kind, both, { sequence: 12 }) }),
  ...refusedAs("signature", {
    [`the ${kind} in force, under a higher number`]: () => ({
      ...heard(kind, 1),
      bytes: withChangedWords(heard(kind, 1).bytes, (text) => text.replace('"sequence":12', '"sequence":13')),
    }),
  }),
  ...refusedAs("scope-use", {
    [`a new ${kind}, by a key for the other`]: areaDocument(kind, herald(KINDS.filter((one) => one !== kind)), {
      sequence: 13,
    }),
  }),
  ...refusedAs("scope-area", {
    [`a new ${kind} for the whole province`]: areaDocument(kind, both, { area: "tinh-a" }, { area: "tinh-a" }),
  }),
  {
    name: `the ${kind} before and the one in force, in turns`,
    shots: () => Array.from({ length: 10 }, (_, n) => heard(kind, n % 2 === 0 ? 0 : 1)),
  },
  { name: `the ${kind} in force, ten times`, shots: () => Array.from({ length: 10 }, () => heard(kind, 1)) },
]);

const STOLEN: readonly Attack[] = refusedAs("scope-use", {
  "the key of beacons speaks": (scene) => scene.spoken({}, both(scene)),
  "the key of beacons halts everything": (scene) => {
    const { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets } = scene.order();
    const common = { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets };
    const halt = { ...common, type: "control", op: "halt", until: notBefore + 600 };
    return { topic: controlTopic(COMMUNE, id), bytes: sealedBy(halt, [both(scene)]) };
  },
  "the key of beacons revokes": areaDocument("revoked", both),
  "the key of beacons places": placement(both, () => ({})),
  "the key of beacons tells the time": toGateway("time", both),
  "the key of beacons has evidence forgotten": toGateway("evidence-ack", both),
});

besieged([...OLD, ...STOLEN], {
  prepare: async (scene) => {
    const { commune } = scene;
    const { id } = await scene.awaits({ plan: { kind: "at", at: Math.floor(Date.now() / 1000) + 3_000 } });
    const hash = commune.rows<{ payloadHash: string }>("SELECT payloadHash FROM seen WHERE id = ?", id)[0]?.payloadHash;
    const expiresAt = Math.floor(Date.now() / 1000) + 3_000;
    const items = [[{ id, hash, class: "routine", expiresAt }], []] as const;
    const document = (kind: Kind, n: 0 | 1) =>
      areaDocument(kind, both, {
        sequence: 11 + n,
        ...(kind === "index" ? { items: items[n] } : { policySequence: 0, rootVersion: 1 }),
      })(scene);
    said = {
      beacon: [document("beacon", 0), document("beacon", 1)],
      index: [document("index", 0), document("index", 1)],
    };
    for (const { topic, bytes } of [...said.beacon, ...said.index]) await commune.publish(topic, bytes);
    const inForce = () => commune.rows("SELECT * FROM trust WHERE type IN ('beacon', 'index') AND sequence = 12");
    await until(() => inForce().length === 2, "beacon and index to be in force");
  },
});
