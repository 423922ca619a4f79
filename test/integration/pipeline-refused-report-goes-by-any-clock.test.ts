import { expect, test } from "vitest";
import type { Link, OutboundMessage, PublishOutcome } from "../../src/domain/ports.ts";
import { Uplink } from "../../src/pipeline/uplink.ts";
import { Voice } from "../../src/pipeline/voice.ts";
import { aKey, GATEWAY } from "../fakes/builders.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

const MINUTE_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;

/** One report, and a broker that refuses it until told otherwise. */
function refusedReport() {
  const { orders, epoch } = openTestOrders(temporaryFolder());
  const clock = new FakeClock();
  const timers = new FakeTimers(clock);
  const log = new FakeLog();
  let outcome: PublishOutcome = { kind: "refused", reasonCode: 0x97 };
  const published: OutboundMessage[] = [];
  const link = {
    isConnected: true,
    publish: (message: OutboundMessage) => {
      published.push(message);
      return Promise.resolve(outcome);
    },
  } as unknown as Link;
  const alarms = { raise: () => {}, clear: () => {} } as never;
  const world = { clock, timers, chance: { fraction: () => 0 } as never, log, storageFailed: () => {} };
  const voice = new Voice(GATEWAY, aKey(), clock);
  const options = { lingerMs: 0, resendMs: 3_600_000 };
  const uplink = new Uplink(link, voice, orders, epoch, alarms, world, options);
  orders.outbox.add({ topic: "loa/1/x", payload: Buffer.from("a receipt"), qos: 1, retain: false }, 2);
  return {
    uplink,
    published,
    orders,
    step: (ms: number) => clock.step(ms),
    accept: () => {
      outcome = { kind: "acknowledged" };
    },
    /** What the broker answered is heard before time goes on. */
    pass: async (ms: number) => {
      await Promise.resolve();
      timers.advance(ms);
      await Promise.resolve();
    },
  };
}

test("a report that the broker refused is sent again a quarter of an hour later", async () => {
  const { uplink, published, orders, accept, pass } = refusedReport();
  uplink.connected();
  await pass(14 * MINUTE_MS);
  expect(published).toHaveLength(1);
  accept();
  await pass(2 * MINUTE_MS);
  expect([published.length, orders.outbox.size().count]).toEqual([2, 0]);
});

test("a report that the broker refused while the clock was a month ahead does not wait for that month", async () => {
  const { uplink, published, orders, step, accept, pass } = refusedReport();
  uplink.connected();
  await pass(0);
  step(-MONTH_MS);
  accept();
  await pass(16 * MINUTE_MS);
  expect([published.length, orders.outbox.size().count]).toEqual([2, 0]);
});

test("nor after a start", async () => {
  const { uplink, published, step, accept, pass, orders } = refusedReport();
  step(MONTH_MS);
  uplink.connected();
  await pass(0);
  uplink.stop();
  step(-MONTH_MS);
  accept();
  uplink.connected();
  await pass(0);
  expect([published.length, orders.outbox.size().count]).toEqual([2, 0]);
});
