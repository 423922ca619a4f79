import type { Authority } from "../../src/desk/authority.ts";
import { below, delegated } from "./support/forgery.ts";
import type { Shot } from "./support/hostile-client.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";

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

const ENVELOPES: readonly Attack[] = refusedAs("schema", {
  "words in clear": bent(() => "Thông báo khẩn cấp: di dời ngay"),
  "bytes that are no UTF-8": bent(() => Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)),
  "a byte order mark before the envelope": bent((text) => `\uFEFF${text}`),
  "UTF-16": bent((text) => Buffer.from(text, "utf16le")),
  "an envelope cut off in the middle": bent((text) => text.slice(0, -20)),
  "an envelope without its last byte": bent((text) => text.slice(0, -1)),
  "two envelopes in a row": bent((text) => text.repeat(2)),
  "a comment behind the envelope": bent((text) => `${text}//`),
  "a NUL behind the envelope": bent((text) => `${text}\0`),
  "a list of envelopes": bent((text) => `[${text}]`),
  "the bare word null": bent(() => "null"),
  "an order without an envelope": (scene) => scene.sent(scene.order(), JSON.stringify(scene.order())),
  "a second chain before the first": bent((text) => text.replace("{", '{"chain":[],')),
  "a second payload with its name escaped": bent((text) => text.replace("{", '{"pay\\u006coad":"e30",')),
  "a member that no envelope has": bent((text) => text.replace("{", '{"header":{},')),
  "a member named __proto__": bent((text) => text.replace("{", '{"__proto__":{"chain":[]},')),
  "no signatures at all": bent((text) => JSON.stringify({ ...JSON.parse(text), signatures: [] })),
  "five signatures": bent((text) => {
    const envelope = JSON.parse(text);
    return JSON.stringify({ ...envelope, signatures: Array.from({ length: 5 }, () => envelope.signatures[0]) });
  }),
  "one signature twice": bent((text) => {
    const envelope = JSON.parse(text);
    return JSON.stringify({ ...envelope, signatures: [envelope.signatures[0], envelope.signatures[0]] });
  }),
  "signatures as an object": bent((text) => JSON.stringify({ ...JSON.parse(text), signatures: { 0: 1 } })),
  "a chain that is null": bent((text) => JSON.stringify({ ...JSON.parse(text), chain: null })),
  "one link twice": bent((text) => {
    const envelope = JSON.parse(text);
    return JSON.stringify({ ...envelope, chain: [...envelope.chain, ...envelope.chain] });
  }),
  "a chain within a link": bent((text) => {
    const envelope = JSON.parse(text);
    return JSON.stringify({
      ...envelope,
      chain: envelope.chain.map((link: object) => ({ ...link, chain: envelope.chain })),
    });
  }),
  "a chain of eight": (scene) => scene.spoken({}, chainOf(8, scene.commune.issuer)),
});

const BASE64: readonly Attack[] = refusedAs("schema", {
  "a payload with padding": bent((text) => text.replace(/"payload":"([^"]+)"/, '"payload":"$1="')),
  "a payload in the other alphabet": bent((text) => text.replace(/"payload":"([^"]+)"/, '"payload":"$1+/+/"')),
  "a payload with a line break": bent((text) => text.replace('"payload":"', '"payload":"\\n')),
  "a payload of one letter too many": bent((text) => {
    const envelope = JSON.parse(text);
    const letters = envelope.payload.length % 4 === 0 ? "A" : envelope.payload.length % 4 === 2 ? "AAA" : "AA";
    return JSON.stringify({ ...envelope, payload: envelope.payload + letters });
  }),
  "unused bits set in a signature": bent((text) => text.replace(/"signature":"([^"]+)[AQgw]"/, '"signature":"$1B"')),
  "a signature of 63 bytes": bent((text) => text.replace(/"signature":"[^"]+"/, `"signature":"${"A".repeat(84)}"`)),
  "an empty signature": bent((text) => text.replace(/"signature":"[^"]+"/, '"signature":""')),
  "an empty payload": bent((text) => text.replace(/"payload":"[^"]+"/, '"payload":""')),
});

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

const TIMES: readonly Attack[] = refusedAs("schema", {
  "an order that ends beyond 2106": typed({ expiresAt: 4_294_967_296 }),
  "an order that ends before it begins": typed({ notBefore: 4_000_000_000 }),
  "an order issued after its end": typed({ issuedAt: 4_000_000_000 }),
  "a start outside of its own time": typed({ plan: { kind: "at", at: 1 } }),
  "a sequence below zero": typed({ sequence: -1 }),
  "more repeats than there may be": typed({ repeat: 11 }),
  "no repeat at all": typed({ repeat: 0 }),
  "a gain that shouts": typed({ gainCentiDb: 1 }),
});

const CONFUSIONS: readonly Attack[] = refusedAs("schema", {
  "no status": typed({ status: undefined }),
  "a status of its own": typed({ status: "drill" }),
  "a class of its own": typed({ class: "Emergency" }),
  "a class that is inherited by every object": typed({ class: "constructor" }),
  "targets as an object with a length": typed({ targets: { length: 1, 0: {} } }),
  "no targets": typed({ targets: [] }),
  "65 targets": typed({ targets: Array.from({ length: 65 }, (_, n) => ({ area: `a-${n}` })) }),
  "an empty list of tags, which may mean none or all": typed({ targets: [{ area: "xa-hoa-binh", zoneTags: [] }] }),
  "an area as a list": typed({ targets: [{ area: ["xa-hoa-binh"] }] }),
  "another type than it is signed as": typed({ type: "placement" }),
  "a type that does not exist": typed({ type: "announcement" }),
  "a version of tomorrow": typed({ version: 2 }),
  "a version in quotes": typed({ version: "1" }),
  "a member of tomorrow that must be understood": typed({ critical: ["loud"], loud: true }),
  "an empty list of what must be understood": typed({ critical: [] }),
  "a file without a chunk hash": typed({ audio: undefined }),
  "a media type that ffmpeg would take for a playlist": instead('"audio/wav"', '"application/vnd.apple.mpegurl"'),
  "a plan with a time that is none": typed({ plan: { kind: "at", at: "now" } }),
  "a class twice": instead("{", '{"class":"routine",'),
  "a class twice, once escaped": instead("{", '{"cl\\u0061ss":"routine",'),
  "an area twice, deep inside": instead('{"area":', '{"area":"xa-khac","area":'),
  "a payload nested seven deep": instead("{", `{"deep":${"[".repeat(6)}${"]".repeat(6)},`),
  "a payload nested ten thousand deep": instead("{", `{"deep":${"[".repeat(10_000)}${"]".repeat(10_000)},`),
});

const TEXTS: readonly Attack[] = refusedAs("schema", {
  "a title that is not composed": instead("Bản tin", "Bản tin".normalize("NFD")),
  "half a surrogate pair": instead("Bản tin", "Bản \\ud800 tin"),
  "a title that rewrites the terminal": instead("Bản tin", "Bản\\u001b[2J tin"),
  "a title with a line end, for a second line in the log": instead("Bản tin", "Bản\\n tin"),
  "31 combining marks on one letter": instead("Bản tin", `B${"\u0300".repeat(31)}`),
  "a title of sixty thousand letters": instead("Bản tin", "a".repeat(40_000)),
  "an issuer with a Cyrillic letter": instead("ubnd.hoa-binh", "ubnd.hoа-binh"),
  "an area in full-width letters": instead('"area":"xa-hoa-binh"', '"area":"ｘａ-hoa-binh"'),
  "an area with a zero-width joiner": instead('"area":"xa-hoa-binh"', '"area":"xa-hoa\u200d-binh"'),
  "an area in capitals": instead('"area":"xa-hoa-binh"', '"area":"XA-HOA-BINH"'),
  "an area that is a wildcard": instead('"area":"xa-hoa-binh"', '"area":"+"'),
  "an id with a wildcard": instead(/"id":"..../, '"id":"01+#'),
  "an id in small letters": reworded((text) =>
    text.replace(/"id":"[^"]+"/, (id) => id.replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
  ),
});

const SIZES: readonly Attack[] = [
  ...refusedAs("size", {
    "a good order with a byte of white space too much": bent((text) => text.padEnd(MAX_BROADCAST_BYTES + 1, " ")),
    "twice the size that an order may have": bent((text) => text.padEnd(BEYOND_EVERYTHING_BYTES, " ")),
    "a hundred thousand opening brackets": bent(() => "[".repeat(100_000)),
  }),
  ...refusedAs("schema", {
    "sixty thousand opening brackets": bent(() => "[".repeat(60_000)),
    "sixty thousand quotes": bent(() => '"'.repeat(60_000)),
  }),
  { name: "more than the broker carries", shots: (scene) => scene.sent(scene.order(), " ".repeat(200_000)) },
];

besieged([...ENVELOPES, ...BASE64, ...NUMBERS, ...TIMES, ...CONFUSIONS, ...TEXTS, ...SIZES]);
