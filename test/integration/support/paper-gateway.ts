import type { Authority } from "../../../src/desk/authority.ts";
import { commonMembers, DAY_SECONDS } from "../../../src/desk/moment.ts";
import { type ClockState, toUnixSeconds } from "../../../src/domain/time.ts";
import { Acceptance } from "../../../src/pipeline/acceptance.ts";
import { AlarmBoard } from "../../../src/pipeline/alarm-board.ts";
import { FloodGuard } from "../../../src/pipeline/flood-guard.ts";
import { FloodedFilters } from "../../../src/pipeline/flooded-filters.ts";
import { Intake } from "../../../src/pipeline/intake.ts";
import { Items } from "../../../src/pipeline/items.ts";
import { Recorder } from "../../../src/pipeline/recorder.ts";
import { RefusalCounter } from "../../../src/pipeline/refusal-counter.ts";
import { Refusals } from "../../../src/pipeline/refusals.ts";
import { Reports } from "../../../src/pipeline/reports.ts";
import { TrustState } from "../../../src/pipeline/trust-state.ts";
import { TrustedClock } from "../../../src/pipeline/trusted-clock.ts";
import { Voice } from "../../../src/pipeline/voice.ts";
import { Watch } from "../../../src/pipeline/watch.ts";
import { payloadHashOf } from "../../../src/wire/envelope.ts";
import { areaDocumentTopic } from "../../../src/wire/topics.ts";
import { aKey, aPlacement, aRoot } from "../../fakes/builders.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { FakeLog } from "../../fakes/log.ts";
import { FakeTimers } from "../../fakes/timers.ts";
import { COMMUNE, ISSUER, thisMoment } from "./desk.ts";
import { type DelegationChanges, delegated } from "./forgery.ts";
import { sealedBy } from "./orders.ts";
import { openTestAudio, openTestOrders, temporaryFolder } from "./stores.ts";

/** What would carry orders: none comes to this gateway. */
const UNUSED = {} as never;
const RIGHTS = { uses: ["beacon", "index"], classMax: "routine", severityMax: 0 } as const;

/** A gateway's intake and its watch over a real database: no connection and no card, and a day passes when the test says so. */
export function paperGateway({ state = "sync" }: { readonly state?: ClockState } = {}) {
  const folder = temporaryFolder();
  const { orders, epoch } = openTestOrders(folder);
  const source = new FakeClock(Date.now(), state);
  const timers = new FakeTimers(source);
  const log = new FakeLog();
  const machine = { boot: "boot-1", hasHardwareClock: false };
  const clock = new TrustedClock({ source, memory: orders.clock, machine, settleMs: 0, timers, log });
  const rootKey = aKey();
  const began = toUnixSeconds(source.read().nowMs);
  const times = { issuedAt: 1, notBefore: 1, expiresAt: began + 365 * DAY_SECONDS };
  const root = { root: aRoot([rootKey], times), payloadHash: "" };
  const areas = [{ id: COMMUNE, kind: "commune", within: [] }] as const;
  const trust = new TrustState(root, aPlacement({ ...times, areas, commune: COMMUNE }));
  const reports = new Reports(new Voice(trust.placement.gateway, aKey(), clock), orders.outbox, () => {});
  const stamp = () => ({ clock: clock.read().state, nowMs: clock.read().nowMs, boot: "boot-1", monotonicMs: 1 });
  const recorder = new Recorder(orders, epoch, reports, { stamp, recorded: () => {} });
  const alarms = new AlarmBoard(orders, { epoch, recorder, reports, clock, log, changed: () => {} });
  const items = new Items(orders, openTestAudio(folder).audio, reports, clock, log);
  const asked: string[] = [];
  const storageFailed = (error: unknown) => {
    throw error;
  };
  const common = { orders, items, trust, recorder, reports, alarms, clock, timers, log, storageFailed };
  const newWatch = () => new Watch({ ...common, ask: (topics) => asked.push(...topics) > 0, changed: () => {} });
  let watch = newWatch();
  const flood = new FloodGuard({ ...common, check: () => {}, began: () => {}, over: () => {} });
  const left: string[] = [];
  const subscriptions = { leave: (filter: string) => void left.push(filter), poll: () => {}, listen: () => {} };
  const floodedFilters = new FloodedFilters({ ...common, ...subscriptions, began: () => {}, over: () => {} });
  const refusals = new Refusals(common);
  const newIntake = () => {
    const acceptance = new Acceptance({
      ...{ ...common, watch, floodedFilters },
      ...{ withdrawals: UNUSED, halts: UNUSED, trustChanges: UNUSED, soundWith: UNUSED },
      ...{ ordersChanged: UNUSED, placed: UNUSED, evidenceAcknowledged: UNUSED, timeAnswered: UNUSED },
    });
    return new Intake({
      ...{ ...common, watch, floodedFilters, flood, refusals, acceptance, audio: UNUSED },
      pending: { mayKeep: () => false } as never,
      cosignatures: { take: () => {} } as never,
      refusalCounter: new RefusalCounter(timers, log, () => {}),
    });
  };
  let intake = newIntake();
  clock.start();
  watch.start();
  watch.connected();
  const grantor = { signer: rootKey, issuer: "root", level: "root", chain: [] };
  return {
    orders,
    clock,
    timers,
    asked,
    /** Nobody vouches for the wall clock any more. */
    losesTime: () => source.become("none"),
    /** Filters that it left because of a flood. */
    left,
    /** Codes of what was refused though well signed, in order. */
    refusals: () => log.lines.filter(({ event }) => event === "order.refused").map(({ fields }) => fields["code"]),
    /** Undefined while it does not stand. */
    networkAlarm: () => orders.alarms.raised().find(({ code }) => code === "network")?.detail,
    /** A key of the commune's that may say what is in force, unless `changes` says otherwise. */
    herald: (changes: DelegationChanges = {}) =>
      delegated(grantor, { ...RIGHTS, issuedAt: began - 60, notBefore: began - 60, ...changes }),
    /** A document of the commune, said now; of what an attacker changes in it he signs every word. */
    said: (type: "beacon" | "index", by: Authority, sequence: number, words: object = {}) => {
      const nowMs = source.read().nowMs;
      const common = commonMembers(
        { ...thisMoment(), nowMs },
        { issuer: ISSUER, level: "commune", sequence, seconds: 3_600 },
      );
      const own = {
        beacon: { n: 1, now: common.issuedAt, policySequence: 0, rootVersion: 1 },
        index: { items: [] },
      }[type];
      const bytes = sealedBy({ ...common, type, area: COMMUNE, ...own, ...words } as never, [by]);
      return { topic: areaDocumentTopic(type, COMMUNE, ISSUER), bytes, hash: payloadHashOf(bytes) };
    },
    brings: ({ topic, bytes }: { readonly topic: string; readonly bytes: Uint8Array }, retained = true) =>
      intake.take({ topic, payload: bytes, retained }),
    /** The process ends and another one takes its place. */
    restarts: () => {
      watch.stop();
      watch = newWatch();
      intake = newIntake();
      watch.start();
      watch.connected();
    },
  };
}
