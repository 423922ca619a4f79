import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { authorityEnd, readCertificate } from "../../src/adapters/certificate.ts";
import { listCards } from "../../src/adapters/sound-cards.ts";
import { EXIT_CODES } from "../../src/commands/exit-codes.ts";
import { judgeBrokers } from "../../src/diagnostics/broker.ts";
import { judgeCertificate, judgeOthersEnd } from "../../src/diagnostics/certificate.ts";
import { judgeClock } from "../../src/diagnostics/clock.ts";
import type { Finding } from "../../src/diagnostics/finding.ts";
import { type DeviceFacts, judgeCards, judgePlacement, judgeTools } from "../../src/diagnostics/sound.ts";
import { judgeDatabase, judgeDisk } from "../../src/diagnostics/storage.ts";
import type { CertificateFacts } from "../../src/domain/diagnosis.ts";

const GATEWAY = "7k3m9q2w5x8y";
const DAY_MS = 86_400_000;
const NOW = 1_795_000_000_000;

/** What a program would look at. */
function told(...findings: readonly Finding[]): readonly string[] {
  for (const finding of findings) {
    expect(finding.message).not.toMatch(/[{}]/);
    if ("advice" in finding) expect(finding.advice).not.toMatch(/[{}]/);
    if (finding.verdict === "bad") expect(EXIT_CODES[finding.code]).toBeGreaterThan(1);
  }
  return findings.map(({ verdict, found }) => `${verdict} ${found}`);
}

test.each<[string, Partial<Extract<CertificateFacts, { kind: "read" }>>, readonly string[]]>([
  ["a good one", {}, ["good certificate.good"]],
  ["of another key", { matchesKey: false }, ["bad certificate.otherKey"]],
  ["of another box", { commonName: "0ab1cd2ef3gh" }, ["bad certificate.otherName"]],
  ["before its time", { notBeforeMs: NOW + 1 }, ["bad certificate.early"]],
  ["expired", { notAfterMs: NOW - 1 }, ["bad certificate.over"]],
  ["about to expire", { notAfterMs: NOW + 29 * DAY_MS }, ["doubtful certificate.soon"]],
  [
    "wrong in every way",
    { matchesKey: false, commonName: "x", notAfterMs: NOW - 1 },
    ["bad certificate.otherKey", "bad certificate.otherName", "bad certificate.over"],
  ],
])("certificate: %s", (_story, change, expected) => {
  const facts = {
    ...({ kind: "read", commonName: GATEWAY, matchesKey: true } as const),
    ...{ notBeforeMs: NOW - DAY_MS, notAfterMs: NOW + 365 * DAY_MS },
    ...change,
  };
  expect(told(...judgeCertificate(facts, GATEWAY, NOW, String))).toEqual(expected);
});

test("what is no certificate is told, not thrown", () => {
  const facts = readCertificate("no certificate", "no key");
  expect(told(...judgeCertificate(facts, GATEWAY, NOW, String))).toEqual(["bad certificate.unreadable"]);
});

test("certificate: of the CA and the broker only an end that comes soon is told", () => {
  const ends = (untilMs: number) => [
    ...judgeOthersEnd({ whose: "authority", untilMs }, NOW, String),
    ...judgeOthersEnd({ whose: "broker", untilMs }, NOW, String),
  ];
  expect(told(...ends(NOW + 30 * DAY_MS))).toEqual([]);
  expect(told(...ends(NOW + 30 * DAY_MS - 1))).toEqual([
    "doubtful certificate.authoritySoon",
    "doubtful certificate.brokerSoon",
  ]);
  expect(told(...ends(NOW - 1))).toEqual(["bad certificate.authorityOver", "bad certificate.brokerOver"]);
  expect(told(...judgeOthersEnd({ whose: "authority", untilMs: authorityEnd("none") }, NOW, String))).toEqual([
    "bad certificate.unreadable",
  ]);
});

test("broker: each address for itself", () => {
  const url = "mqtts://a:8883";
  const reaches = [
    { kind: "reached", elapsedMs: 12, protocol: "TLSv1.3" },
    { kind: "unreachable", reason: "connect ECONNREFUSED" },
    { kind: "untrusted", reason: "self-signed certificate" },
    { kind: "refused", reason: "alert unknown ca" },
    { kind: "late", withinMs: 10_000 },
  ] as const;
  expect(told(...judgeBrokers(reaches.map((reach) => ({ url, reach }))))).toEqual([
    "good broker.good",
    "bad broker.unreachable",
    "bad broker.untrusted",
    "bad broker.refused",
    "bad broker.late",
  ]);
  expect(told(...judgeBrokers([]))).toEqual(["bad broker.none"]);
});

test("clock: only one that somebody vouches for is good", () => {
  expect(told(judgeClock("chrony", "sync", "now"))).toEqual(["good clock.sync"]);
  expect(told(judgeClock("assumed", "sync", "now"))).toEqual(["doubtful clock.assumed"]);
  expect(told(judgeClock("chrony", "none", "now"))).toEqual(["bad clock.none"]);
});

test("storage: damage and lack of room", () => {
  expect(told(judgeDatabase("/db", { kind: "absent" }))).toEqual(["good database.absent"]);
  expect(told(judgeDatabase("/db", { kind: "broken", reason: "malformed" }))).toEqual(["bad database.broken"]);
  expect(told(judgeDatabase("/db", { kind: "opened", version: 1, megabytes: 3, checked: true }))).toEqual([
    "good database.good",
  ]);
  expect(told(judgeDisk("/", { usedPercent: 40, freeMb: 900 }))).toEqual(["good disk.good"]);
  expect(told(judgeDisk("/", { usedPercent: 96, freeMb: 900 }))).toEqual(["bad disk.low"]);
  expect(told(judgeDisk("/", { usedPercent: 40, freeMb: 63 }))).toEqual(["bad disk.low"]);
  expect(told(judgeDisk("/", { unreadable: "ENOENT" }))).toEqual(["bad disk.unreadable"]);
});

test("tools: each that is missing", () => {
  expect(
    told(
      ...judgeTools([
        { tool: "ffmpeg", path: "/usr/bin/ffmpeg" },
        { tool: "aplay", path: undefined },
      ]),
    ),
  ).toEqual(["good tools.good", "bad tools.missing"]);
});

test.each<[string, string, DeviceFacts, readonly string[] | undefined, string]>([
  ["opened", "plughw:CARD=horn,DEV=0", { kind: "opened" }, ["horn"], "good card.good"],
  [
    "not plugged in",
    "plughw:CARD=horn,DEV=0",
    { kind: "failed", reason: "no such device" },
    ["PCH"],
    "bad card.unknown",
  ],
  ["pulled out under the agent", "plughw:CARD=horn", { kind: "agent", activity: "idle" }, ["PCH"], "bad card.unknown"],
  ["held by others", "plughw:CARD=horn,DEV=0", { kind: "busy" }, ["horn"], "bad card.busy"],
  ["a name that opens nothing", "speaker1", { kind: "failed", reason: "no such file" }, ["horn"], "bad card.failed"],
  ["playing", "speaker1", { kind: "agent", activity: "playing" }, undefined, "good card.agent"],
  ["given up by the agent", "speaker1", { kind: "agent", activity: "faulted" }, undefined, "bad card.faulted"],
])("card: %s", (_story, device, answer, cards, expected) => {
  expect(told(...judgeCards([{ zoneId: "z1", device, answer }], cards, String))).toEqual([expected]);
});

test("cards are known by the ids that the kernel lists", () => {
  const folder = mkdtempSync(join(tmpdir(), "loa-cards-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "cards");
  writeFileSync(
    file,
    " 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n                      bcm2835 Headphones\n 1 [loaz1          ]: USB-Audio - USB Audio\n",
  );
  expect(listCards(file)).toEqual(["Headphones", "loaz1"]);
  expect(listCards(join(folder, "nothing"))).toBeUndefined();
});

test("placement: a zone without a device is not heard, a device without a zone is not needed", () => {
  const placed = { kind: "read", zones: ["z1", "z2"] } as const;
  expect(told(...judgePlacement(placed, ["z1", "z2"]))).toEqual(["good placement.good"]);
  expect(told(...judgePlacement(placed, ["z2", "z3"]))).toEqual(["bad placement.mute", "doubtful placement.unplaced"]);
  expect(judgePlacement(placed, undefined)).toEqual([]);
  expect(told(...judgePlacement({ kind: "unreadable", reason: "schema" }, ["z1"]))).toEqual([
    "bad placement.unreadable",
  ]);
});
