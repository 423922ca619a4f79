import { describe, expect, test } from "vitest";
import { type Absences, countAbsences, type Held, lacksOf, missingOf } from "../../src/core/withholding.ts";
import type { Beacon, Index, IndexedItem } from "../../src/domain/trust.ts";
import { NOW } from "../fakes/builders.ts";

const HEAD = { version: 1, issuer: "xa-a", level: "commune", sequence: 1, issuedAt: NOW, notBefore: NOW } as const;
const hash = (letter: string) => letter.repeat(43);

function aBeacon(change: Partial<Beacon> = {}): Beacon {
  const life = { id: "B", expiresAt: NOW + 3_600 };
  return {
    ...HEAD,
    ...life,
    type: "beacon",
    area: "commune-1",
    n: 1,
    now: NOW,
    policySequence: 0,
    rootVersion: 1,
    ...change,
  };
}

function anIndex(items: readonly IndexedItem[], issuedAt = NOW): Index {
  return { ...HEAD, id: "I", expiresAt: NOW + 3_600, type: "index", area: "commune-1", items, issuedAt };
}

function anItem(id: string, change: Partial<IndexedItem> = {}): IndexedItem {
  return { id, hash: hash("A"), class: "routine", expiresAt: NOW + 60, ...change };
}

describe("a beacon", () => {
  const held: Held = { rootVersion: 1, policySequence: 0, index: undefined, revoked: undefined };

  test("names what is in force and not here", () => {
    const beacon = aBeacon({ rootVersion: 2, policySequence: 1, indexHash: hash("I"), revokedHash: hash("R") });
    expect(lacksOf(beacon, held)).toEqual(["root", "policy", "revoked", "index"]);
    const version = (letter: string, issuedAt = NOW) => ({ payloadHash: hash(letter), issuedAt });
    const whole = { rootVersion: 2, policySequence: 1, index: version("I"), revoked: version("R") };
    expect(lacksOf(beacon, whole)).toEqual([]);
    expect(lacksOf(beacon, { ...whole, index: version("J", NOW - 1) })).toEqual(["index"]);
  });

  test("that is older than what is here, or of an office that knows less, names nothing", () => {
    const newer = { payloadHash: hash("J"), issuedAt: NOW + 1 };
    expect(lacksOf(aBeacon({ indexHash: hash("I") }), { ...held, index: newer })).toEqual([]);
    expect(lacksOf(aBeacon(), { ...held, rootVersion: 3, policySequence: 9 })).toEqual([]);
  });
});

test("an index names what is missing, emergencies first; what is known in any form or over is not", () => {
  const items = [anItem("1"), anItem("2", { class: "emergency" }), anItem("3"), anItem("4", { expiresAt: NOW - 1 })];
  const missing = missingOf(anIndex(items), NOW, ({ id }) => id === "3");
  expect(missing.map(({ id }) => id)).toEqual(["2", "1"]);
});

test("an order is withdrawn when two indexes in a row don't name it, and both were made after it", () => {
  const orders = [
    { id: "old", issuedAt: NOW - 10 },
    { id: "new", issuedAt: NOW + 10 },
  ];
  const none: Absences = new Map();
  const first = countAbsences(anIndex([]), orders, none);
  expect(first.withdrawn).toEqual([]);
  expect(countAbsences(anIndex([]), orders, first.absences).withdrawn).toEqual(["old"]);
  const named = countAbsences(anIndex([anItem("old")], NOW + 20), orders, first.absences);
  expect(named.withdrawn).toEqual([]);
  expect(countAbsences(anIndex([], NOW + 30), orders, named.absences).withdrawn).toEqual(["new"]);
});
