import { keyId } from "../../src/core/keys.ts";
import type { Authority } from "../../src/desk/authority.ts";
import type { Signer } from "../../src/domain/ports.ts";
import type { EnvelopeJson } from "../../src/wire/envelope.ts";
import { below, delegated, rootOf, selfMadeRoot, withChangedWords } from "./support/forgery.ts";
import type { Shot } from "./support/hostile-client.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";

/** The envelope of a good order, taken apart and put together otherwise. */
function rebuilt(change: (envelope: EnvelopeJson, scene: Siege) => object) {
  return (scene: Siege): Shot => {
    const order = scene.order();
    const envelope: EnvelopeJson = JSON.parse(Buffer.from(scene.commune.signed(order)).toString());
    return scene.sent(order, JSON.stringify(change(envelope, scene)));
  };
}

/** Another protected header under the old signature, or its first signature changed in another way. */
function headed(change: (header: Readonly<Record<string, unknown>>) => object) {
  return rebuilt(({ signatures: [signature], ...envelope }) => {
    const header = JSON.parse(Buffer.from(signature?.protected ?? "", "base64url").toString());
    const encoded = Buffer.from(JSON.stringify(change(header))).toString("base64url");
    return { ...envelope, signatures: [{ ...signature, protected: encoded }] };
  });
}

function signature(change: (bytes: Buffer) => void) {
  return rebuilt(({ signatures: [signature], ...envelope }) => {
    const bytes = Buffer.from(signature?.signature ?? "", "base64url");
    change(bytes);
    return { ...envelope, signatures: [{ ...signature, signature: bytes.toString("base64url") }] };
  });
}

function spokenBy(by: (scene: Siege) => Authority) {
  return (scene: Siege): Shot => scene.spoken({}, by(scene));
}

const STRANGERS: readonly Attack[] = [
  ...refusedAs("key-unknown", {
    "a chain from a root of the attacker's own": spokenBy(() => delegated(selfMadeRoot())),
    "a chain of three from a root of his own": spokenBy(() =>
      delegated(below(delegated(below(delegated(selfMadeRoot()))))),
    ),
    "no chain at all": spokenBy(({ commune: { issuer } }) => ({ ...issuer, chain: [] })),
    "his own key under the commune's chain": spokenBy(({ commune: { issuer } }) => ({
      ...delegated(selfMadeRoot()),
      chain: issuer.chain,
    })),
    "the root key itself": spokenBy(({ commune: { issuer, desk } }) => ({
      ...issuer,
      signer: desk.rootKey,
      chain: [],
    })),
    "four delegations below the root": spokenBy(({ commune: { desk } }) =>
      delegated(below(delegated(below(delegated(below(delegated(rootOf(desk)))))))),
    ),
    "a chain whose middle is missing": spokenBy(({ commune: { desk } }) => {
      const whole = delegated(below(delegated(below(delegated(rootOf(desk))))));
      return { ...whole, chain: whole.chain.filter((_, index) => index !== 1) };
    }),
    "a chain whose beginning is missing": spokenBy(({ commune: { desk } }) => {
      const whole = delegated(below(delegated(rootOf(desk))));
      return { ...whole, chain: whole.chain.slice(1) };
    }),
    "a delegation that its own subject signed": spokenBy(({ commune: { issuer } }) => ({
      ...issuer,
      chain: delegated(below({ ...issuer, chain: [] }), { subject: { publicKey: issuer.delegation.subject.publicKey } })
        .chain,
    })),
  }),
  ...refusedAs("schema", {
    "a link that leads to nobody": spokenBy(({ commune: { desk, issuer } }) => ({
      ...issuer,
      chain: [...issuer.chain, ...delegated(rootOf(desk)).chain],
    })),
    "two delegations for one key": spokenBy(({ commune: { desk, issuer } }) => {
      const { publicKey } = issuer.delegation.subject;
      return { ...issuer, chain: [...issuer.chain, ...delegated(rootOf(desk), { subject: { publicKey } }).chain] };
    }),
    "the signature of a gateway's birth": (scene) => {
      const birth = scene.attacker.captured.find(({ topic }) => topic.endsWith("/up/birth"));
      const { signatures }: EnvelopeJson = JSON.parse(String(birth?.bytes));
      return rebuilt((envelope) => ({ ...envelope, signatures }))(scene);
    },
  }),
];

const FORGERIES: readonly Attack[] = [
  ...refusedAs("signature", {
    "one word changed": (scene) => {
      const order = scene.order();
      return scene.sent(
        order,
        withChangedWords(scene.commune.signed(order), (text) => text.replace("Bản tin", "Bản tên")),
      );
    },
    "routine made an emergency": (scene) => {
      const order = scene.order();
      const urgent = { ...order, class: "emergency", severity: 2 } as const;
      const raised = (text: string) =>
        text.replace('"class":"routine","severity":0', '"class":"emergency","severity":2');
      return scene.sent(urgent, withChangedWords(scene.commune.signed(order), raised));
    },
    "a longer life": (scene) => {
      const order = scene.order();
      return scene.sent(
        order,
        withChangedWords(scene.commune.signed(order), (text) =>
          text.replace(/"expiresAt":(\d+)/, '"expiresAt":4000000000'),
        ),
      );
    },
    "another id under an old signature": (scene) => {
      const [order, other] = [scene.order(), scene.order()];
      return scene.sent(
        other,
        withChangedWords(scene.commune.signed(order), (text) => text.replace(order.id, other.id)),
      );
    },
    "another message's signature": (scene) =>
      rebuilt((envelope) => {
        const other: EnvelopeJson = JSON.parse(Buffer.from(scene.commune.signed(scene.order())).toString());
        return { ...envelope, signatures: other.signatures };
      })(scene),
    "a stranger's signature under the commune's name": spokenBy(({ commune: { issuer } }) => ({
      ...issuer,
      signer: { kid: issuer.signer.kid, sign: (input) => delegated(selfMadeRoot()).signer.sign(input) },
    })),
    "a good signature with a bad one beside it": (scene) => {
      const { issuer, desk } = scene.commune;
      const other = delegated(rootOf(desk));
      const liar = {
        ...other,
        signer: { kid: other.signer.kid, sign: (input: Uint8Array) => issuer.signer.sign(input) },
      };
      return scene.spoken({}, issuer, liar);
    },
    "a signature of nothing but zeros": signature((bytes) => bytes.fill(0)),
    "a signature with one bit turned in R": signature((bytes) => {
      bytes[0] = (bytes[0] ?? 0) ^ 1;
    }),
    "a signature with one bit turned in S": signature((bytes) => {
      bytes[32] = (bytes[32] ?? 0) ^ 1;
    }),
    "a second form of a good signature (S plus the group's order)": signature(addGroupOrder),
    "a signing time moved afterwards": headed((header) => ({ ...header, signedAt: 1 })),
    "the same header written with a space": rebuilt(({ signatures: [signature], ...envelope }) => {
      const text = Buffer.from(signature?.protected ?? "", "base64url")
        .toString()
        .replace("{", "{ ");
      return { ...envelope, signatures: [{ ...signature, protected: Buffer.from(text).toString("base64url") }] };
    }),
    "a delegation widened afterwards": rebuilt(({ chain: [link], ...envelope }) => {
      const widened = withChangedWords(JSON.stringify(link), (text) =>
        text.replace('"severityMax":2', '"severityMax":1'),
      );
      return { ...envelope, chain: [JSON.parse(widened)] };
    }),
    "a delegation prolonged afterwards": rebuilt(({ chain: [link], ...envelope }) => {
      const prolonged = withChangedWords(JSON.stringify(link), (text) =>
        text.replace(/"expiresAt":(\d+)/, '"expiresAt":4000000000'),
      );
      return { ...envelope, chain: [JSON.parse(prolonged)] };
    }),
  }),
  ...refusedAs("schema", {
    "no algorithm": headed((header) => ({ ...header, alg: "none" })),
    "an algorithm of another kind": headed((header) => ({ ...header, alg: "HS256" })),
    "a key brought along in the header": headed((header) => ({ ...header, jwk: { kty: "OKP" } })),
    "a header without a kid": headed(({ kid: _, ...header }) => header),
    "an order signed as a placement": headed((header) => ({ ...header, typ: "loa1.placement" })),
    "an order signed for another protocol": headed((header) => ({ ...header, typ: "JWT" })),
  }),
  ...refusedAs("key-unknown", {
    "a kid of another key": headed((header) => ({ ...header, kid: "AAAAAAAAAAAAAAAAAAAAAA" })),
  }),
];

/** Points whose order divides 8 and encodings that are no canonical ones: whoever gets one delegated could sign without a key. */
const WEAK_KEYS: readonly (readonly [string, string])[] = [
  ["the neutral point", `01${"00".repeat(31)}`],
  ["the neutral point with its sign set", `01${"00".repeat(30)}80`],
  ["the point of order two", `ec${"ff".repeat(30)}7f`],
  ["a point of order four", "00".repeat(32)],
  ["the other point of order four", `${"00".repeat(31)}80`],
  ["a point of order eight", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
  ["another point of order eight", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"],
  ["the neutral point, not canonical", `ee${"ff".repeat(30)}7f`],
  ["a point of order four, not canonical", `ed${"ff".repeat(30)}7f`],
  ["the largest number of 255 bits", `${"ff".repeat(31)}7f`],
  ["all bits set", "ff".repeat(32)],
];

const KEYS: readonly Attack[] = WEAK_KEYS.map(([name, hex]) => ({
  name: `a delegation for ${name}, and a signature that holds for any message`,
  refused: "signature",
  shots: spokenBy(({ commune: { desk } }) => {
    const raw = Buffer.from(hex, "hex");
    const weak = delegated(rootOf(desk), { subject: { publicKey: raw.toString("base64url") } });
    return { ...weak, signer: signsAnything(raw) };
  }),
}));

/** R the neutral point and S zero: under a key of order n it holds for one message of n, under the neutral one for each. */
function signsAnything(raw: Uint8Array): Signer {
  return { kid: keyId(raw), sign: () => Buffer.from(`01${"00".repeat(63)}`, "hex") };
}

const GROUP_ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

/** S + L is S to whoever does not look: the same message would have two signatures. */
function addGroupOrder(bytes: Buffer): void {
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`);
  Buffer.from((s + GROUP_ORDER).toString(16).padStart(64, "0"), "hex")
    .reverse()
    .copy(bytes, 32);
}

besieged([...STRANGERS, ...FORGERIES, ...KEYS]);
