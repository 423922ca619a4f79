import { expect, test } from "vitest";
import { Halts } from "../../src/pipeline/halts.ts";
import { Items } from "../../src/pipeline/items.ts";
import { Reports } from "../../src/pipeline/reports.ts";
import { TrustState } from "../../src/pipeline/trust-state.ts";
import { Voice } from "../../src/pipeline/voice.ts";
import { aBroadcast, aKey, anActiveItem, aPlacement, aRoot, GATEWAY, NOW } from "../fakes/builders.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { HALT } from "./support/store-material.ts";
import { openTestAudio, openTestOrders, temporaryFolder } from "./support/stores.ts";

test("what a commit within another has changed is forgotten when the outer one is undone", () => {
  const folder = temporaryFolder();
  const { orders } = openTestOrders(folder);
  const clock = new FakeClock(NOW * 1000);
  const reports = new Reports(new Voice(GATEWAY, aKey(), clock), orders.outbox, () => {});
  const items = new Items(orders, openTestAudio(folder).audio, reports, clock, new FakeLog());
  const [old, fresh] = [aBroadcast(), aBroadcast()];
  items.add(old, anActiveItem(old).standing);

  const undone = () =>
    items.commit(fresh, () => {
      items.add(fresh, anActiveItem(fresh).standing);
      items.commit(old, () => {
        items.playBegan(old, { zoneId: "z1", occurrence: NOW, play: 1, startedAtMs: NOW * 1000, offsetMs: 0 });
      });
      throw new Error("the disk is full");
    });
  expect(undone).toThrow("the disk is full");
  expect(items.active()).toMatchObject([{ order: { id: old.id }, plays: [] }]);
  expect(orders.outbox.size().count).toBe(0);
});

test("a halt whose commit is undone halts nothing, and the same halt a moment later does", () => {
  const { orders } = openTestOrders(temporaryFolder());
  const trust = new TrustState({ root: aRoot([aKey()]), payloadHash: "" }, aPlacement());
  const halts = new Halts(orders, trust, new FakeClock(NOW * 1000));
  const planned: unknown[] = [];
  const add = (afterwards: () => void) =>
    halts.add(HALT, (keep) =>
      orders.transaction(() => {
        keep();
        planned.push(...halts.controls.controls);
        afterwards();
      }),
    );

  const undone = () =>
    add(() => {
      throw new Error("the disk is full");
    });
  expect(undone).toThrow("the disk is full");
  expect(planned).toEqual([HALT]);
  expect(halts.controls.controls).toEqual([]);
  add(() => {});
  expect(halts.controls.controls).toEqual([HALT]);
});
