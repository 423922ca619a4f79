import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import type { DownTopic } from "../../src/domain/trust.ts";
import { openDelegation, openDown, openUp, seal } from "../../src/wire/envelope.ts";
import { changed } from "../fixtures/changed.ts";
import {
  ALARM,
  AREA,
  AUDIO,
  BEACON,
  BIRTH,
  BROADCAST,
  CANCEL,
  CHAIN,
  CHECKPOINT,
  chunkHashesOf,
  DELEGATION,
  EVIDENCE,
  EVIDENCE_ACK,
  GATEWAY,
  gatewayKey,
  HALT,
  HEARTBEAT,
  INDEX,
  issuerKey,
  MORNING,
  NONCE,
  PLACEMENT,
  POLICY,
  RECEIPT,
  REVOKED,
  ROOT,
  rootKey,
  STATE,
  TIME,
  TIME_QUERY,
  testKey,
} from "../fixtures/wire-messages.ts";

const topics: Readonly<Record<string, DownTopic>> = {
  broadcast: { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id },
  control: { kind: "control", area: AREA, id: HALT.id },
  root: { kind: "root", rootVersion: 1 },
  placement: { kind: "placement", gateway: GATEWAY },
  "evidence-ack": { kind: "evidence-ack", gateway: GATEWAY },
  policy: { kind: "policy" },
  revoked: { kind: "revoked", area: AREA, issuer: REVOKED.issuer },
  beacon: { kind: "beacon", area: AREA, issuer: BEACON.issuer },
  index: { kind: "index", area: AREA, issuer: INDEX.issuer },
  time: { kind: "time", gateway: GATEWAY, nonce: NONCE },
};

function verdictOn(message: { readonly type: string }): string {
  const topic = topics[message.type];
  if (topic !== undefined) {
    const chain = message.type === "root" || message.type === "policy" ? [] : CHAIN;
    const opened = openDown(seal(message, [issuerKey], MORNING, chain), topic);
    return opened.kind === "opened" ? "opened" : opened.code;
  }
  const bytes = seal(message, [gatewayKey], MORNING);
  const opened = message.type === "delegation" ? openDelegation(bytes) : openUp(bytes);
  return opened.kind === "opened" ? "opened" : opened.code;
}

/** Path, values on the good side of the edge, values beyond it. `undefined` leaves the member out. */
type Edge = readonly [path: string, good: readonly unknown[], bad: readonly unknown[]];

function checkEdges(name: string, message: object, edges: readonly Edge[]): void {
  describe(name, () => {
    test("is good as it stands", () => {
      expect(verdictOn(message as { type: string })).toBe("opened");
    });
    test.each(edges)("%s", (path, good, bad) => {
      for (const value of good) expect([value, verdictOn(changed(message, path, value))]).toEqual([value, "opened"]);
      for (const value of bad) expect([value, verdictOn(changed(message, path, value))]).toEqual([value, "schema"]);
    });
  });
}

const times = (count: number) => Array.from({ length: count }, (_, index) => index);
const target = { area: AREA };
const reference = CANCEL.references[0];
const MAX_U32 = 4_294_967_295;

const period: readonly Edge[] = [
  ["version", [], [0, 2, "1", undefined]],
  ["id", ["7ZZZZZZZZZZZZZZZZZZZZZZZZZ"], ["8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "x", BROADCAST.id.toLowerCase(), undefined]],
  ["sequence", [0, Number.MAX_SAFE_INTEGER], [-1, "1", undefined]],
  ["issuedAt", [0], [-1, MAX_U32 + 1, undefined]],
  ["notBefore", [0], [-1, MAX_U32 + 1, undefined]],
  ["expiresAt", [MAX_U32], [0, MORNING - 86_401, MAX_U32 + 1, undefined]],
  ["critical", [["sequence"], ["type", "expiresAt"]], [[], ["loudness"], ["toString"], ["__proto__"], "id", times(17)]],
  ["unheardOf", [1, null, { deep: [[1]] }], []],
];

const named: readonly Edge[] = [
  ["issuer", ["a", "a.b-9", "x".repeat(64)], ["", "x".repeat(65), "A", "a|b", "a/b", undefined]],
  ["level", ["a", "commune", "x".repeat(32)], ["", "x".repeat(33), "Commune", undefined]],
];

checkEdges("broadcast", BROADCAST, [
  ...period,
  ...named,
  ["expiresAt", [MORNING + 1], [MORNING, MORNING - 1]],
  ["notBefore", [MORNING + 3_599], [MORNING + 3_600]],
  ["issuedAt", [MORNING + 3_599], [MORNING + 3_600]],
  ["action", [], ["cancel", "update", "shout", undefined]],
  ["status", ["actual", "exercise", "test"], ["draft", undefined]],
  ["class", ["priority"], ["emergency", "urgent", undefined]],
  ["severity", [], [1, -1, 4, undefined]],
  ["targets", [times(64).map(() => target)], [[], times(65).map(() => target), [AREA], target, undefined]],
  ["targets.0.area", ["a", "x".repeat(32)], ["", "x".repeat(33), "+", "a/b", "#", "A", "xã", undefined]],
  ["targets.0.zoneTags", [["market"], times(16).map(String)], [[], times(17).map(String), ["Market"]]],
  ["targets.0.exceptAreas", [["a"], times(64).map(String)], [[], times(65).map(String), ["#"]]],
  ["targets.0.gateways", [[GATEWAY], times(256).map(() => GATEWAY)], [[], times(257).map(() => GATEWAY), ["+"]]],
  ["title", ["x", "x".repeat(200)], ["", "x".repeat(201), "a\nb", "a\u001b[2J", "a\u0085", "\u0000", undefined]],
  ["language", ["vi", "vi-VN", "zh-Hant-TW"], ["", "v", "vi_VN", "vi-", `vi-${"abcdefg-".repeat(4)}a`, undefined]],
  ["text", ["", "x\n\ty", "x".repeat(2_000)], ["x".repeat(2_001), "a\rb", "a\u007f"]],
  ["audio.hash", [`${"A".repeat(42)}E`], [`${"A".repeat(42)}B`, "A".repeat(42), issuerKey.kid, undefined]],
  ["audio.sizeBytes", [32_769, 65_536], [0, 32_768, 65_537, 16_777_217, undefined]],
  ["audio.chunkBytes", [], [32_767, 65_536, undefined]],
  ["audio.chunkHashes", [], ["", AUDIO.chunkHashes.slice(0, 22), `${AUDIO.chunkHashes}AAAA`, `${AUDIO.chunkHashes}=`]],
  ["audio.mediaType", ["audio/ogg", "audio/mpeg", "audio/wav"], ["audio/x-mpegurl", "audio/OGG", undefined]],
  ["audio.durationMs", [1, 4_000_000], [0, 4_000_001, undefined]],
  ["audio.loudnessCentiLufs", [-10_000, 1_000], [-10_001, 1_001]],
  ["audio.truePeakCentiDb", [-10_000, 2_000], [-10_001, 2_001]],
  ["audio", [{ library: BROADCAST.id, hash: AUDIO.hash }], [{ library: "x", hash: AUDIO.hash }, {}, undefined]],
  ["sources", [times(8).map(() => ({ kind: "mqtt" }))], [[], times(9).map(() => ({ kind: "mqtt" })), undefined]],
  ["sources.0.kind", ["library"], ["https", "file", undefined]],
  ["plan", [{ kind: "now", startWithinSeconds: 2_678_400 }], [{ kind: "now", startWithinSeconds: 2_678_401 }, {}]],
  ["plan.startWithinSeconds", [0], [-1]],
  ["repeat", [1, 10], [0, 11]],
  ["gapSeconds", [0, 3_600], [-1, 3_601]],
  ["onPreempt", ["restart", "resume", "drop"], ["stop"]],
  ["gate", ["auto", "manual"], ["open"]],
  ["gainCentiDb", [-2_000, 0], [-2_001, 1]],
  ["chime", [BROADCAST.id], ["ding"]],
  ["references", [], [[reference]]],
]);

const file512 = { ...AUDIO, sizeBytes: 16_777_216, chunkHashes: chunkHashesOf(Buffer.alloc(16_777_216)) };
checkEdges("broadcast of the largest file", changed(BROADCAST, "audio", file512), [
  ["audio.sizeBytes", [16_744_449], [16_744_448, 16_777_217]],
]);

const url = (text: string) => [{ kind: "https", url: text }];
checkEdges("broadcast from the web", changed(BROADCAST, "sources", url("https://audio.example.org/a.ogg")), [
  ["sources", [url(`https://a.b/${"x".repeat(500)}`)], [url(`https://a.b/${"x".repeat(501)}`)]],
  [
    "sources.0.url",
    ["https://a.b:8443/x?y=1"],
    [
      "http://a.b/x",
      "HTTPS://a.b/x",
      "https://",
      "https://u@a.b/x",
      "https://u:p@a.b/x",
      "https://a.b/x#y",
      "https://a.b/x y",
      "https://a.b/\u0111",
      "https://a b/",
      "file:///etc/passwd",
      undefined,
    ],
  ],
]);

checkEdges("emergency", changed(changed(BROADCAST, "class", "emergency"), "severity", 3), [
  ["severity", [1, 2, 3], [0, 4, -1, undefined]],
  ["repeat", [20], [21]],
  ["class", [], ["priority", "routine"]],
]);

const at = changed(BROADCAST, "plan", { kind: "at", at: MORNING });
checkEdges("broadcast at a time", at, [
  ["plan.at", [MORNING, MORNING + 3_600], [MORNING - 1, MORNING + 3_601, undefined]],
]);

const recurring = {
  kind: "recurring",
  timesOfDay: ["05:30", "17:00"],
  weekdays: [1, 2, 3, 4, 5],
  from: "2026-11-24",
  until: "2026-12-24",
  timeZone: "Asia/Ho_Chi_Minh",
  skipDates: [],
};
const hourly = times(24).map((hour) => `${String(hour).padStart(2, "0")}:00`);
const days = (count: number) => times(count).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
checkEdges("recurring broadcast", changed(BROADCAST, "plan", recurring), [
  [
    "plan.timesOfDay",
    [["00:00"], ["23:59"], hourly],
    [[], [...hourly, "00:30"], ["24:00"], ["5:30"], ["05:60"], ["05:30", "05:30"]],
  ],
  ["plan.weekdays", [[1], [7, 1, 2, 3, 4, 5, 6]], [[], [0], [8], [1, 1]]],
  ["plan.from", ["2026-12-24", "2024-02-29"], ["2026-12-25", "2026-02-30", "2026-13-01", "24-11-2026", undefined]],
  ["plan.until", ["2026-11-24"], ["2026-11-23", "2026-11-31", undefined]],
  ["plan.timeZone", ["UTC", "Etc/GMT-7"], ["", "../etc", "Asia/", "x".repeat(65), undefined]],
  ["plan.skipDates", [days(366)], [days(367), ["2026-12-01", "2026-12-01"], undefined]],
]);

const cap = {
  sender: "kttv@example.org",
  identifier: "VN-1",
  sent: "2026-11-24T07:00:00+07:00",
  urgency: "Immediate",
  severity: "Severe",
  certainty: "Likely",
};
checkEdges("broadcast from a CAP alert", changed(BROADCAST, "cap", cap), [
  ["cap.sent", ["2026-11-24T00:00:00.000-00:00"], ["2026-11-24", "2026-11-24T00:00:00Z", undefined]],
  ["cap.urgency", ["Unknown"], ["immediate", undefined]],
  ["cap.identifier", ["x".repeat(200)], ["x".repeat(201), "", undefined]],
  ["critical", [["cap"]], [["gap"]]],
]);

checkEdges("cancel", CANCEL, [
  ["references", [times(16).map(() => reference)], [[], times(17).map(() => reference), undefined]],
  ["references.0.id", [], ["x", undefined]],
  ["references.0.issuer", ["a"], ["A", undefined]],
  ["references.0", [], [{ issuer: CANCEL.issuer, id: CANCEL.id }]],
  ["audio", [], [AUDIO]],
  ["plan", [], [{ kind: "now" }]],
  ["title", [], ["Thôi"]],
  ["critical", [["references"]], [["loudness"]]],
]);

checkEdges("update", { ...BROADCAST, action: "update", references: [reference] }, [
  ["references", [times(16).map(() => reference)], [[], times(17).map(() => reference), undefined]],
  ["audio", [], [undefined]],
]);

checkEdges("halt", HALT, [
  ...period,
  ...named,
  ["op", ["resume", "approve", "order", "suppress"], ["hold", "dance", undefined]],
  ["targets", [times(64).map(() => target)], [[], times(65).map(() => target), undefined]],
  ["item", [reference, undefined], [{ issuer: "a" }, "a"]],
  ["until", [MORNING, MORNING + 3_600], [MORNING - 1, MORNING + 3_601, undefined]],
  ["critical", [["until"]], [["loudness"]]],
]);

checkEdges("hold", { ...HALT, op: "hold", item: reference }, [["item", [reference], [undefined]]]);

checkEdges("delegation", DELEGATION, [
  ...period,
  ...named,
  ["subject.publicKey", [rootKey.publicKey], [`${issuerKey.publicKey}A`, "", undefined]],
  ["subject.holder", ["x".repeat(100)], ["", "x".repeat(101), "a\nb", undefined]],
  ["subject.issuer", ["a"], ["A", undefined]],
  ["subject.level", ["a"], ["A", undefined]],
  ["areas", [times(256).map(String)], [[], times(257).map(String), ["a", "a"], ["#"], undefined]],
  ["classMax", [], ["priority", "all", undefined]],
  ["severityMax", [1, 3], [0, 4, undefined]],
  ["uses", [["delegate"]], [[], ["broadcast", "broadcast"], ["sing"], undefined]],
]);

const rootKeyEntry = (seed: number) => ({ publicKey: testKey(seed).publicKey, holder: `holder-${seed}` });
const fourHolders = { ...ROOT, keys: [1, 2, 3, 4, 5].map(rootKeyEntry) };
checkEdges("root", fourHolders, [
  ...period,
  ["issuer", [], ["ubnd", undefined]],
  ["level", [], ["nation", undefined]],
  ["rootVersion", [1, 999_999_999], [0, 1_000_000_000, undefined]],
  ["keys", [times(16).map(rootKeyEntry), [rootKeyEntry(1)]], [[], times(17).map(rootKeyEntry), undefined]],
  ["keys.1", [], [rootKeyEntry(1), { ...rootKeyEntry(1), holder: "another" }]],
  ["keys.1.holder", ["holder-1"], [""]],
  ["thresholds.root", [1, 4], [0, 5, undefined]],
  ["thresholds.delegation", [1, 4], [0, 5, undefined]],
  ["thresholds.policy", [1, 4], [0, 5, undefined]],
]);
checkEdges(
  "root of one person with two keys",
  { ...ROOT, keys: [1, 2].map((s) => ({ ...rootKeyEntry(s), holder: "a" })) },
  [["thresholds.root", [1], [2]]],
);

const area = (index: number) => ({ id: `a${index}`, kind: "commune", within: [] });
const zone = (index: number) => ({ id: `z${index + 1}`, tags: [], gainCentiDb: 0, emergencyGainCentiDb: 0 });
const [commune] = PLACEMENT.areas;
checkEdges("placement", PLACEMENT, [
  ...period,
  ...named,
  ["gateway", ["zzzzzzzzzzzz"], ["0123456789aB", "0123456789ai", "0123456789a", "+", undefined]],
  [
    "areas",
    [[commune, ...times(63).map(area)]],
    [[], [commune, ...times(64).map(area)], [commune, commune], [area(1)]],
  ],
  ["areas.0.kind", [], ["province", "district", undefined]],
  ["areas.1.kind", ["nation", "province", "commune", "special", "test"], ["district", undefined]],
  ["areas.0.within", [[], times(16).map(String)], [times(17).map(String), ["a", "a"], undefined]],
  ["commune", [], ["tinh-an-giang", "elsewhere", undefined]],
  ["zones", [times(16).map(zone)], [[], times(17).map(zone), [zone(0), zone(0)], undefined]],
  ["zones.0.id", ["z16"], ["z0", "z17", "z01", "1", undefined]],
  ["zones.0.tags", [[], times(16).map(String)], [times(17).map(String), ["a", "a"], undefined]],
  ["zones.0.gainCentiDb", [-6_000, 0], [-6_001, 1, undefined]],
  ["zones.0.emergencyGainCentiDb", [-6_000, 0], [-6_001, 1, undefined]],
  ["brokers", [times(8).map((i) => `mqtts://b${i}`)], [[], times(9).map((i) => `mqtts://b${i}`), undefined]],
  [
    "brokers.0",
    ["mqtts://10.0.0.1:8883", "mqtts://[::1]:8883", "mqtt://127.0.0.1:1883", "mqtt://localhost", "mqtt://[::1]"],
    ["mqtt://broker.example.org", "mqtt://127.0.0.1.example.org", "mqtts://u:p@b", "mqtts://b/path", "wss://b", "b"],
  ],
  ["timeZone", ["UTC"], ["", undefined]],
]);

checkEdges("evidence-ack", EVIDENCE_ACK, [
  ...period,
  ...named,
  ["gateway", [], ["+", undefined]],
  ["epoch", [], ["x", undefined]],
  ["to", [1, Number.MAX_SAFE_INTEGER], [0, undefined]],
  ["headHash", [], ["", issuerKey.kid, undefined]],
]);

const levels = (count: number) => times(count).map((rank) => ({ code: `l${rank}`, rank }));
const hours = { from: "05:00", until: "21:00" };
checkEdges("policy", POLICY, [
  ...period,
  ["issuer", [], ["ubnd", undefined]],
  ["level", [], ["nation", undefined]],
  ["levels", [levels(1), levels(16)], [[], levels(17), [...levels(1), ...levels(1)], undefined]],
  ["levels.0.code", ["x".repeat(32)], ["root", "", "Nation", undefined]],
  ["levels.0.rank", [0, 99], [-1, 100, undefined]],
  ["lifeSeconds", [{}, { recurring: 1 }, { emergency: Number.MAX_SAFE_INTEGER }], [{ routine: -1 }, 5]],
  ["repeats", [{ emergency: 0 }], [{ emergency: -1 }]],
  ["emergencyPlayMs", [0], [-1, "1"]],
  ["quorum", [{}, { holders: 0, aloneInKind: "test", ownLevel: "a" }], [{ holders: -1 }, { aloneInKind: "district" }]],
  [
    "allowedHours",
    [
      [
        { kind: "commune", hours: [hours] },
        { area: AREA, hours: times(8).map(() => hours) },
      ],
    ],
    [[], [{ hours: [hours] }], [{ kind: "commune", area: AREA, hours: [hours] }], [{ area: AREA, hours: [] }]],
  ],
  ["gates", [{ priority: "manual", routine: "auto" }], [{ routine: "off" }]],
  ["clock", [{ holdSeconds: 0 }], [{ holdSeconds: -1 }]],
  ["critical", [["allowedHours"]], [["httpsHosts"], ["attentionTones"]]],
]);
checkEdges("hours of a policy", { ...POLICY, allowedHours: [{ area: AREA, hours: [hours] }] }, [
  ["allowedHours.0.hours.0.from", ["00:00", "20:59"], ["21:00", "5:00", "05:60", undefined]],
  ["allowedHours.0.hours.0.until", ["05:01", "24:00"], ["05:00", "24:01", undefined]],
]);

const revokedKey = (seed: number) => ({ kid: testKey(seed + 1).kid, from: MORNING, reason: "retired" });
checkEdges("revoked", REVOKED, [
  ...period,
  ...named,
  ["area", ["a"], ["A", "+", undefined]],
  ["keys", [[], times(200).map(revokedKey)], [[revokedKey(1), revokedKey(1)], undefined]],
  ["keys.0.kid", [rootKey.kid], ["x", AUDIO.hash, undefined]],
  ["keys.0.from", [0, MAX_U32], [-1, undefined]],
  ["keys.0.reason", ["retired", "compromised"], ["lost", undefined]],
]);

checkEdges("beacon", BEACON, [
  ...period,
  ...named,
  ["area", ["a"], ["A", "+", undefined]],
  ["n", [1, Number.MAX_SAFE_INTEGER], [0, undefined]],
  ["now", [0, MAX_U32], [-1, undefined]],
  ["indexHash", [AUDIO.hash, undefined], ["x"]],
  ["revokedHash", [AUDIO.hash, undefined], ["x"]],
  ["policySequence", [0], [-1, undefined]],
  ["rootVersion", [1], [0, undefined]],
]);

const indexed = (index: number) => ({
  ...INDEX.items[0],
  id: `01M85DMB0000000000000${String(index).padStart(5, "0")}`,
});
checkEdges("index", INDEX, [
  ...period,
  ...named,
  ["area", ["a"], ["A", "+", undefined]],
  ["items", [[], times(600).map(indexed)], [times(601).map(indexed), [indexed(1), indexed(1)], undefined]],
  ["items.0.id", [], ["x", undefined]],
  ["items.0.hash", [], ["x", undefined]],
  ["items.0.class", ["emergency"], ["urgent", undefined]],
  ["items.0.expiresAt", [0], [-1, undefined]],
]);

checkEdges("time", TIME, [
  ...period,
  ...named,
  ["gateway", [], ["+", undefined]],
  ["nonce", [rootKey.kid], ["", "+", AUDIO.hash, undefined]],
  ["nowMs", [0, 4_294_967_295_999], [-1, 4_294_967_296_000, undefined]],
]);

const fromGateway: readonly Edge[] = [
  ["version", [], [2, undefined]],
  ["gateway", ["zzzzzzzzzzzz"], ["x", undefined]],
  ["issuedAt", [0, MAX_U32], [-1, MAX_U32 + 1, undefined]],
  ["critical", [["gateway"]], [["mood"]]],
  ["mood", ["good"], []],
];

checkEdges("state", STATE, [
  ...fromGateway,
  ["session", [0, MAX_U32], [-1, MAX_U32 + 1, undefined]],
  ["state", ["init", "ready", "alert", "disconnected", "lost"], ["gone", undefined]],
  ["atMs", [0, 4_294_967_295_999], [-1, 4_294_967_296_000, undefined]],
]);

checkEdges("birth", BIRTH, [
  ...fromGateway,
  ["boot", ["x".repeat(64)], ["", "x".repeat(65), "a b", undefined]],
  ["epoch", [], ["x", undefined]],
  ["previousEpoch", [BIRTH.epoch], ["x"]],
  ["hardware", ["x".repeat(200)], ["", "x".repeat(201), "Pi\u0000", undefined]],
  ["clockSource", ["assumed"], ["", undefined]],
  ["zones", [[], times(16).map(() => BIRTH.zones[0])], [times(17).map(() => BIRTH.zones[0]), undefined]],
  ["codecs", [[], times(32).map(String)], [times(33).map(String), ["a b"], undefined]],
  ["refusedSettings", [times(128).map(String)], [times(129).map(String), undefined]],
  ["disk.usedPercent", [0, 100], [-1, 101, undefined]],
  ["disk.freeMb", [0], [-1, undefined]],
  ["evidence.acknowledged", [0], [-1, undefined]],
]);

checkEdges("heartbeat", HEARTBEAT, [
  ...fromGateway,
  ["counter", [1], [0, undefined]],
  ["clock.state", ["sync", "hold", "floor", "none"], ["trusted", undefined]],
  ["clock.errorMs", [0, undefined], [-1]],
  ["zones", [[], times(16).map(() => HEARTBEAT.zones[0])], [times(17).map(() => HEARTBEAT.zones[0]), undefined]],
  ["zones.0.state", ["idle", "starting", "stopping", "faulted"], ["broken", undefined]],
  ["zones.0.item", [undefined], [{ issuer: "a" }]],
  ["zones.0.halted", [true, false, undefined], ["yes"]],
  ["zones.0.levelCentiDb", [-20_000, 2_000, undefined], [-20_001, 2_001]],
  ["temperatureCentiC", [-10_000, 20_000, undefined], [-10_001, 20_001]],
  ["network.signalDbm", [-200, 100, undefined], [-201, 101]],
  ["alarms", [[], times(32).map(String)], [times(33).map(String), undefined]],
  ["localStop", [true], [0, undefined]],
]);

const ranges = (count: number) => times(count).map((n) => [2 * n, 2 * n]);
checkEdges("receipt", RECEIPT, [
  ...fromGateway,
  ["issuerOfItem", ["a"], ["A", undefined]],
  ["itemId", [], ["x", undefined]],
  ["state", ["accepted", "pending", "failed"], ["lost", undefined]],
  ["code", ["unsupported", "limit", "crash", undefined], ["because"]],
  ["detail", ["", "x".repeat(500)], ["x".repeat(501), "a\u001b[0m"]],
  ["hash", [], [undefined, "x"]],
  ["ranges", [[[0, 511]], ranges(64), undefined], [[], ranges(65), [[0, 512]], [[2, 1]], [[0]], [[0, 1, 2]]]],
  ["ranges.1", [[1, 5]], [[0, 1], "1", [-1, 1]]],
]);

const line = (length: number) => "x".repeat(length);
const batchOf = (lines: readonly string[]) => ({ ...EVIDENCE, from: 5, to: 4 + lines.length, lines });
checkEdges("evidence", EVIDENCE, [
  ...fromGateway,
  ["from", [], [0, 2, undefined]],
  ["to", [], [1, 3, undefined]],
  ["previousHash", [], ["x", undefined]],
  ["lines", [], [[], ["{}"], ["{}", 1], ["{}", "{\n}"], undefined]],
  ["lines.0", [line(4_096)], [line(4_097), "ạ".repeat(1_366), ""]],
]);
test("a batch may hold 49,152 bytes of lines", () => {
  const full = times(12).map(() => line(4_096));
  expect(verdictOn(batchOf(full))).toBe("opened");
  expect(verdictOn(batchOf([...full, "{}"]))).toBe("schema");
  expect(verdictOn(batchOf([...full.slice(1), "ạ".repeat(1_365), "{}"]))).toBe("schema");
});

checkEdges("checkpoint", CHECKPOINT, [
  ...fromGateway,
  ["q", [0, 256], [-1, undefined]],
  ["epoch", [], ["x", undefined]],
  ["hash", [], ["x", undefined]],
]);

checkEdges("alarm", ALARM, [
  ...fromGateway,
  ["code", ["clock", "replay", "local-stop"], ["fire", undefined]],
  ["state", ["cleared"], ["over", undefined]],
  ["severity", ["major", "minor"], ["loud", undefined]],
  ["count", [1], [0, undefined]],
  ["detail", ["", "x".repeat(500)], ["x".repeat(501), undefined]],
]);

checkEdges("time-query", TIME_QUERY, [...fromGateway, ["nonce", [rootKey.kid], ["", "+", AUDIO.hash, undefined]]]);
