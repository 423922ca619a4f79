import { expect, test } from "vitest";
import { type ChainedLine, ingest } from "../../src/desk/evidence-ingest.ts";
import type { Link, OutboundMessage } from "../../src/domain/ports.ts";
import type { EvidenceFact, EvidenceReport } from "../../src/domain/report.ts";
import { AlarmBoard } from "../../src/pipeline/alarm-board.ts";
import { Recorder } from "../../src/pipeline/recorder.ts";
import { Uplink } from "../../src/pipeline/uplink.ts";
import { Voice } from "../../src/pipeline/voice.ts";
import { openUp } from "../../src/wire/envelope.ts";
import { aKey } from "../fakes/builders.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";
import { GATEWAY } from "./support/store-material.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

const LIMIT_BYTES = 32_768;
const HEARD: EvidenceFact = { kind: "played", zone: "z1", framesPlayed: 1 };
const REFUSED: EvidenceFact = { kind: "refused", code: "replay" };

/** A gateway whose room for evidence is small, and what its centre is sent. */
function fullGateway() {
  const { orders, epoch } = openTestOrders(temporaryFolder(), { evidenceLimitBytes: LIMIT_BYTES });
  const clock = new FakeClock();
  const timers = new FakeTimers(clock);
  const log = new FakeLog();
  const sent: EvidenceReport[] = [];
  const link = {
    isConnected: true,
    publish: ({ payload }: OutboundMessage) => {
      const opened = openUp(payload);
      if (opened.kind === "opened" && opened.sealed.payload.type === "evidence") sent.push(opened.sealed.payload);
      return Promise.resolve({ kind: "acknowledged" });
    },
  } as unknown as Link;
  const voice = new Voice(GATEWAY, aKey(), clock);
  const reports = { alarm: () => {}, checkpoint: () => {} } as never;
  const stamp = () => ({ clock: "sync" as const, nowMs: 1, boot: "boot-1", monotonicMs: 1 });
  const recorder = new Recorder(orders, epoch, reports, { stamp, recorded: () => uplink.evidenceRecorded() });
  const alarms = new AlarmBoard(orders, { recorder, reports, clock, log, epoch, changed: () => {} });
  const world = { clock, timers, chance: { fraction: () => 0 } as never, log, storageFailed: () => {} };
  const uplink = new Uplink(link, voice, orders, epoch, alarms, world, { lingerMs: 10, resendMs: 60_000 });
  const fillTo = (fullness: number) => {
    orders.transaction(() => {
      while (orders.evidence.fullness() < fullness) recorder.record(HEARD);
    });
    timers.advance(100);
  };
  /** The centre takes what it was sent and proves to hold it, until nothing is left. */
  const catchUp = () => {
    const held: ChainedLine[] = [];
    while (orders.evidence.position().acknowledged < orders.evidence.position().last) {
      const batch = sent.shift();
      if (batch === undefined) throw new Error("nothing more was sent");
      const verdict = ingest({ head: held.length, hashAt: (q) => held[q - 1]?.hash }, batch);
      if (verdict.kind !== "accepted") throw new Error(verdict.kind);
      held.push(...verdict.added);
      uplink.acknowledged({ epoch, to: batch.to, headHash: batch.headHash } as never);
      timers.advance(100);
    }
    return held.map(({ line }) => JSON.parse(line));
  };
  return { recorder, orders, fillTo, catchUp, connected: () => uplink.connected(), standing: () => codes(alarms) };
}

function codes(alarms: AlarmBoard): readonly string[] {
  return alarms.raised().map(({ code }) => code);
}

test("before the room for evidence is full it is told, and what is missed then is told in its place of the chain, which holds", () => {
  const { recorder, orders, fillTo, catchUp, connected, standing } = fullGateway();
  fillTo(0.74);
  expect(standing()).toEqual([]);
  fillTo(0.8);
  expect(standing()).toEqual(["evidence-full"]);
  fillTo(1);
  const { last } = orders.evidence.position();
  for (let n = 0; n < 5; n += 1) recorder.record(HEARD);
  fillTo(1);
  expect(orders.evidence.position().last).toBe(last);
  expect(standing()).toEqual(["evidence-full", "evidence-gap"]);
  expect(orders.evidence.unacknowledgedBytes()).toBeLessThan(LIMIT_BYTES + 4_096);

  connected();
  const lines = catchUp();
  expect(lines.map(({ q }) => q)).toEqual(lines.map((_, index) => index + 1));
  // The alarm of the gap found no room for a record of its own either.
  expect(lines.find(({ code, kind }) => kind === "counted" && code === "evidence-gap")).toMatchObject({
    q: last + 1,
    count: 6,
  });
  expect(standing()).toEqual([]);
});

test("the last of the room is kept from refusals, for what sounded", () => {
  const { recorder, orders, fillTo } = fullGateway();
  fillTo(0.8);
  fillTo(0.9);
  const { last } = orders.evidence.position();
  orders.transaction(() => {
    for (let n = 0; n < 1_000; n += 1) recorder.record(REFUSED);
  });
  expect(orders.evidence.position().last).toBe(last);
  recorder.record(HEARD);
  expect(orders.evidence.batch(last + 1, 10_000)?.lines.map((line) => JSON.parse(line))).toMatchObject([
    { kind: "counted", code: "evidence-gap", count: 1_000 },
    { kind: "played" },
  ]);
});
