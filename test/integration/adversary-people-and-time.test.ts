import { seal } from "../../src/wire/envelope.ts";
import { delegated, rootOf } from "./support/forgery.ts";
import { TERRITORY } from "./support/listened-topics.ts";
import { sealedBy } from "./support/orders.ts";
import { provincial } from "./support/people.ts";
import { type Attack, besieged, refusedAs } from "./support/siege.ts";

// One key is in the wrong hands, and everything it says is well signed: what takes two people is not had by one, and what is over
// does not come back.

const EXTREME = { class: "emergency", severity: 1 } as const;
const SEVERE = { class: "emergency", severity: 2 } as const;
const DAY_SECONDS = 86_400;
const now = (): number => Math.floor(Date.now() / 1000);

/** Signed by the first at the time of issue, by the second so much later. */
function signedApart(secondsApart: number): Attack["shots"] {
  return (scene) => {
    const [lan, minh] = [provincial(scene, "Lan"), provincial(scene, "Minh")];
    const order = scene.order(EXTREME, lan);
    const { payload, signatures, chain } = JSON.parse(Buffer.from(sealedBy(order, [lan])).toString());
    const later = JSON.parse(
      Buffer.from(seal(order, [minh.signer], order.issuedAt + secondsApart, minh.chain)).toString(),
    );
    const both = { payload, signatures: [...signatures, ...later.signatures], chain: [...chain, ...later.chain] };
    return scene.sent(order, JSON.stringify(both));
  };
}

const PEOPLE: readonly Attack[] = [
  ...refusedAs("quorum", {
    "severity 1 by one of the province's two": (scene) => scene.spoken(EXTREME, provincial(scene, "Lan")),
    "severity 1 by two keys of one holder": (scene) =>
      scene.spoken(EXTREME, provincial(scene, "Lan"), provincial(scene, "Lan")),
    "severity 1 by four keys of one holder": (scene) =>
      scene.spoken(EXTREME, ...[1, 2, 3, 4].map(() => provincial(scene, "Lan"))),
    "a second signature a second too late": signedApart(901),
    "a second signature from before the order": signedApart(-901),
    "a second signature from the end of time": signedApart(2_000_000_000),
    "the whole province by one": (scene) =>
      scene.spoken({ ...SEVERE, targets: [{ area: TERRITORY }] }, provincial(scene, "Lan")),
    "two communes by one": (scene) =>
      scene.spoken({ ...SEVERE, targets: [{ area: "xa-hoa-binh" }, { area: "xa-khac" }] }),
    "a commune twice and a province by one": (scene) =>
      scene.spoken({ ...SEVERE, targets: [{ area: "xa-hoa-binh" }, { area: TERRITORY }] }, provincial(scene, "Lan")),
  }),
  ...refusedAs("scope-class", {
    "a second signer without the right to severity 1": (scene) =>
      scene.spoken(EXTREME, provincial(scene, "Lan"), provincial(scene, "Minh", { severityMax: 2 })),
  }),
  ...refusedAs("scope-use", {
    "a second signer without the use": (scene) =>
      scene.spoken(EXTREME, provincial(scene, "Lan"), provincial(scene, "Minh", { uses: ["control"] })),
    "a second signer of another issuer": (scene) =>
      scene.spoken(
        EXTREME,
        provincial(scene, "Lan"),
        provincial(scene, "Minh", { subject: { issuer: "ubnd.tinh-b" } }),
      ),
  }),
  ...refusedAs("scope-area", {
    "a second signer whose area is elsewhere": (scene) =>
      scene.spoken(EXTREME, provincial(scene, "Lan"), provincial(scene, "Minh", { areas: ["tinh-b"] })),
  }),
  ...refusedAs("quorum", {
    "a second signer whose key is over": (scene) =>
      scene.spoken(
        EXTREME,
        provincial(scene, "Lan"),
        provincial(scene, "Minh", { issuedAt: now() - 700, notBefore: now() - 700, expiresAt: now() - 100 }),
      ),
  }),
];

const TIME: readonly Attack[] = [
  ...refusedAs("expired", {
    "an order of yesterday": (scene) =>
      scene.spoken({ issuedAt: now() - DAY_SECONDS, notBefore: now() - DAY_SECONDS, expiresAt: now() - 10 }),
    "an order of the second before": (scene) =>
      scene.spoken({ issuedAt: now() - 60, notBefore: now() - 60, expiresAt: now() - 2 }),
    "an emergency of the year 2000": (scene) =>
      scene.spoken({ ...SEVERE, issuedAt: 946_684_800, notBefore: 946_684_800, expiresAt: 946_688_400 }),
    "an order of the first second of all": (scene) => scene.spoken({ issuedAt: 0, notBefore: 0, expiresAt: 1 }),
  }),
  ...refusedAs("limit", {
    "an order for ever": (scene) => scene.spoken({ expiresAt: 4_294_967_295 }),
    "an emergency for two days": (scene) => scene.spoken({ ...SEVERE, expiresAt: now() + 2 * DAY_SECONDS }),
    "a priority item for a fortnight": (scene) =>
      scene.spoken({ class: "priority", expiresAt: now() + 14 * DAY_SECONDS }),
    "an emergency that speaks for an hour": (scene) =>
      scene.spoken({ ...SEVERE, audio: { ...scene.loot, durationMs: 3_600_000 } } as never),
  }),
  ...refusedAs("key-expired", {
    "a key whose time is over": (scene) =>
      scene.spoken(
        {},
        delegated(rootOf(scene.commune.desk), {
          issuedAt: now() - 700,
          notBefore: now() - 700,
          expiresAt: now() - 100,
        }),
      ),
    "a key whose time does not come in the order's": (scene) =>
      scene.spoken({ expiresAt: now() + 3_000 }, delegated(rootOf(scene.commune.desk), { notBefore: now() + 3_600 })),
    "a key of the past for an order of the past": (scene) => {
      const past = { issuedAt: now() - 7_000, notBefore: now() - 7_000, expiresAt: now() - 3_600 };
      return scene.spoken(past, delegated(rootOf(scene.commune.desk), past));
    },
  }),
  ...refusedAs("not-yet", {
    "a key whose time has not come": (scene) =>
      scene.spoken({ expiresAt: now() + 7_200 }, delegated(rootOf(scene.commune.desk), { notBefore: now() + 3_600 })),
  }),
  ...refusedAs("quorum", {
    "a signing time long before the order's": (scene) => {
      const lan = provincial(scene, "Lan");
      const order = scene.order(EXTREME, lan);
      return scene.sent(order, seal(order, [lan.signer], 1, lan.chain));
    },
  }),
];

const AIM: readonly Attack[] = refusedAs("not-targeted", {
  "for another gateway of the commune": (scene) =>
    scene.spoken({ targets: [{ area: "xa-hoa-binh", gateways: ["0123456789ab"] }] }),
  "for zones that are not here": (scene) => scene.spoken({ targets: [{ area: "xa-hoa-binh", zoneTags: ["market"] }] }),
  "for everybody but this province": (scene) =>
    scene.spoken({ targets: [{ area: "xa-hoa-binh", exceptAreas: [TERRITORY] }] }),
  "a test in earnest places": (scene) => scene.spoken({ status: "test" }),
  "an emergency that is only a test": (scene) => scene.spoken({ ...SEVERE, status: "test" }),
});

besieged([...PEOPLE, ...TIME, ...AIM]);
