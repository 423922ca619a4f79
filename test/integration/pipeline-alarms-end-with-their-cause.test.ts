import { expect, test } from "vitest";
import { AlarmBoard } from "../../src/pipeline/alarm-board.ts";
import { Housekeeping } from "../../src/pipeline/housekeeping.ts";
import { DiskReserve } from "../../src/store/reserve.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeTimers } from "../fakes/timers.ts";
import { openTestAudio, openTestOrders, temporaryFolder } from "./support/stores.ts";

const ZONES = ["z1", "z2"];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The alarms of a box that can be started again, and who keeps its house. */
function box({ broken }: { readonly broken?: string } = {}) {
  const folder = temporaryFolder();
  const { orders, epoch } = openTestOrders(folder);
  const { audio } = openTestAudio(folder);
  const clock = new FakeClock();
  const timers = new FakeTimers(clock);
  const log = new FakeLog();
  const disk = { usedPercent: 10, freeMb: 9_999 };
  const recorder = { record: () => {}, checkpoint: () => {} } as never;
  const begin = (zones = ZONES) => {
    const alarms = new AlarmBoard(orders, {
      epoch,
      recorder,
      reports: { alarm: () => {} } as never,
      clock,
      log,
      changed: () => {},
    });
    alarms.restore(zones);
    const housekeeping = new Housekeeping({
      ...{ orders, audio, recorder, alarms, clock, timers, log, broken },
      reserve: new DiskReserve(folder),
      items: { audioUses: () => new Map(), waitingForAudio: () => [] } as never,
      host: { disk: () => disk, partitionMb: () => 20_000 } as never,
      audioBudgetBytes: 1e9,
      mended: () => {},
    });
    housekeeping.start();
    return { alarms, housekeeping, standing: () => alarms.raised().map(({ code }) => code) };
  };
  return { orders, audio, clock, timers, disk, begin };
}

test("a full disk is over at the first start with room, and stands through one without", () => {
  const { timers, disk, begin } = box();
  begin().alarms.raise("disk", "the disk is full");
  disk.freeMb = 3;
  const without = begin();
  expect(without.standing()).toEqual(["disk"]);
  expect(without.housekeeping.isShortOfRoom).toBe(true);
  disk.freeMb = 9_999;
  timers.advance(5_000);
  expect(without.standing()).toEqual([]);
  expect(without.housekeeping.isShortOfRoom).toBe(false);

  without.alarms.raise("disk", "the disk is full");
  expect(begin().standing()).toEqual([]);
});

test("an alarm of two zones is over when both are well, also where the agent started in between", () => {
  const { begin } = box();
  const before = begin();
  before.alarms.raise("output-missing", "z1: no card", "z1");
  before.alarms.raise("output-missing", "z2: no card", "z2");
  const after = begin();
  after.alarms.clear("output-missing", "z2");
  expect(after.standing()).toEqual(["output-missing"]);
  const later = begin();
  expect(later.standing()).toEqual(["output-missing"]);
  later.alarms.clear("output-missing", "z1");
  expect(later.standing()).toEqual([]);
});

test("an alarm is over with the last zone that had it, when a start knows that zone no more", () => {
  const { begin } = box();
  begin().alarms.raise("output-missing", "z2: no card", "z2");
  expect(begin(["z1"]).standing()).toEqual([]);
});

test("a second client with this gateway's id is forgotten a day after it was last seen", () => {
  const { timers, begin } = box();
  const { alarms, standing } = begin();
  const seen = () => alarms.raise("duplicate-id", "another client uses this gateway's id");
  seen();
  timers.advance(20 * HOUR_MS);
  seen();
  timers.advance(20 * HOUR_MS);
  expect(standing()).toEqual(["duplicate-id"]);
  timers.advance(5 * HOUR_MS);
  expect(standing()).toEqual([]);
});

test("a database that could not be written once is told until it can, and no longer", () => {
  const { orders, timers, begin } = box();
  const { alarms, housekeeping, standing } = begin();
  housekeeping.storageFailed(new Error("the card did not answer"));
  expect([standing(), alarms.isCritical]).toEqual([["storage"], true]);
  timers.advance(MINUTE_MS);
  expect(standing()).toEqual([]);

  housekeeping.storageFailed(new Error("the card did not answer"));
  orders.close();
  timers.advance(10 * MINUTE_MS);
  expect(standing()).toEqual(["storage"]);
});

test("a database that was made anew at the start is told until the next one, whatever passes meanwhile", () => {
  const { timers, begin } = box({ broken: "orders.db was damaged" });
  const { alarms, housekeeping } = begin();
  alarms.raise("storage", "orders.db was damaged");
  housekeeping.storageFailed(new Error("the card did not answer"));
  timers.advance(MINUTE_MS);
  expect(alarms.raised()).toMatchObject([{ code: "storage", detail: "orders.db was damaged" }]);
});

test("what fails while something else has failed ends nobody", () => {
  const { orders, audio, begin } = box();
  const { housekeeping, standing } = begin();
  orders.close();
  audio.close();
  expect(housekeeping.storageFailed(new Error("the card did not answer"))).toBe(false);
  housekeeping.audioRefused(new Error("the card did not answer"));
  housekeeping.makeRoom();
  expect(standing()).toEqual(["storage"]);
});
