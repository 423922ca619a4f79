import { describe, expect, test } from "vitest";
import { arbitrate } from "../../src/core/arbitrate.ts";
import { groundOf } from "../../src/core/areas.ts";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import type { TrustContext } from "../../src/core/trust-context.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { Control, ControlOrder, HaltOrder } from "../../src/domain/control.ts";
import type { Mandate } from "../../src/domain/standing.ts";
import { aBroadcast, anActiveItem, anId, aPlacement, aTrustWorld, NOW, seal } from "../fakes/builders.ts";
import { passedOver, perZone } from "../fakes/per-zone.ts";

const ground = groundOf(aPlacement());

const OF_COMMUNE: Mandate = {
  issuer: "phuong-1",
  level: "commune",
  authorityRank: 2,
  holders: ["Trần Thị Bình"],
  signers: [],
  grants: [["commune-1"]],
  limits: [{ classMax: "emergency", severityMax: 1 }],
};
const OF_PROVINCE: Mandate = {
  ...OF_COMMUNE,
  issuer: "tinh-1",
  level: "province",
  authorityRank: 1,
  holders: ["Lê Thị Hoa"],
  signers: [],
  grants: [["province-1"]],
};

function aControl(op: Control["op"], change: Partial<Control> = {}): Control {
  const mandate = change.mandate ?? OF_COMMUNE;
  return {
    key: { issuer: mandate.issuer, id: anId() },
    op,
    targets: [{ area: "commune-1" }],
    issuedAt: NOW - 60,
    window: { notBefore: NOW - 60, expiresAt: NOW + 600 },
    mandate,
    ...change,
  };
}

function planned(items: readonly ActiveItem[], controls: readonly Control[], seconds = 0) {
  const clock = { state: "sync", nowMs: (NOW + seconds) * 1000 } as const;
  return plan(items, ground, clock, { controls, policy: BUILT_IN_POLICY });
}

/** The zones in which an item may sound under these controls. */
function free(item: ActiveItem, controls: readonly Control[], seconds = 0): string[] {
  const { candidates } = perZone(planned([item], controls, seconds));
  return candidates.filter(({ halted }) => !halted).map(({ claim }) => claim.zoneId);
}

const BOTH = ["z1", "z2"];
const bulletin = anActiveItem(aBroadcast());
const emergency = anActiveItem(aBroadcast({ class: "emergency", severity: 2 }));

describe("a halt", () => {
  test("silences what is no emergency, in its zones and its time", () => {
    const halt = aControl("halt");
    expect(free(bulletin, [halt])).toEqual([]);
    expect(free(emergency, [halt])).toEqual(BOTH);
    expect(free(bulletin, [aControl("halt", { targets: [{ area: "commune-1", zoneTags: ["market"] }] })])).toEqual([
      "z2",
    ]);
    expect(free(bulletin, [halt], 600)).toEqual([]);
    expect(free(bulletin, [halt], 600.001)).toEqual(BOTH);
    expect(free(bulletin, [aControl("halt", { window: { notBefore: NOW + 1, expiresAt: NOW + 9 } })])).toEqual(BOTH);
  });

  test("is woken for at its begin and its end", () => {
    const halt = aControl("halt", { window: { notBefore: NOW + 10, expiresAt: NOW + 20 } });
    expect(planned([bulletin], [halt]).wakeAtMs).toBe((NOW + 10) * 1000);
    expect(planned([bulletin], [halt], 10).wakeAtMs).toBe((NOW + 20) * 1000 + 1);
  });

  test("by a commune silences a province's bulletin in its own area; a province's peer silences nothing", () => {
    const ofProvince = anActiveItem(aBroadcast({ issuer: "tinh-1", targets: [{ area: "province-1" }] }), {
      standing: { ...bulletin.standing, authorityRank: 1, grants: [["province-1"]] },
    });
    expect(free(ofProvince, [aControl("halt")])).toEqual([]);
    const peer: Mandate = { ...OF_PROVINCE, issuer: "tinh-2" };
    expect(free(ofProvince, [aControl("halt", { mandate: peer, targets: [{ area: "commune-1" }] })])).toEqual(BOTH);
  });

  test("of one item silences it alone, an emergency only with its quorum", () => {
    const item = { issuer: "phuong-1", id: emergency.order.id };
    expect(free(emergency, [aControl("halt", { item })])).toEqual([]);
    expect(free(bulletin, [aControl("halt", { item })])).toEqual(BOTH);
    const extreme = anActiveItem(aBroadcast({ class: "emergency", severity: 1 }));
    const ofExtreme = { issuer: "phuong-1", id: extreme.order.id };
    expect(free(extreme, [aControl("halt", { item: ofExtreme })])).toEqual(BOTH);
    const two: Mandate = { ...OF_COMMUNE, holders: ["Trần Thị Bình", "Lý Văn Tám"] };
    expect(free(extreme, [aControl("halt", { item: ofExtreme, mandate: two })])).toEqual([]);
  });

  test("takes what sounds off the air, and says so", () => {
    const plays = [{ zoneId: "z1", occurrence: NOW - 60, play: 1, startedAtMs: NOW * 1000, offsetMs: 0 }];
    const item = anActiveItem(bulletin.order, { plays });
    const onAir = new Map([["z1", { item: item.order, zoneId: "z1", occurrence: NOW - 60 }]]);
    const zones = { zoneIds: BOTH, onAir, out: new Set<string>() };
    const [first] = arbitrate(planned([item, emergency], [aControl("halt")]), zones);
    expect(first).toMatchObject({ claim: { item: { id: emergency.order.id } }, reason: "first" });
    expect(first && passedOver(first)).toMatchObject([{ item: { id: item.order.id }, reason: "halted" }]);
    for (const one of [item, { ...item, withdrawn: true }]) {
      const [silent] = arbitrate(planned([one], [aControl("halt")]), zones);
      expect(silent).toMatchObject({ chosen: undefined, reason: "no-longer-due" });
    }
  });

  test("of an emergency that waits in its gap no longer holds the zone", () => {
    const end = { outcome: "played", atMs: NOW * 1000, offsetMs: 20_000 } as const;
    const plays = BOTH.map((zoneId) => ({ zoneId, occurrence: NOW - 60, play: 1, startedAtMs: 0, offsetMs: 0, end }));
    const order = aBroadcast({ class: "emergency", severity: 2, repeat: 3, gapSeconds: 60 });
    const item = anActiveItem(order, { plays });
    expect(planned([item], []).heldZones).toEqual(new Set(BOTH));
    expect(planned([item], [aControl("halt", { item: order })]).heldZones).toEqual(new Set());
  });
});

describe("a resume", () => {
  const halt = aControl("halt", { issuedAt: NOW - 50 });
  const resume = aControl("resume", { issuedAt: NOW - 40 });

  test("ends earlier halts of its issuer, in whatever order the two came", () => {
    expect(free(bulletin, [halt, resume])).toEqual(BOTH);
    expect(free(bulletin, [resume, halt])).toEqual(BOTH);
    expect(free(bulletin, [resume, aControl("halt", { issuedAt: NOW - 30 })])).toEqual([]);
  });

  test("ends them in its own zones only", () => {
    const school = aControl("resume", { issuedAt: NOW - 40, targets: [{ area: "commune-1", zoneTags: ["school"] }] });
    expect(free(bulletin, [halt, school])).toEqual(["z2"]);
  });

  test("of a higher authority ends a lower one's halt, and never the other way round", () => {
    const above = aControl("resume", { issuedAt: NOW - 40, mandate: OF_PROVINCE });
    expect(free(bulletin, [halt, above])).toEqual(BOTH);
    const halted = aControl("halt", { issuedAt: NOW - 50, mandate: OF_PROVINCE });
    expect(free(bulletin, [halted, resume])).toEqual([]);
  });

  test("of all does not end the halt of one item, and that of one item ends no other", () => {
    const item = { issuer: "phuong-1", id: bulletin.order.id };
    const one = aControl("halt", { issuedAt: NOW - 50, item });
    expect(free(bulletin, [one, resume])).toEqual([]);
    expect(free(bulletin, [one, aControl("resume", { issuedAt: NOW - 40, item })])).toEqual(BOTH);
    expect(free(bulletin, [halt, aControl("resume", { issuedAt: NOW - 40, item })])).toEqual([]);
  });
});

describe("a hold", () => {
  const flood = anActiveItem(aBroadcast({ class: "emergency", severity: 1 }));
  const item = { issuer: "phuong-1", id: flood.order.id };

  test("by one of its signers silences an item without the quorum", () => {
    expect(free(flood, [aControl("hold", { item })])).toEqual([]);
    const stranger: Mandate = { ...OF_COMMUNE, holders: ["Ai Đó"] };
    expect(free(flood, [aControl("hold", { item, mandate: stranger })])).toEqual(BOTH);
    expect(free(flood, [aControl("hold", { item, mandate: OF_PROVINCE })])).toEqual(BOTH);
  });

  test("counts once for each holder, however long ago", () => {
    const first = aControl("hold", {
      item,
      issuedAt: NOW - 1_800,
      window: { notBefore: NOW - 1_800, expiresAt: NOW - 900 },
    });
    expect(free(flood, [first, aControl("hold", { item })])).toEqual(BOTH);
    const both: Mandate = { ...OF_COMMUNE, holders: ["Trần Thị Bình", "Lý Văn Tám"] };
    expect(free(flood, [first, aControl("hold", { item, mandate: both })])).toEqual([]);
  });
});

describe("a control off the wire", () => {
  const world = aTrustWorld({}, { uses: ["broadcast", "control"] });

  function judge(change: Partial<HaltOrder>, context: Partial<TrustContext> = {}, op: ControlOrder["op"] = "halt") {
    const { version, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets } = aBroadcast();
    const head = { version, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets };
    const order = { ...head, type: "control", id: anId(), op, until: NOW + 600, ...change } as ControlOrder;
    const topic = { kind: "control", area: "commune-1", id: order.id } as const;
    return verifyDown(seal(order, [world.issuerKey], { chain: world.chain }), topic, { ...world.context, ...context });
  }

  test("is accepted with the time in which it bears", () => {
    expect(judge({})).toMatchObject({ what: "control", control: { op: "halt", window: { expiresAt: NOW + 600 } } });
    const item = { issuer: "phuong-1", id: anId() };
    const hold = judge({ item }, {}, "hold");
    expect(hold).toMatchObject({ control: { op: "hold", item, window: { expiresAt: NOW - 60 + 900 } } });
    expect(judge({}, {}, "resume")).toMatchObject({ control: { op: "resume", window: { expiresAt: NOW + 3_600 } } });
  });

  test("that can't be carried out yet is refused by name", () => {
    for (const op of ["order", "approve", "suppress"] as const) {
      expect(judge({}, {}, op)).toMatchObject({ kind: "refused", signed: true, code: "unsupported" });
    }
  });

  test("about an item that is here is judged like a cancel of it", () => {
    const standing = { ...emergency.standing, authorityRank: 0 };
    const original = () => ({ order: aBroadcast({ issuer: "quoc-gia", class: "emergency", severity: 2 }), standing });
    const item = { issuer: "quoc-gia", id: anId() };
    expect(judge({ item }, { original })).toMatchObject({ code: "scope-use" });
    expect(judge({ item }, { original }, "hold")).toMatchObject({ code: "scope-use" });
    expect(judge({ item })).toMatchObject({ kind: "accepted" });
  });

  test("is bound to its use, its topic, its ceilings and its id", () => {
    const without = aTrustWorld({}, { uses: ["broadcast"] });
    const { version, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets } = aBroadcast();
    const head = { version, issuer, level, sequence, issuedAt, notBefore, expiresAt, targets };
    const order: HaltOrder = { ...head, type: "control", id: anId(), op: "halt", until: NOW + 600 };
    const topic = { kind: "control", area: "commune-1", id: order.id } as const;
    const sealed = seal(order, [without.issuerKey], { chain: without.chain });
    expect(verifyDown(sealed, topic, without.context)).toMatchObject({ code: "scope-use" });
    const elsewhere = { ...topic, area: "province-1" };
    expect(verifyDown(sealed, elsewhere, without.context)).toMatchObject({ code: "binding", signed: false });
    const kept = () => ({ references: 0, controls: BUILT_IN_POLICY.activeControls });
    expect(judge({}, { kept })).toMatchObject({ code: "limit" });
    expect(judge({ expiresAt: NOW + 8 * 86_400 })).toMatchObject({ code: "limit" });
    expect(judge({}, { seen: () => "other bytes" })).toMatchObject({ code: "replay" });
    expect(judge({ targets: [{ area: "commune-1", zoneTags: ["harbour"] }] })).toMatchObject({ code: "not-targeted" });
  });
});
