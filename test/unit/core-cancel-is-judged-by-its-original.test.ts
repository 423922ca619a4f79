import { describe, expect, test } from "vitest";
import type { Original } from "../../src/core/mandate.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import type { TrustContext } from "../../src/core/trust-context.ts";
import { type Verdict, verifyDown } from "../../src/core/verify.ts";
import type { Alert, CancelOrder, ItemKey, UpdateOrder } from "../../src/domain/broadcast.ts";
import type { Standing } from "../../src/domain/standing.ts";
import type { Delegation } from "../../src/domain/trust.ts";
import {
  aBroadcast,
  aDelegation,
  aKey,
  anActiveItem,
  anId,
  aTrustWorld,
  NOW,
  seal,
  type TestKey,
  topicOf,
} from "../fakes/builders.ts";

const world = aTrustWorld();

/** Somebody who may sign: his key and the delegation it stands on. */
function anAuthority(issuer: string, level: string, areas: readonly string[], change: Partial<Delegation> = {}) {
  const key = aKey(change.subject?.holder ?? `${issuer} ${anId()}`);
  const subject = { publicKey: key.publicKey, holder: key.holder, issuer, level };
  const link = seal(aDelegation(key, { areas, ...change, subject }), [world.rootKey]);
  return { issuer, level, key, link };
}

type Authority = ReturnType<typeof anAuthority>;

const commune = anAuthority("phuong-1", "commune", ["commune-1"]);
const colleague = anAuthority("phuong-1", "commune", ["commune-1"]);
const province = anAuthority("tinh-1", "province", ["province-1"]);
const neighbour = anAuthority("tinh-2", "province", ["province-2", "commune-1"]);

function original(order: Alert, standing: Partial<Standing> = {}): Original {
  return { order, standing: { ...anActiveItem(order).standing, ...standing } };
}

function aCancel(by: Authority, references: readonly ItemKey[], change: Partial<CancelOrder> = {}): CancelOrder {
  const { version, sequence, issuedAt, notBefore, expiresAt } = aBroadcast();
  const head = { version, sequence, issuedAt, notBefore, expiresAt, issuer: by.issuer, level: by.level, id: anId() };
  const words = { status: "actual", class: "routine", severity: 0, targets: [{ area: "commune-1" }] } as const;
  return { ...head, ...words, type: "broadcast", action: "cancel", references, ...change };
}

function judge(
  order: CancelOrder | UpdateOrder,
  signers: readonly Authority[],
  originals: readonly Original[],
  change: Partial<TrustContext> = {},
): Verdict {
  const keys: readonly TestKey[] = signers.map(({ key }) => key);
  const sealed = seal(order, keys, { chain: signers.map(({ link }) => link) });
  const find = (key: ItemKey) => originals.find(({ order: { id, issuer } }) => id === key.id && issuer === key.issuer);
  const emergency = order.class === "emergency";
  const topic = { kind: "broadcast", area: order.targets[0]?.area ?? "", emergency, id: order.id } as const;
  const seen = (key: ItemKey) => (find(key) === undefined ? undefined : "some other bytes");
  return verifyDown(sealed, topic, { ...world.context, seen, original: find, ...change });
}

/** `accepted`, or the code of the refusal. */
function verdictOn(...args: Parameters<typeof judge>): string {
  const verdict = judge(...args);
  if (verdict.kind === "refused") expect(verdict.signed).toBe(true);
  return verdict.kind === "refused" ? verdict.code : verdict.kind;
}

const EMERGENCY = { class: "emergency", severity: 2 } as const;

describe("who may take a routine order off the air", () => {
  const bulletin = original(aBroadcast());
  const cancelledBy = (by: Authority, of = bulletin) => verdictOn(aCancel(by, [of.order]), [by], [of]);

  test("its own issuer", () => {
    const cancel = aCancel(commune, [bulletin.order]);
    expect(judge(cancel, [commune], [bulletin])).toMatchObject({
      what: "cancel",
      cancel,
      withdrawals: [{ reference: bulletin.order, by: { id: cancel.id }, action: "cancel" }],
    });
  });

  test("a higher authority whose areas cover it, and no other", () => {
    expect(cancelledBy(province)).toBe("accepted");
    const ofProvince = original(aBroadcast({ issuer: "tinh-1", targets: [{ area: "province-1" }] }), {
      authorityRank: 1,
    });
    expect(verdictOn(aCancel(neighbour, [ofProvince.order]), [neighbour], [ofProvince])).toBe("scope-use");
    const above = original(aBroadcast({ issuer: "xa-1", targets: [{ area: "province-1" }] }));
    expect(verdictOn(aCancel(neighbour, [above.order]), [neighbour], [above])).toBe("scope-area");
  });

  test("the commune in its own area, whoever ordered it, but not an emergency", () => {
    const ofProvince = (change: Partial<Alert>) =>
      original(aBroadcast({ issuer: "tinh-1", targets: [{ area: "province-1" }], ...change }), { authorityRank: 1 });
    expect(cancelledBy(commune, ofProvince({}))).toBe("accepted");
    expect(cancelledBy(commune, ofProvince({ class: "priority" }))).toBe("accepted");
    const emergency = ofProvince(EMERGENCY);
    expect(verdictOn(aCancel(commune, [emergency.order], EMERGENCY), [commune, colleague], [emergency])).toBe(
      "scope-use",
    );
  });

  test("not a key of the issuer's that has no say where it sounds", () => {
    const other = anAuthority("phuong-1", "commune", ["commune-1"]);
    const wide = original(aBroadcast({ targets: [{ area: "province-1" }], ...EMERGENCY }));
    expect(verdictOn(aCancel(other, [wide.order], EMERGENCY), [other, colleague], [wide])).toBe("scope-area");
  });

  test("not a key that could not have ordered it", () => {
    const small = anAuthority("phuong-1", "commune", ["commune-1"], { classMax: "routine", severityMax: 0 });
    const priority = original(aBroadcast({ class: "priority" }));
    expect(verdictOn(aCancel(small, [priority.order]), [small], [priority])).toBe("scope-class");
    expect(verdictOn(aCancel(small, [bulletin.order]), [small], [bulletin])).toBe("accepted");
  });
});

describe("the quorum of a cancel is its original's", () => {
  const cancel = (of: Original, change: Partial<CancelOrder> = {}) =>
    aCancel(commune, [of.order], { ...EMERGENCY, ...change });

  test("one holder for what one holder may order", () => {
    const flood = original(aBroadcast(EMERGENCY));
    expect(verdictOn(cancel(flood), [commune], [flood])).toBe("accepted");
  });

  test("two where it took two, whatever the cancel says of itself", () => {
    const flood = original(aBroadcast({ class: "emergency", severity: 1 }));
    expect(verdictOn(cancel(flood, { severity: 1 }), [commune], [flood])).toBe("quorum");
    expect(verdictOn(cancel(flood, { severity: 3 }), [commune], [flood])).toBe("quorum");
    expect(verdictOn(cancel(flood, { class: "routine", severity: 0 }), [commune], [flood])).toBe("quorum");
    expect(verdictOn(cancel(flood), [commune, colleague], [flood])).toBe("accepted");
  });

  test("one for a severity 1 that plays as 2 because only one had signed it", () => {
    const alone = original(aBroadcast({ class: "emergency", severity: 1 }), { severity: 2 });
    expect(verdictOn(cancel(alone, { severity: 1 }), [commune], [alone])).toBe("accepted");
  });
});

describe("references", () => {
  const good = original(aBroadcast());
  const foreign = original(aBroadcast({ ...EMERGENCY, issuer: "tinh-1" }), { authorityRank: 1 });
  const unknown = { issuer: "tinh-1", id: anId() };

  test("one that the signers have no say in refuses all", () => {
    expect(verdictOn(aCancel(commune, [good.order, foreign.order]), [commune], [good, foreign])).toBe("scope-use");
  });

  test("to what is not here are kept for later, with the right to judge then", () => {
    const verdict = judge(aCancel(commune, [unknown]), [commune], []);
    expect(verdict).toMatchObject({
      withdrawals: [{ reference: unknown, mandate: { issuer: "phuong-1", holders: [commune.key.holder] } }],
    });
  });

  test("to what is not here are limited, but what is here can always be cancelled", () => {
    const kept = () => ({ references: BUILT_IN_POLICY.rememberedReferences, controls: 0 });
    expect(verdictOn(aCancel(commune, [unknown]), [commune], [], { kept })).toBe("limit");
    expect(verdictOn(aCancel(commune, [good.order]), [commune], [good], { kept })).toBe("accepted");
  });

  test("an update speaks for itself and replaces them", () => {
    const update: UpdateOrder = { ...aBroadcast(), action: "update", references: [good.order, unknown] };
    expect(judge(update, [commune], [good])).toMatchObject({
      what: "broadcast",
      broadcast: { id: update.id, action: "update" },
      withdrawals: [{ action: "update" }, { reference: unknown }],
    });
    expect(verdictOn({ ...update, references: [foreign.order] }, [commune], [foreign])).toBe("scope-use");
  });
});

describe("a cancel", () => {
  const bulletin = original(aBroadcast());

  test("has its effect before its notBefore, and without a clock only while its keys hold", () => {
    const cancel = aCancel(commune, [bulletin.order], { notBefore: NOW + 600 });
    const accepted = judge(cancel, [commune], [bulletin]);
    expect(accepted).toMatchObject({ withdrawals: [{ window: { notBefore: 0, expiresAt: cancel.expiresAt } }] });
    const unjudged = judge(cancel, [commune], [bulletin], { clock: { state: "none", nowMs: 0 } });
    expect(unjudged).toMatchObject({ withdrawals: [{ window: { notBefore: NOW - 3_600 } }] });
  });

  test("of an emergency may not travel unseen on the other topic; others may use either", () => {
    const cancel = aCancel(commune, [bulletin.order]);
    const sealed = seal(cancel, [commune.key], { chain: [commune.link] });
    const topic = { kind: "broadcast", area: "commune-1", emergency: true, id: cancel.id } as const;
    expect(verifyDown(sealed, topic, world.context).kind).toBe("accepted");
    const urgent = aCancel(commune, [bulletin.order], EMERGENCY);
    const wrong = { ...topic, emergency: false, id: urgent.id };
    expect(verifyDown(seal(urgent, [commune.key], { chain: [commune.link] }), wrong, world.context)).toMatchObject({
      code: "binding",
    });
    expect(topicOf(aBroadcast(EMERGENCY))).toMatchObject({ emergency: true });
  });

  test("known with other bytes is a replay", () => {
    const cancel = aCancel(commune, [bulletin.order]);
    expect(verdictOn(cancel, [commune], [bulletin], { seen: () => "other bytes" })).toBe("replay");
  });
});
