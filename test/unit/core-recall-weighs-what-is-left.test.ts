import { describe, expect, test } from "vitest";
import { groundOf } from "../../src/core/areas.ts";
import { mandateOf } from "../../src/core/mandate.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { recallMandate, recallOrder } from "../../src/core/recall.ts";
import type { KeyMark, Standing } from "../../src/domain/standing.ts";
import type { RevokedKey } from "../../src/domain/trust.ts";
import { aBroadcast, anActiveItem, aPlacement, aRevoked, NOW } from "../fakes/builders.ts";

// An order loses the signatures of a revoked key, and goes on if the others would do.

const FROM = NOW - 1_000;
const OFFICE = "office";
const revocations = (reason: RevokedKey["reason"], ...kids: readonly string[]) => ({
  revoked: [aRevoked({ keys: kids.map((kid) => ({ kid, from: FROM, reason })) })],
  ground: groundOf(aPlacement()),
  policy: BUILT_IN_POLICY,
});

/** Somebody below the office's key, whose own key goes by the person's name. */
function signer(holder: string, above: readonly string[] = [], signedAt = NOW - 60) {
  const mark = (kid: string): KeyMark => ({ kid, issuer: "phuong-1", level: "commune", signedAt, issuedAt: NOW - 60 });
  return { kid: holder, holder, signedAt, keys: [...above, holder].map(mark) };
}

function standing(order: ReturnType<typeof aBroadcast>, signers: Standing["signers"]): Standing {
  return { ...anActiveItem(order).standing, signers };
}

const everybody = { class: "emergency", severity: 2, targets: [{ area: "province-1" }] } as const;
const gravest = { class: "emergency", severity: 1 } as const;
const bulletin = aBroadcast();
const warning = aBroadcast(everybody);
const alone = aBroadcast(gravest);

function left(
  order: typeof bulletin,
  signers: Standing["signers"],
  ...revoked: readonly string[]
): { kind: string; rest?: Standing } {
  return recallOrder(order, standing(order, signers), NOW, revocations("compromised", ...revoked));
}

describe("an order", () => {
  test("that does not bear the key is untouched", () => {
    expect(left(warning, [signer("An"), signer("Ba")], "Hoa")).toEqual({ kind: "untouched" });
  });

  test("goes on without a signature that it does not need", () => {
    const [an, ba, hoa] = [signer("An"), signer("Ba"), signer("Hoa")];
    expect(left(warning, [hoa, an, ba], "Hoa")).toEqual({
      kind: "weaker",
      rest: standing(warning, [an, ba]),
    });
    expect(left(bulletin, [hoa, an], "Hoa")).toMatchObject({ kind: "weaker", rest: { signers: [an] } });
  });

  test("falls without one that it needs", () => {
    expect(left(warning, [signer("An"), signer("Hoa")], "Hoa")).toEqual({ kind: "taken-back" });
    expect(left(bulletin, [signer("Hoa")], "Hoa")).toEqual({ kind: "taken-back" });
  });

  test.each<[string, Standing["signers"]]>([
    ["signed too late", [signer("An"), signer("Ba", [], NOW + 5_000), signer("Hoa")]],
    ["are another key of the same person", [signer("An"), { ...signer("An"), kid: "An 2" }, signer("Hoa")]],
  ])("falls where those that are left %s", (_name, signers) => {
    expect(left(warning, signers, "Hoa")).toEqual({ kind: "taken-back" });
  });

  test("falls with a key above all of its signers", () => {
    const signers = [signer("An", [OFFICE]), signer("Ba", [OFFICE])];
    expect(left(warning, signers, OFFICE)).toEqual({ kind: "taken-back" });
    expect(left(warning, [...signers, signer("Chi"), signer("Dung")], OFFICE)).toMatchObject({ kind: "weaker" });
  });

  test("of severity 1 that one may give as severity 2 is that now", () => {
    expect(left(alone, [signer("An"), signer("Hoa")], "Hoa")).toMatchObject({
      kind: "weaker",
      rest: { class: "emergency", severity: 2 },
    });
  });

  test("keeps what a retired key signed before", () => {
    const signers = [signer("An"), signer("Hoa")];
    const retired = { ...revocations("retired", "Hoa") };
    expect(recallOrder(warning, standing(warning, signers), NOW, retired)).toEqual({ kind: "taken-back" });
    const later = { ...retired, revoked: [aRevoked({ keys: [{ kid: "Hoa", from: NOW, reason: "retired" }] })] };
    expect(recallOrder(warning, standing(warning, signers), NOW, later)).toEqual({ kind: "untouched" });
  });
});

describe("a control, or a cancel that waits for its order", () => {
  const mandate = (...signers: Standing["signers"]) => {
    const signatories = signers.map((one) => ({ ...one, links: [], leaf: { classMax: "emergency", severityMax: 1 } }));
    return mandateOf(bulletin, signatories as never, 2, BUILT_IN_POLICY.quorum);
  };

  test("counts those who are left", () => {
    const [an, late, hoa] = [signer("An"), signer("Ba", [], NOW + 5_000), signer("Hoa")];
    const whole = mandate(an, late, hoa);
    expect(whole.holders).toEqual(["An", "Hoa"]);
    expect(recallMandate(whole, NOW, revocations("compromised", "Hoa"))).toEqual({
      kind: "weaker",
      rest: { ...whole, holders: ["An"], signers: whole.signers.slice(0, 2) },
    });
    expect(recallMandate(whole, NOW, revocations("compromised"))).toEqual({ kind: "untouched" });
  });

  test("ends when nobody is left", () => {
    expect(recallMandate(mandate(signer("Hoa")), NOW, revocations("compromised", "Hoa"))).toEqual({
      kind: "taken-back",
    });
  });
});
