import type { Authority } from "../../src/desk/authority.ts";
import { KEY_USES, type RefusalCode } from "../../src/domain/trust.ts";
import { below, type DelegationChanges, delegated, rootOf } from "./support/forgery.ts";
import { TERRITORY } from "./support/listened-topics.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";

/** A key in the middle of a chain was stolen: its thief may sign links, and gives himself more than the key has. */
const STOLEN: DelegationChanges = { classMax: "emergency", severityMax: 2, uses: ["broadcast", "delegate"] };

/** What the thief writes into the link below the stolen key, and what he may expect for it. */
interface Greed {
  readonly what: string;
  readonly refused: RefusalCode;
  readonly changes: DelegationChanges;
}

const GREED: readonly Greed[] = [
  { what: "the whole province", refused: "scope-area", changes: { areas: [TERRITORY] } },
  { what: "the whole province besides", refused: "scope-area", changes: { areas: ["xa-hoa-binh", TERRITORY] } },
  { what: "severity 1", refused: "scope-class", changes: { severityMax: 1 } },
  { what: "the province's level", refused: "scope-use", changes: { subject: { level: "province" } } },
  { what: "the nation's level", refused: "scope-use", changes: { subject: { level: "nation" } } },
  { what: "a level that no policy knows", refused: "scope-use", changes: { subject: { level: "world" } } },
  { what: "the name of another commune", refused: "scope-use", changes: { subject: { issuer: "ubnd.khac" } } },
  { what: "the name of the root", refused: "scope-use", changes: { subject: { issuer: "root", level: "root" } } },
  ...KEY_USES.filter((use) => !STOLEN.uses?.includes(use)).map(
    (use): Greed => ({
      what: `the use ${use}`,
      refused: "scope-use",
      changes: { uses: ["broadcast", "delegate", use] },
    }),
  ),
];

/** Root, then links down to the stolen key: one or two. */
function stolenKey({ commune: { desk } }: Siege, depth: 1 | 2, changes: DelegationChanges = {}): Authority {
  const first = delegated(rootOf(desk), { ...STOLEN, ...(depth === 1 ? changes : {}) });
  return depth === 1 ? first : delegated(below(first), { ...STOLEN, ...changes });
}

function greedy(depth: 1 | 2): readonly Attack[] {
  const link = `link ${depth + 1}`;
  return [
    ...GREED.map(({ what, refused, changes }) => ({
      name: `${link} gives itself ${what}`,
      refused,
      shots: (scene: Siege) => scene.spoken({}, delegated(below(stolenKey(scene, depth)), changes)),
    })),
    {
      name: `${link} gives itself emergencies below a key for routine`,
      refused: "scope-class",
      shots: (scene) => {
        const stolen = stolenKey(scene, depth, { classMax: "routine", severityMax: 0 });
        return scene.spoken({}, delegated(below(stolen)));
      },
    },
    {
      name: `${link} is signed by a key that may not delegate`,
      refused: "scope-use",
      shots: (scene) => scene.spoken({}, delegated(below(stolenKey(scene, depth, { uses: ["broadcast"] })))),
    },
    {
      name: `${link} is signed in the name of another issuer`,
      refused: "scope-use",
      shots: (scene) => scene.spoken({}, delegated({ ...below(stolenKey(scene, depth)), issuer: "ubnd.khac" })),
    },
    {
      name: `${link} is signed at a higher level`,
      refused: "scope-use",
      shots: (scene) => scene.spoken({}, delegated({ ...below(stolenKey(scene, depth)), level: "province" })),
    },
    {
      name: `${link} is signed as if by the root`,
      refused: "scope-use",
      shots: (scene) =>
        scene.spoken({}, delegated({ ...below(stolenKey(scene, depth)), issuer: "root", level: "root" })),
    },
    {
      name: `${link} outlives the key above it, whose time is over`,
      refused: "key-expired",
      shots: (scene) => {
        const over = Math.floor(Date.now() / 1000) - 60;
        const times = { issuedAt: over - 600, notBefore: over - 600, expiresAt: over };
        return scene.spoken({}, delegated(below(stolenKey(scene, depth, times))));
      },
    },
    {
      name: `${link} stands below a key whose time has not come`,
      refused: "key-expired",
      shots: (scene) => {
        const tomorrow = Math.floor(Date.now() / 1000) + 86_400;
        return scene.spoken(
          {},
          delegated(below(stolenKey(scene, depth, { notBefore: tomorrow, expiresAt: tomorrow + 600 }))),
        );
      },
    },
  ];
}

/** The end of a good chain says more than it may. */
const BEYOND_THE_LEAF: readonly Attack[] = [
  ...refusedAs("scope-area", {
    "an area that the chain does not cover": (scene) => scene.spoken({ targets: [{ area: TERRITORY }] }),
    "a key of another commune of this province": (scene) =>
      scene.spoken({}, stolenKey(scene, 1, { areas: ["xa-khac"], subject: { issuer: "ubnd.khac" } })),
  }),
  ...refusedAs("scope-class", {
    "an emergency by a key for routine": (scene) =>
      scene.spoken({ class: "emergency", severity: 3 }, stolenKey(scene, 1, { classMax: "routine", severityMax: 0 })),
    "priority by a key for routine": (scene) =>
      scene.spoken({ class: "priority" }, stolenKey(scene, 2, { classMax: "routine", severityMax: 0 })),
    "severity 1 by a key for severity 2": (scene) => scene.spoken({ class: "emergency", severity: 1 }),
    "a right lent by a second signature": (scene) => {
      const routine = stolenKey(scene, 1, { classMax: "routine", severityMax: 0, subject: { holder: "Nguyễn Văn A" } });
      return scene.spoken({ class: "emergency", severity: 2 }, routine, scene.commune.issuer);
    },
  }),
  ...refusedAs("scope-use", {
    "an order by a key for placements": (scene) => scene.spoken({}, stolenKey(scene, 1, { uses: ["placement"] })),
    "an order by the key that acknowledges evidence": (scene) => scene.spoken({}, scene.commune.desk.service),
    "an order in another issuer's name": (scene) => scene.spoken({ issuer: "ubnd.tinh-a" }),
    "an order at another level": (scene) => scene.spoken({ level: "province" }),
    "an order in the root's name": (scene) => scene.spoken({ issuer: "root", level: "root" }),
    "two issuers under one order": (scene) =>
      scene.spoken({}, scene.commune.issuer, stolenKey(scene, 1, { subject: { issuer: "ubnd.khac" } })),
  }),
];

besieged([...greedy(1), ...greedy(2), ...BEYOND_THE_LEAF]);
