import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { Withdrawal } from "../../src/domain/withdrawal.ts";
import { AT_MS, acceptOne, HALT, KEY, MANDATE, STANDING } from "./support/store-material.ts";
import { openTestOrders, temporaryFolder } from "./support/stores.ts";

const NOW = AT_MS / 1000;
const WEEK = 7 * 86_400;
const WITHDRAWAL: Withdrawal = {
  reference: KEY,
  by: { ...KEY, id: "01J8Z0M3E8Q4T6V9X2B5N7R1ZZ" },
  action: "cancel",
  payloadHash: "p",
  mandate: MANDATE,
  window: { notBefore: 0, expiresAt: NOW + 3_600 },
};

/** What version 7 added. */
const WITHOUT_FATE = ["untimed", "withdrawn"].map((name) => `ALTER TABLE broadcasts DROP COLUMN ${name};`).join(" ");

test("cancels and halts are there again after a restart, as they were", () => {
  const folder = temporaryFolder();
  const first = openTestOrders(folder).orders;
  first.withdrawals.add(WITHDRAWAL);
  first.withdrawals.add(WITHDRAWAL);
  first.controls.add(HALT);
  first.close();

  const { orders } = openTestOrders(folder);
  expect(orders.withdrawals.of(KEY)).toEqual([WITHDRAWAL]);
  expect(orders.withdrawals.all()).toEqual([WITHDRAWAL]);
  expect(orders.withdrawals.of(HALT.key)).toEqual([]);
  expect(orders.withdrawals.countBy(KEY.issuer)).toBe(1);
  expect(orders.controls.all()).toEqual([HALT]);
  orders.withdrawals.remove(WITHDRAWAL);
  expect(orders.withdrawals.all()).toEqual([]);
});

test("a cancel is forgotten at its expiry, a halt a week later and not counted meanwhile", () => {
  const { orders } = openTestOrders(temporaryFolder());
  orders.withdrawals.add(WITHDRAWAL);
  orders.controls.add(HALT);
  orders.prune(NOW + 3_600);
  expect([orders.withdrawals.all(), orders.controls.all()]).toEqual([[WITHDRAWAL], [HALT]]);
  expect(orders.controls.countBy(KEY.issuer, NOW + 3_600)).toBe(1);
  orders.prune(NOW + 3_601);
  expect([orders.withdrawals.all(), orders.controls.all()]).toEqual([[], [HALT]]);
  expect(orders.controls.countBy(KEY.issuer, NOW + 3_601)).toBe(0);
  orders.prune(NOW + 3_601 + WEEK);
  expect(orders.controls.all()).toEqual([]);
});

test("of a database of version 5 every signature hangs on every key", () => {
  const folder = temporaryFolder();
  const first = openTestOrders(folder).orders;
  acceptOne(first, 1);
  first.close();
  const key = { kid: "k", issuer: "ubnd.hoa-binh", level: "commune", signedAt: 1, issuedAt: 1 };
  const { signers, ...mandate } = { ...MANDATE, keys: [key] };
  const database = new Database(join(folder, "orders.db"));
  const old = {
    standing: { ...STANDING, signers: ["An", "Ba"].map((holder) => ({ kid: holder, holder })), keys: [key] },
    control: { ...HALT, mandate },
  };
  database.prepare("UPDATE broadcasts SET standing = ?").run(JSON.stringify(old.standing));
  database.prepare("INSERT INTO controls VALUES ('a', 'b', ?, 1)").run(JSON.stringify(old.control));
  database
    .prepare("INSERT INTO withdrawals VALUES ('a', 'b', 'c', 'd', 'cancel', 'p', ?, 0, 1)")
    .run(JSON.stringify(mandate));
  database.exec(`${WITHOUT_FATE} PRAGMA user_version = 5`);
  database.close();

  const { orders } = openTestOrders(folder);
  const now = ["An", "Ba"].map((holder) => ({ kid: holder, holder, signedAt: 0, keys: [key] }));
  expect(orders.broadcasts.recent(1)[0]?.standing).toEqual({ ...STANDING, signers: now });
  const weighed = { ...MANDATE, signers: [{ holder: "", isInTime: false, keys: [key] }] };
  expect(orders.controls.all()).toEqual([{ ...HALT, mandate: weighed }]);
  expect(orders.withdrawals.all()[0]?.mandate).toEqual(weighed);
});

test("a database of version 1 takes them, with everything that was in it", () => {
  const folder = temporaryFolder();
  const first = openTestOrders(folder).orders;
  acceptOne(first, 1);
  const before = first.broadcasts.recent(5);
  first.close();
  const database = new Database(join(folder, "orders.db"));
  const later = ["withdrawals", "controls", "pending", "savedClock", "clockMarks"];
  database.exec(`${WITHOUT_FATE} ${later.map((table) => `DROP TABLE ${table};`).join(" ")} PRAGMA user_version = 1`);
  database.close();

  const { orders, setAside, isNewEpoch } = openTestOrders(folder);
  expect({ setAside, isNewEpoch }).toEqual({ setAside: undefined, isNewEpoch: false });
  const withKeys = before.map((one) => {
    const at = Math.floor(one.acceptedAtMs / 1000);
    const keys = one.standing.signers.map(({ kid }) => ({
      ...{ kid, issuer: one.key.issuer, level: "", signedAt: at, issuedAt: at },
    }));
    const signers = one.standing.signers.map((signer) => ({ ...signer, signedAt: 0, keys }));
    return { ...one, standing: { ...one.standing, signers } };
  });
  expect(orders.broadcasts.recent(5)).toEqual(withKeys);
  orders.controls.add(HALT);
  expect(orders.controls.all()).toEqual([HALT]);
});
