import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDeskDatabase } from "../../src/desk/database.ts";
import type { AlarmReport } from "../../src/domain/report.ts";
import { toUnixSeconds } from "../../src/domain/time.ts";
import { AlarmBoard } from "../../src/pipeline/alarm-board.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { GATEWAY } from "./support/station.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

test("whatever a box's clock does between them, the desk takes each alarm, and none again", () => {
  const folder = temporaryFolder();
  const { orders, epoch } = openTestOrders(folder);
  const desk = openDeskDatabase(path.join(folder, "desk.sqlite"), Date.now());
  onTestFinished(() => desk.close());
  const told: AlarmReport[] = [];
  const boardAt = (nowMs: number) => {
    const clock = new FakeClock(nowMs);
    const alarm = (body: Omit<AlarmReport, "version" | "type" | "gateway" | "issuedAt">) =>
      told.push({ version: 1, type: "alarm", gateway: GATEWAY, issuedAt: toUnixSeconds(nowMs), ...body });
    const parts = { recorder: { record: () => {} } as never, reports: { alarm } as never, clock, log: new FakeLog() };
    const board = new AlarmBoard(orders, { epoch, ...parts, changed: () => {} });
    board.restore(["z1"]);
    return board;
  };
  const before = boardAt(Date.now());
  before.raise("output-missing", "no card Device", "z1");
  before.clear("output-missing", "z1");
  // A power cut: the box says the time that it saved last.
  const after = boardAt(Date.now() - 300_000);
  after.raise("output-missing", "no card Device", "z1");
  after.raise("output-missing", "no card at all", "z1");
  after.clear("output-missing", "z1");
  expect(told.map(({ state }) => state)).toEqual(["raised", "cleared", "raised", "raised", "cleared"]);
  expect(told.map((alarm) => desk.reports.put(alarm, Date.now()))).toEqual([true, true, true, true, true]);
  expect(told.map((alarm) => desk.reports.put(alarm, Date.now()))).toEqual([false, false, false, false, false]);
});
