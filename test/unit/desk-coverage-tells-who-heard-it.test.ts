import { afterEach, beforeEach, expect, test } from "vitest";
import { coverageText } from "../../src/commands/desk-coverage.ts";
import { coverageOf, type Witness, type ZoneCoverage } from "../../src/desk/coverage.ts";
import type { EvidenceLine, HeartbeatReport, ReceiptReport } from "../../src/domain/report.ts";
import { setLanguage } from "../../src/texts/say.ts";
import { NOW } from "../fakes/builders.ts";
import { machineElsewhere } from "../fakes/machine-elsewhere.ts";

beforeEach(machineElsewhere);
afterEach(() => setLanguage("en"));

const order = { issuer: "ubnd.hoa-binh", id: "01JD3W9K2M4N6P8Q0R1S2T3V4W", expiresAt: NOW + 3_600 };
const GATEWAY = "7k3m9q2w5x8y";
const nowMs = NOW * 1000;

let q = 0;
function record(fact: Partial<EvidenceLine> & Pick<EvidenceLine, "kind">): EvidenceLine {
  q += 1;
  return { q, clock: "sync", boot: "boot", monotonicMs: q, issuer: order.issuer, itemId: order.id, ...fact };
}

function play(
  kind: "played" | "preempted" | "cancelled" | "failed" | "expired",
  fromSeconds: number,
  seconds: number,
  more = {},
) {
  const startedAtMs = nowMs + fromSeconds * 1000;
  return record({ kind, zone: "z1", startedAtMs, endedAtMs: startedAtMs + seconds * 1000, strength: 1, ...more });
}

function receipt(state: ReceiptReport["state"], code?: ReceiptReport["code"]): ReceiptReport {
  const common = { version: 1, type: "receipt", gateway: GATEWAY, issuedAt: NOW, atMs: nowMs } as const;
  return { ...common, issuerOfItem: order.issuer, itemId: order.id, state, code };
}

function heartbeat(item: { issuer: string; id: string } | undefined, atSeconds = 0): HeartbeatReport {
  const atMs = nowMs + atSeconds * 1000;
  return { atMs, zones: [{ id: "z1", state: "playing", item, underruns: 0 }] } as unknown as HeartbeatReport;
}

function of(witness: Partial<Witness>, atMs = nowMs): ZoneCoverage | undefined {
  const nothing = { receipt: undefined, heartbeat: undefined, link: undefined, heardAtMs: undefined };
  const here = { gateway: GATEWAY, commune: "xa-hoa-binh", zones: ["z1"], records: [] };
  return coverageOf(order, [{ ...here, ...nothing, ...witness }], atMs)[0]?.zones[0];
}

const received = record({ kind: "received" });

test.each<[string, Partial<Witness>, Partial<ZoneCoverage>]>([
  ["not a word", {}, { verdict: "silent" }],
  ["taken in", { records: [received] }, { verdict: "waiting" }],
  ["only a receipt yet", { receipt: receipt("accepted") }, { verdict: "waiting" }],
  [
    "its sound does not come",
    { receipt: receipt("fetching", "chunks-missing") },
    { verdict: "waiting", code: "chunks-missing" },
  ],
  ["refused", { receipt: receipt("refused", "scope-area") }, { verdict: "refused", code: "scope-area" }],
  [
    "refused, by the record",
    { records: [record({ kind: "refused", code: "quorum" })] },
    { verdict: "refused", code: "quorum" },
  ],
  ["on air now", { records: [received], heartbeat: heartbeat(order) }, { verdict: "playing" }],
  [
    "something else on air",
    { records: [received], heartbeat: heartbeat({ issuer: "x", id: "y" }) },
    { verdict: "waiting" },
  ],
  [
    "heard",
    { records: [received, play("played", 0, 22)] },
    { verdict: "played", soundedMs: 22_000, strength: 1, firstAtMs: nowMs },
  ],
  [
    "cut, then heard to its end",
    { records: [received, play("preempted", 0, 10), play("played", 30, 15)] },
    { verdict: "played", soundedMs: 25_000, firstAtMs: nowMs },
  ],
  [
    "cut, and on air again",
    { records: [play("preempted", 0, 10)], heartbeat: heartbeat(order, 20) },
    { verdict: "playing", soundedMs: 10_000 },
  ],
  [
    "taken back since its last heartbeat",
    { records: [play("preempted", 0, 10), play("cancelled", 15, 10)], heartbeat: heartbeat(order, 20) },
    { verdict: "cancelled", soundedMs: 20_000 },
  ],
  ["cut and not gone on yet", { records: [play("preempted", 0, 10)] }, { verdict: "cut", soundedMs: 10_000 }],
  [
    "broke off",
    { records: [play("failed", 0, 4, { code: "output" })] },
    { verdict: "failed", code: "output", soundedMs: 4_000 },
  ],
  [
    "never begun in time",
    { records: [received, record({ kind: "expired", code: "window-closed" })] },
    { verdict: "expired", code: "window-closed", soundedMs: 0 },
  ],
  [
    "heard elsewhere",
    { records: [received, { ...play("played", 0, 22), zone: "z2" }] },
    { verdict: "waiting", soundedMs: 0 },
  ],
])("%s", (_story, witness, expected) => {
  expect(of(witness)).toMatchObject(expected);
});

test("what was taken in and left no record until its time was over is not called played", () => {
  expect(of({ records: [received] }, (order.expiresAt + 1) * 1000)).toMatchObject({ verdict: "unproven" });
});

test("the list names who played, who did not and why, and who is silent", () => {
  const nothing = { receipt: undefined, heartbeat: undefined, link: "lost", heardAtMs: undefined } as const;
  const witness = (gateway: string, records: readonly EvidenceLine[]): Witness => ({
    ...{ gateway, commune: "xa-hoa-binh", zones: ["z1"], records },
    ...nothing,
  });
  const gateways = coverageOf(
    order,
    [
      witness("7k3m9q2w5x8y", [play("played", 0, 22)]),
      witness("0ab1cd2ef3gh", [record({ kind: "expired", code: "window-closed" })]),
      witness("5cd6ef7gh8jk", []),
    ],
    nowMs,
  );
  const text = coverageText(gateways, "Asia/Ho_Chi_Minh");
  expect(text).toMatch(/^7k3m9q2w5x8y +xa-hoa-binh +z1 +played +2026-11-24 05:30:00 +22\.0 +lost, never$/m);
  expect(text).toContain("NOT IN TIME: It could not begin in time");
  expect(text).toMatch(/^5cd6ef7gh8jk .* SILENT/m);
  expect(text).toContain("1 of 3 zones played it; 1 say nothing, 1 did not play it, 0 are still to come");
  setLanguage("vi");
  expect(coverageText(gateways, "Asia/Ho_Chi_Minh")).toContain(
    "1 / 3 cụm loa đã phát; 1 im lặng, 1 không phát, 0 còn đang chờ",
  );
});
