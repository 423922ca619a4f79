import type { Authority } from "../../src/desk/authority.ts";
import { below, delegated } from "./support/forgery.ts";
import type { Shot } from "./support/hostile-client.ts";
import { type Attack, besieged, type Siege } from "./support/siege.ts";

// What one parser reads as an order and another as something else. All of it is signed by a key that may speak, where anything is
// signed at all: the signature must not save what has two meanings.

const MAX_BROADCAST_BYTES = 65_536;
const BEYOND_EVERYTHING_BYTES = 130_000;

/** The envelope of a good order, changed on its way. */
function bent(change: (envelope: string) => string | Uint8Array) {
  return (scene: Siege): Shot => {
    const order = scene.order();
    return scene.sent(order, change(Buffer.from(scene.commune.signed(order)).toString()));
  };
}

/** The payload of a good order, changed before it was signed. */
function reworded(change: (payload: string) => string) {
  return (scene: Siege): Shot => scene.written(change);
}

function instead(from: string | RegExp, to: string) {
  return reworded((payload) => payload.replace(from, to));
}

/** Members of another kind than an order has; `undefined` leaves one out. */
function typed(members: Readonly<Record<string, unknown>>) {
  return reworded((payload) => JSON.stringify({ ...JSON.parse(payload), ...members }));
}

function chainOf(length: number, from: Authority): Authority {
  return Array.from({ length: length - 1 }).reduce<Authority>((above) => delegated(below(above)), from);
}

const ENVELOPES: readonly Attack[] = [
  { name: "words in clear", refused: "schema", shots: bent(() => "Thông báo khẩn cấp: di dời ngay") },
  { name: "bytes that are no UTF-8", refused: "schema", shots: bent(() => Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)) },
  { name: "a byte order mark before the envelope", refused: "schema", shots: bent((text) => `\uFEFF${text}`) },
  { name: "UTF-16", refused: "schema", shots: bent((text) => Buffer.from(text, "utf16le")) },
  { name: "an envelope cut off in the middle", refused: "schema", shots: bent((text) => text.slice(0, -20)) },
  { name: "an envelope without its last byte", refused: "schema", shots: bent((text) => text.slice(0, -1)) },
  { name: "two envelopes in a row", refused: "schema", shots: bent((text) => text.repeat(2)) },
  { name: "a comment behind the envelope", refused: "schema", shots: bent((text) => `${text}//`) },
  { name: "a NUL behind the envelope", refused: "schema", shots: bent((text) => `${text}\0`) },
  { name: "a list of envelopes", refused: "schema", shots: bent((text) => `[${text}]`) },
  { name: "the bare word null", refused: "schema", shots: bent(() => "null") },
  {
    name: "an order without an envelope",
    refused: "schema",
    shots: (scene) => scene.sent(scene.order(), JSON.stringify(scene.order())),
  },
  {
    name: "a second chain before the first",
    refused: "schema",
    shots: bent((text) => text.replace("{", '{"chain":[],')),
  },
  {
    name: "a second payload with its name escaped",
    refused: "schema",
    shots: bent((text) => text.replace("{", '{"pay\\u006coad":"e30",')),
  },
  {
    name: "a member that no envelope has",
    refused: "schema",
    shots: bent((text) => text.replace("{", '{"header":{},')),
  },
  {
    name: "a member named __proto__",
    refused: "schema",
    shots: bent((text) => text.replace("{", '{"__proto__":{"chain":[]},')),
  },
  {
    name: "no signatures at all",
    refused: "schema",
    shots: bent((text) => JSON.stringify({ ...JSON.parse(text), signatures: [] })),
  },
  {
    name: "five signatures",
    refused: "schema",
    shots: bent((text) => {
      const envelope = JSON.parse(text);
      return JSON.stringify({ ...envelope, signatures: Array.from({ length: 5 }, () => envelope.signatures[0]) });
    }),
  },
  {
    name: "one signature twice",
    refused: "schema",
    shots: bent((text) => {
      const envelope = JSON.parse(text);
      return JSON.stringify({ ...envelope, signatures: [envelope.signatures[0], envelope.signatures[0]] });
    }),
  },
  {
    name: "signatures as an object",
    refused: "schema",
    shots: bent((text) => JSON.stringify({ ...JSON.parse(text), signatures: { 0: 1 } })),
  },
  {
    name: "a chain that is null",
    refused: "schema",
    shots: bent((text) => JSON.stringify({ ...JSON.parse(text), chain: null })),
  },
  {
    name: "one link twice",
    refused: "schema",
    shots: bent((text) => {
      const envelope = JSON.parse(text);
      return JSON.stringify({ ...envelope, chain: [...envelope.chain, ...envelope.chain] });
    }),
  },
  {
    name: "a chain within a link",
    refused: "schema",
    shots: bent((text) => {
      const envelope = JSON.parse(text);
      return JSON.stringify({
        ...envelope,
        chain: envelope.chain.map((link: object) => ({ ...link, chain: envelope.chain })),
      });
    }),
  },
  { name: "a chain of eight", refused: "schema", shots: (scene) => scene.spoken({}, chainOf(8, scene.commune.issuer)) },
];

const BASE64: readonly Attack[] = [
  {
    name: "a payload with padding",
    refused: "schema",
    shots: bent((text) => text.replace(/"payload":"([^"]+)"/, '"payload":"$1="')),
  },
  {
    name: "a payload in the other alphabet",
    refused: "schema",
    shots: bent((text) => text.replace(/"payload":"([^"]+)"/, '"payload":"$1+/+/"')),
  },
  {
    name: "a payload with a line break",
    refused: "schema",
    shots: bent((text) => text.replace('"payload":"', '"payload":"\\n')),
  },
  {
    name: "a payload of one letter too many",
    refused: "schema",
    shots: bent((text) => {
      const envelope = JSON.parse(text);
      const letters = envelope.payload.length % 4 === 0 ? "A" : envelope.payload.length % 4 === 2 ? "AAA" : "AA";
      return JSON.stringify({ ...envelope, payload: envelope.payload + letters });
    }),
  },
  {
    name: "unused bits set in a signature",
    refused: "schema",
    shots: bent((text) => text.replace(/"signature":"([^"]+)[AQgw]"/, '"signature":"$1B"')),
  },
  {
    name: "a signature of 63 bytes",
    refused: "schema",
    shots: bent((text) => text.replace(/"signature":"[^"]+"/, `"signature":"${"A".repeat(84)}"`)),
  },
  {
    name: "an empty signature",
    refused: "schema",
    shots: bent((text) => text.replace(/"signature":"[^"]+"/, '"signature":""')),
  },
  {
    name: "an empty payload",
    refused: "schema",
    shots: bent((text) => text.replace(/"payload":"[^"]+"/, '"payload":""')),
  },
];

const NUMBERS: readonly Attack[] = [
  ["0.0", "a fraction"],
  ["0e0", "an exponent"],
  ["-0", "minus zero"],
  ["-1", "below zero"],
  ["4", "above three"],
  ["9007199254740993", "beyond what a double counts"],
  ["1e999", "beyond every double"],
  ['"0"', "in quotes"],
  ["null", "null"],
  ["false", "a truth value"],
  ["[0]", "a list"],
  ["00", "a leading zero"],
  ["0x0", "in hexadecimal"],
  ["NaN", "not a number"],
].map(([value, how]) => ({
  name: `a severity written as ${how}`,
  refused: "schema",
  shots: instead('"severity":0', `"severity":${value}`),
}));

const TIMES: readonly Attack[] = [
  { name: "an order that ends beyond 2106", refused: "schema", shots: typed({ expiresAt: 4_294_967_296 }) },
  { name: "an order that ends before it begins", refused: "schema", shots: typed({ notBefore: 4_000_000_000 }) },
  { name: "an order issued after its end", refused: "schema", shots: typed({ issuedAt: 4_000_000_000 }) },
  { name: "a start outside of its own time", refused: "schema", shots: typed({ plan: { kind: "at", at: 1 } }) },
  { name: "a sequence below zero", refused: "schema", shots: typed({ sequence: -1 }) },
  { name: "more repeats than there may be", refused: "schema", shots: typed({ repeat: 11 }) },
  { name: "no repeat at all", refused: "schema", shots: typed({ repeat: 0 }) },
  { name: "a gain that shouts", refused: "schema", shots: typed({ gainCentiDb: 1 }) },
];

const CONFUSIONS: readonly Attack[] = [
  { name: "no status", refused: "schema", shots: typed({ status: undefined }) },
  { name: "a status of its own", refused: "schema", shots: typed({ status: "drill" }) },
  { name: "a class of its own", refused: "schema", shots: typed({ class: "Emergency" }) },
  { name: "a class that is inherited by every object", refused: "schema", shots: typed({ class: "constructor" }) },
  { name: "targets as an object with a length", refused: "schema", shots: typed({ targets: { length: 1, 0: {} } }) },
  { name: "no targets", refused: "schema", shots: typed({ targets: [] }) },
  {
    name: "65 targets",
    refused: "schema",
    shots: typed({ targets: Array.from({ length: 65 }, (_, n) => ({ area: `a-${n}` })) }),
  },
  {
    name: "an empty list of tags, which may mean none or all",
    refused: "schema",
    shots: typed({ targets: [{ area: "xa-hoa-binh", zoneTags: [] }] }),
  },
  { name: "an area as a list", refused: "schema", shots: typed({ targets: [{ area: ["xa-hoa-binh"] }] }) },
  { name: "another type than it is signed as", refused: "schema", shots: typed({ type: "placement" }) },
  { name: "a type that does not exist", refused: "schema", shots: typed({ type: "announcement" }) },
  { name: "a version of tomorrow", refused: "schema", shots: typed({ version: 2 }) },
  { name: "a version in quotes", refused: "schema", shots: typed({ version: "1" }) },
  {
    name: "a member of tomorrow that must be understood",
    refused: "schema",
    shots: typed({ critical: ["loud"], loud: true }),
  },
  { name: "an empty list of what must be understood", refused: "schema", shots: typed({ critical: [] }) },
  { name: "a file without a chunk hash", refused: "schema", shots: typed({ audio: undefined }) },
  {
    name: "a media type that ffmpeg would take for a playlist",
    refused: "schema",
    shots: instead('"audio/wav"', '"application/vnd.apple.mpegurl"'),
  },
  { name: "a plan with a time that is none", refused: "schema", shots: typed({ plan: { kind: "at", at: "now" } }) },
  { name: "a class twice", refused: "schema", shots: instead("{", '{"class":"routine",') },
  { name: "a class twice, once escaped", refused: "schema", shots: instead("{", '{"cl\\u0061ss":"routine",') },
  { name: "an area twice, deep inside", refused: "schema", shots: instead('{"area":', '{"area":"xa-khac","area":') },
  {
    name: "a payload nested seven deep",
    refused: "schema",
    shots: instead("{", `{"deep":${"[".repeat(6)}${"]".repeat(6)},`),
  },
  {
    name: "a payload nested ten thousand deep",
    refused: "schema",
    shots: instead("{", `{"deep":${"[".repeat(10_000)}${"]".repeat(10_000)},`),
  },
];

const TEXTS: readonly Attack[] = [
  { name: "a title that is not composed", refused: "schema", shots: instead("Bản tin", "Bản tin".normalize("NFD")) },
  { name: "half a surrogate pair", refused: "schema", shots: instead("Bản tin", "Bản \\ud800 tin") },
  { name: "a title that rewrites the terminal", refused: "schema", shots: instead("Bản tin", "Bản\\u001b[2J tin") },
  {
    name: "a title with a line end, for a second line in the log",
    refused: "schema",
    shots: instead("Bản tin", "Bản\\n tin"),
  },
  { name: "31 combining marks on one letter", refused: "schema", shots: instead("Bản tin", `B${"\u0300".repeat(31)}`) },
  { name: "a title of sixty thousand letters", refused: "schema", shots: instead("Bản tin", "a".repeat(40_000)) },
  { name: "an issuer with a Cyrillic letter", refused: "schema", shots: instead("ubnd.hoa-binh", "ubnd.hoа-binh") },
  {
    name: "an area in full-width letters",
    refused: "schema",
    shots: instead('"area":"xa-hoa-binh"', '"area":"ｘａ-hoa-binh"'),
  },
  {
    name: "an area with a zero-width joiner",
    refused: "schema",
    shots: instead('"area":"xa-hoa-binh"', '"area":"xa-hoa\u200d-binh"'),
  },
  { name: "an area in capitals", refused: "schema", shots: instead('"area":"xa-hoa-binh"', '"area":"XA-HOA-BINH"') },
  { name: "an area that is a wildcard", refused: "schema", shots: instead('"area":"xa-hoa-binh"', '"area":"+"') },
  { name: "an id with a wildcard", refused: "schema", shots: instead(/"id":"..../, '"id":"01+#') },
  {
    name: "an id in small letters",
    refused: "schema",
    shots: reworded((text) =>
      text.replace(/"id":"[^"]+"/, (id) => id.replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
    ),
  },
];

const SIZES: readonly Attack[] = [
  {
    name: "a good order with a byte of white space too much",
    refused: "size",
    shots: bent((text) => text.padEnd(MAX_BROADCAST_BYTES + 1, " ")),
  },
  {
    name: "twice the size that an order may have",
    refused: "size",
    shots: bent((text) => text.padEnd(BEYOND_EVERYTHING_BYTES, " ")),
  },
  { name: "a hundred thousand opening brackets", refused: "size", shots: bent(() => "[".repeat(100_000)) },
  { name: "sixty thousand opening brackets", refused: "schema", shots: bent(() => "[".repeat(60_000)) },
  { name: "sixty thousand quotes", refused: "schema", shots: bent(() => '"'.repeat(60_000)) },
  { name: "more than the broker carries", shots: (scene) => scene.sent(scene.order(), " ".repeat(200_000)) },
];

besieged([...ENVELOPES, ...BASE64, ...NUMBERS, ...TIMES, ...CONFUSIONS, ...TEXTS, ...SIZES]);
