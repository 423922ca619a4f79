import type { Authority } from "../../src/desk/authority.ts";
import type { AlertOrder } from "../../src/domain/broadcast.ts";
import { type EnvelopeJson, seal } from "../../src/wire/envelope.ts";
import { areaDocument } from "./support/documents.ts";
import { delegated, rootOf, signedText } from "./support/forgery.ts";
import { TERRITORY } from "./support/listened-topics.ts";
import { sealedBy } from "./support/orders.ts";
import { provincial, stranger } from "./support/people.ts";
import { type AimedShot, type Attack, besieged, type Siege } from "./support/siege.ts";

// One of the province's two has signed, rightly, and her half waits at the gateway. Whoever holds anything but another holder's good
// key sends what is to make it whole.

const EXTREME = { class: "emergency", severity: 1 } as const;
const HOUR_SECONDS = 3_600;
const LAN = "Nguyễn Thị Lan";
const MINH = "Trần Văn Minh";
const now = (): number => Math.floor(Date.now() / 1000);

/** Keys that were good, and are no more. */
let revoked: Authority | undefined;

interface Half {
  readonly scene: Siege;
  readonly order: AlertOrder;
  readonly lan: Authority;
}

type Sent = Uint8Array | string;
type Refusal = NonNullable<AimedShot["refused"]>;

/** The half first, and then what is to be its other half. */
function followedBy(
  refused: Refusal,
  second: (half: Half) => Sent | readonly Sent[],
  { afterMs, ...changes }: { readonly afterMs?: number; readonly expiresAt?: () => number } = {},
): Attack["shots"] {
  return (scene) => {
    const lan = provincial(scene, LAN);
    const expiresAt = changes.expiresAt?.();
    const order = scene.order({ ...EXTREME, ...(expiresAt !== undefined && { expiresAt }) }, lan);
    const made = second({ scene, order, lan });
    const others = Array.isArray(made) ? made : [made];
    const shots = others.map(
      (bytes): AimedShot => ({ ...scene.sent(order, bytes), refused, ...(afterMs && { afterMs }) }),
    );
    return [{ ...scene.sent(order, sealedBy(order, [lan])), refused: "quorum" }, ...shots];
  };
}

/** Another good envelope around the same octets, signed by somebody else. */
function signedBy(refused: Refusal, by: (scene: Siege) => Authority): Attack["shots"] {
  return followedBy(refused, ({ scene, order }) => sealedBy(order, [by(scene)]));
}

function signedApart(seconds: number): Attack["shots"] {
  return followedBy("not at all", ({ scene, order }) => {
    const minh = provincial(scene, MINH);
    return seal(order, [minh.signer], order.issuedAt + seconds, minh.chain);
  });
}

function taken(bytes: Uint8Array): EnvelopeJson {
  return JSON.parse(Buffer.from(bytes).toString());
}

function backwards(order: AlertOrder): object {
  return Object.fromEntries(Object.entries(order).toReversed());
}

function attacks(shots: Readonly<Record<string, Attack["shots"]>>): readonly Attack[] {
  return Object.entries(shots).map(([name, one]) => ({ name, shots: one }));
}

const SIGNERS = attacks({
  "by herself once more": followedBy("not at all", ({ order, lan }) => sealedBy(order, [lan])),
  "by a second key of hers": signedBy("not at all", (scene) => provincial(scene, LAN)),
  "by four more keys of hers, one after the other": followedBy("not at all", ({ scene, order }) =>
    [1, 2, 3, 4].map(() => sealedBy(order, [provincial(scene, LAN)])),
  ),
  "by a stranger": signedBy("key-unknown", stranger),
  "by a key that was revoked": signedBy("key-revoked", () => {
    if (revoked === undefined) throw new Error("no key was revoked");
    return revoked;
  }),
  "by a key whose time is over": signedBy("key-expired", (scene) =>
    provincial(scene, MINH, { issuedAt: now() - 700, notBefore: now() - 700, expiresAt: now() - 100 }),
  ),
  "by a key whose time has not come": signedBy("not at all", (scene) =>
    provincial(scene, MINH, { notBefore: now() + HOUR_SECONDS }),
  ),
  "by a colleague without the right to severity 1": signedBy("scope-class", (scene) =>
    provincial(scene, MINH, { severityMax: 2 }),
  ),
  "by a colleague without the use": signedBy("scope-use", (scene) => provincial(scene, MINH, { uses: ["control"] })),
  "by a colleague whose area is elsewhere": signedBy("scope-area", (scene) =>
    provincial(scene, MINH, { areas: ["tinh-b"] }),
  ),
  "by the commune": signedBy("scope-use", ({ commune }) => commune.issuer),
  "by another province": signedBy("scope-use", (scene) =>
    provincial(scene, MINH, { subject: { issuer: "ubnd.tinh-b" } }),
  ),
  "by a second office under her own office's name": signedBy("scope-use", ({ commune: { desk } }) =>
    delegated(rootOf(desk), { areas: [TERRITORY], severityMax: 1, subject: { issuer: "ubnd.tinh-a", holder: MINH } }),
  ),
});

const SIGNATURES = attacks({
  "signed a second too late": signedApart(901),
  "signed long before": signedApart(-901),
  "a signature of his under another order": followedBy("signature", ({ scene, order }) => {
    const minh = provincial(scene, MINH);
    const other = taken(sealedBy(scene.order(EXTREME, minh), [minh]));
    return JSON.stringify({ ...other, payload: taken(sealedBy(order, [minh])).payload });
  }),
  "his name over her signature": followedBy("signature", ({ scene, order, lan }) => {
    const minh = provincial(scene, MINH);
    return seal(order, [{ kid: minh.signer.kid, sign: (input) => lan.signer.sign(input) }], order.issuedAt, minh.chain);
  }),
  "her good signature, and a bad one beside it": followedBy("signature", ({ scene, order, lan }) => {
    const minh = provincial(scene, MINH);
    const forged = { kid: minh.signer.kid, sign: () => Buffer.alloc(64, 1) };
    return seal(order, [lan.signer, forged], order.issuedAt, [...lan.chain, ...minh.chain]);
  }),
  "his link beside her signature, and nothing of his hand": followedBy("schema", ({ scene, order, lan }) => {
    const minh = provincial(scene, MINH);
    return seal(order, [lan.signer], order.issuedAt, [...lan.chain, ...minh.chain]);
  }),
});

const WORDS = attacks({
  "the same words with a space behind them": followedBy("quorum", ({ scene, order }) =>
    signedText(`${JSON.stringify(order)} `, "broadcast", provincial(scene, MINH)),
  ),
  "the same words in another order": followedBy("quorum", ({ scene, order }) =>
    signedText(JSON.stringify(backwards(order)), "broadcast", provincial(scene, MINH)),
  ),
  "other words under the same id": followedBy("quorum", ({ scene, order }) =>
    sealedBy({ ...order, title: "Lũ đã rút" } as AlertOrder, [provincial(scene, MINH)]),
  ),
  "words that would do with one, under the same id, by the commune": followedBy("scope-use", ({ scene, order }) =>
    sealedBy({ ...order, severity: 2 } as AlertOrder, [scene.commune.issuer]),
  ),
});

/** Time enough for the half to be taken in, on a busy machine too. */
const ENDED = { expiresAt: () => now() + 5, afterMs: 6_500 };

const LATE = attacks({
  "his own half, when the order is over": followedBy(
    "expired",
    ({ scene, order }) => sealedBy(order, [provincial(scene, MINH)]),
    ENDED,
  ),
  "both together, when the order is over": followedBy(
    "expired",
    ({ scene, order, lan }) => sealedBy(order, [lan, provincial(scene, MINH)]),
    ENDED,
  ),
});

besieged([...SIGNERS, ...SIGNATURES, ...WORDS, ...LATE], {
  prepare: async (scene) => {
    const { commune } = scene;
    revoked = provincial(scene, MINH);
    const office = provincial(scene, "Văn thư", { uses: ["revoke"] });
    const keys = [{ kid: revoked.signer.kid, from: now(), reason: "compromised" }];
    const { topic, bytes } = areaDocument("revoked", () => office, { keys })(scene);
    await commune.publish(topic, bytes);
    await commune.agent.until("trust.accepted");
  },
});
