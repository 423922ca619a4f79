import { expect, test } from "vitest";
import { groundOf } from "../../src/core/areas.ts";
import { standingAsSent } from "../../src/core/as-sent.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { Alert, BroadcastOrder } from "../../src/domain/broadcast.ts";
import type { Standing } from "../../src/domain/standing.ts";
import type { Delegation, Sealed } from "../../src/domain/trust.ts";
import { aBroadcast, aDelegation, aKey, aPlacement, aTrustWorld, seal, topicOf } from "../fakes/builders.ts";

const { context, rootKey } = aTrustWorld();
const [lan, minh, province] = [aKey("Lan"), aKey("Minh"), aKey("tỉnh")];
const ground = groundOf(aPlacement());

function to(key: ReturnType<typeof aKey>, change: Partial<Delegation> = {}, level = "commune", issuer = "phuong-1") {
  return aDelegation(key, { subject: { publicKey: key.publicKey, holder: key.holder, issuer, level }, ...change });
}

const provinceLink = seal(
  to(province, { areas: ["province-1"], uses: ["delegate", "broadcast"] }, "province", "tinh-1"),
  [rootKey],
);
const below = { issuer: "tinh-1", level: "province", uses: ["broadcast" as const], areas: ["commune-1"] };
const direct = [seal(to(lan), [rootKey]), seal(to(minh), [rootKey])];

function asTaken(sealed: Sealed<BroadcastOrder & Alert>): Standing | undefined {
  const verdict = verifyDown(sealed, topicOf(sealed.payload), context);
  return verdict.kind === "accepted" && verdict.what === "broadcast" ? verdict.standing : undefined;
}

test.each<[string, Sealed<Alert>]>([
  [
    "one signer below a province",
    seal(aBroadcast(), [lan], { chain: [seal(to(lan, below), [province]), provinceLink] }),
  ],
  ["two of one issuer", seal(aBroadcast({ class: "emergency", severity: 1 }), [lan, minh], { chain: direct })],
  [
    "one of a commune, whose severity 1 plays as 2",
    seal(aBroadcast({ class: "emergency", severity: 1 }), [lan], { chain: direct.slice(0, 1) }),
  ],
  [
    "an exercise",
    seal(aBroadcast({ status: "exercise", class: "emergency", severity: 2 }), [lan], { chain: direct.slice(0, 1) }),
  ],
])("an order counts for what a gateway took it for: %s", (_, sealed) => {
  const taken = asTaken(sealed);
  expect(taken).toBeDefined();
  expect(standingAsSent(sealed, ground, BUILT_IN_POLICY)).toEqual(taken);
});

test("under rules that ask for more signers than it has, it counts for what it says", () => {
  const sealed = seal(aBroadcast({ class: "emergency", severity: 1 }), [lan, minh], { chain: direct });
  const stricter = { ...BUILT_IN_POLICY, quorum: { ...BUILT_IN_POLICY.quorum, holders: 3, ownLevel: "nation" } };
  expect(standingAsSent(sealed, ground, stricter)).toEqual(asTaken(sealed));
});

test("where its signers have no say it never counted", () => {
  const sealed = seal(aBroadcast({ targets: [{ area: "province-1" }] }), [lan], { chain: direct.slice(0, 1) });
  expect(standingAsSent(sealed, ground, BUILT_IN_POLICY)).toBeUndefined();
});
