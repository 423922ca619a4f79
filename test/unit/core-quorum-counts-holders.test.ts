import { describe, expect, test } from "vitest";
import { isMoreUrgent } from "../../src/core/quorum.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { Alert } from "../../src/domain/broadcast.ts";
import type { Delegation, Sealed } from "../../src/domain/trust.ts";
import { aBroadcast, aDelegation, aKey, aTrustWorld, seal, type TestKey, topicOf } from "../fakes/builders.ts";

const { context, rootKey } = aTrustWorld();
const first = aKey("người thứ nhất");
const second = aKey("người thứ hai");
const spareOfFirst = aKey(first.holder);

interface Outcome {
  readonly code?: string;
  readonly severity?: number;
}

function send(change: Partial<Alert>, signers: readonly TestKey[], as: Partial<Delegation["subject"]> = {}): Outcome {
  return sendSigned(change, signers, as, 0);
}

function sendSigned(
  change: Partial<Alert>,
  signers: readonly TestKey[],
  as: Partial<Delegation["subject"]>,
  lateSeconds: number,
): Outcome {
  const subject = { issuer: "phuong-1", level: "commune", ...as };
  const broadcast = aBroadcast({ class: "emergency", severity: 3, ...subject, ...change });
  const chain = signers.map((key) => {
    const named = { publicKey: key.publicKey, holder: key.holder, ...subject };
    return seal(aDelegation(key, { areas: ["nation-1"], subject: named }), [rootKey]);
  });
  const signedAt = broadcast.issuedAt + lateSeconds;
  const verdict = verifyDown(seal(broadcast, signers, { chain, signedAt }), topicOf(broadcast), context);
  if (verdict.kind === "refused") return { code: verdict.code };
  return verdict.kind === "accepted" && verdict.what === "broadcast" ? { severity: verdict.standing.severity } : {};
}

const PROVINCE = { issuer: "tinh-1", level: "province" };

describe("one signer is enough", () => {
  test("for what is no emergency, wherever", () => {
    expect(send({ class: "routine", severity: 0, targets: [{ area: "province-1" }] }, [first])).toEqual({
      severity: 0,
    });
  });
  test("for an emergency below severity 1 to exactly one commune, however many targets name it", () => {
    expect(send({ severity: 2 }, [first], PROVINCE)).toEqual({ severity: 2 });
    const twice = [{ area: "commune-1", zoneTags: ["market"] }, { area: "commune-1" }];
    expect(send({ severity: 2, targets: twice }, [first])).toEqual({ severity: 2 });
  });
  test("for a commune's own severity 1, which plays as 2", () => {
    expect(send({ severity: 1 }, [first])).toEqual({ severity: 2 });
  });
});

describe("two holders are needed", () => {
  test.each<[string, Partial<Alert>, Partial<Delegation["subject"]>]>([
    ["for another kind of area", { targets: [{ area: "province-1" }] }, PROVINCE],
    ["for two areas", { targets: [{ area: "commune-1" }, { area: "commune-2" }] }, PROVINCE],
    ["for a superior's severity 1", { severity: 1 }, PROVINCE],
  ])("%s", (_name, change, as) => {
    const severity = change.severity ?? 3;
    expect(send(change, [first], as)).toEqual({ code: "quorum" });
    expect(send(change, [first, second], as)).toEqual({ severity });
    expect(send(change, [first, spareOfFirst], as)).toEqual({ code: "quorum" });
  });

  test("a commune's severity 1 with both plays as 1", () => {
    expect(send({ severity: 1 }, [first, second])).toEqual({ severity: 1 });
  });

  test("a signature counts within 900 s of issuedAt, before and after", () => {
    const wide = { targets: [{ area: "province-1" }] };
    for (const [late, outcome] of [
      [900, { severity: 3 }],
      [-900, { severity: 3 }],
      [901, { code: "quorum" }],
      [-901, { code: "quorum" }],
    ] as const) {
      expect(sendSigned(wide, [first, second], PROVINCE, late)).toEqual(outcome);
    }
  });
});

describe("whom a key hands its voice on to", () => {
  const order = aBroadcast({ ...PROVINCE, class: "emergency", severity: 1, targets: [{ area: "province-1" }] });
  const delegate = (
    to: TestKey,
    by: TestKey,
    change: Partial<Delegation["subject"]>,
    links: Partial<Delegation> = {},
  ) => {
    const subject = { publicKey: to.publicKey, holder: to.holder, ...PROVINCE, ...change };
    return seal(aDelegation(to, { areas: ["nation-1"], subject, ...links }), [by]);
  };
  const invented = aKey("người không có thật");
  const judged = (broadcast: Alert, signers: readonly TestKey[], chain: readonly Sealed<Delegation>[]) => {
    const verdict = verifyDown(seal(broadcast, signers, { chain }), topicOf(broadcast), context);
    return verdict.kind === "refused" ? verdict.code : verdict.kind;
  };

  test("is no second person, or one stolen key would be two", () => {
    const head = delegate(first, rootKey, {});
    const below = delegate(invented, first, {}, PROVINCE);
    expect(judged(order, [first], [head])).toBe("quorum");
    expect(judged(order, [first, invented], [head, below])).toBe("quorum");
    expect(judged(order, [invented, second], [head, below, delegate(second, rootKey, {})])).toBe("accepted");
  });

  test("is one in an office that it sets up below its own", () => {
    const commune = { issuer: "phuong-1", level: "commune" };
    const head = delegate(first, rootKey, {});
    const both = [second, invented].map((key) => delegate(key, first, commune, PROVINCE));
    const extreme = aBroadcast({ class: "emergency", severity: 1, targets: [{ area: "province-1" }] });
    expect(judged(extreme, [second, invented], [head, ...both])).toBe("accepted");
  });
});

test("a signature that leaves an order less urgent than it is has nothing to add", () => {
  const extreme = { class: "emergency", severity: 1 } as const;
  expect(isMoreUrgent(extreme, { class: "emergency", severity: 2 })).toBe(true);
  expect(isMoreUrgent({ class: "emergency", severity: 2 }, extreme)).toBe(false);
  expect(isMoreUrgent(extreme, extreme)).toBe(false);
});
