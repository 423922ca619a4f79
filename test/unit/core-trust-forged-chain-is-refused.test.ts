import { describe, expect, test } from "vitest";
import { type Verdict, verifyDown } from "../../src/core/verify.ts";
import type { Delegation, Root, Sealed } from "../../src/domain/trust.ts";
import {
  aBroadcast,
  aDelegation,
  aKey,
  aPlacement,
  aRoot,
  aTrustWorld,
  seal,
  type TestKey,
  topicOf,
} from "../fakes/builders.ts";

const world = aTrustWorld();
const { issuerKey, rootKey, chain, context } = world;

function judge(signers: readonly TestKey[], links: readonly Sealed<Delegation>[], root?: Root): Verdict {
  const broadcast = aBroadcast();
  const trust = root === undefined ? context : { ...context, root: { root, payloadHash: "of this root" } };
  return verifyDown(seal(broadcast, signers, { chain: links }), topicOf(broadcast), trust);
}

function refused(code: string, signed: boolean): unknown {
  return { kind: "refused", code, signed, detail: expect.any(String) };
}

/** A delegation by the issuer to another key of his. */
function below(to: TestKey, by: TestKey, change: Partial<Delegation> = {}): Sealed<Delegation> {
  return seal(aDelegation(to, { issuer: "phuong-1", level: "commune", ...change }), [by]);
}

describe("who signed", () => {
  test("a stranger, with or without somebody else's chain", () => {
    expect(judge([aKey()], [])).toEqual(refused("key-unknown", false));
    expect(judge([aKey()], chain)).toEqual(refused("key-unknown", false));
  });

  test("a kid that belongs to another key is recomputed, not believed", () => {
    const stranger = aKey();
    expect(judge([{ ...stranger, kid: issuerKey.kid }], chain)).toEqual(refused("signature", false));
  });

  test("root keys sign no broadcasts", () => {
    expect(judge([rootKey], [])).toEqual(refused("key-unknown", false));
  });

  test("one bad signature refuses the envelope, however good the other", () => {
    const second = aKey("Phạm Văn Hai");
    const links = [...chain, seal(aDelegation(second), [rootKey])];
    expect(judge([issuerKey, second], links).kind).toBe("accepted");
    const liar = { ...second, sign: () => Buffer.alloc(64, 1) };
    expect(judge([issuerKey, liar], links)).toEqual(refused("signature", false));
  });

  test("a second signature lends no right: each signer needs his own", () => {
    const ingest = aKey("Phạm Văn Hai");
    const links = [...chain, seal(aDelegation(ingest, { uses: ["ingest"] }), [rootKey])];
    expect(judge([issuerKey, ingest], links)).toEqual(refused("scope-use", true));
  });

  test("one key twice: it could only help somebody who counts signatures by mistake", () => {
    expect(judge([issuerKey, issuerKey], chain)).toEqual(refused("schema", false));
  });

  test("changed octets, and a signature for another type", () => {
    const broadcast = aBroadcast();
    const good = seal(broadcast, [issuerKey], { chain });
    const [signature] = good.signatures;
    const changed = signature && {
      ...signature,
      signingInput: Buffer.concat([signature.signingInput, Buffer.from("x")]),
    };
    const sealed = { ...good, signatures: changed ? [changed] : [] };
    expect(verifyDown(sealed, topicOf(broadcast), context)).toEqual(refused("signature", false));
    const placementLike = seal(broadcast, [issuerKey], { chain, typ: "loa1.placement" });
    expect(verifyDown(placementLike, topicOf(broadcast), context)).toEqual(refused("signature", false));
    expect(verifyDown({ ...good, signatures: [] }, topicOf(broadcast), context)).toEqual(refused("signature", false));
  });
});

describe("links", () => {
  test("three below the root are good, four are not", () => {
    const keys = [aKey("a"), aKey("b"), aKey("c")];
    const [a, b, c] = keys;
    if (!a || !b || !c) return;
    const links = [...chain, below(a, issuerKey), below(b, a)];
    expect(judge([b], links).kind).toBe("accepted");
    expect(judge([c], [...links, below(c, b)])).toEqual(refused("key-unknown", false));
  });

  test("links that hang on each other hang on nothing", () => {
    const a = aKey("a");
    const b = aKey("b");
    expect(judge([a], [below(a, b), below(b, a)])).toEqual(refused("key-unknown", false));
    expect(judge([a], [below(a, a)])).toEqual(refused("key-unknown", false));
  });

  test("a link that another root signed", () => {
    expect(judge([issuerKey], [seal(aDelegation(issuerKey), [aKey("another root")])])).toEqual(
      refused("key-unknown", false),
    );
  });

  test("a link with a signature that does not hold, by the root or by a parent", () => {
    const liar = { ...rootKey, sign: () => Buffer.alloc(64, 1) };
    expect(judge([issuerKey], [seal(aDelegation(issuerKey), [liar])])).toEqual(refused("signature", false));
    const deputy = aKey("deputy");
    const forged = below(deputy, { ...issuerKey, sign: () => Buffer.alloc(64, 1) });
    expect(judge([deputy], [...chain, forged])).toEqual(refused("signature", false));
  });

  test("a message signed as a link is no link", () => {
    const notALink = seal(aDelegation(issuerKey), [rootKey], { typ: "loa1.broadcast" });
    expect(judge([issuerKey], [notALink])).toEqual(refused("signature", false));
  });

  test("a weak key in a link", () => {
    const weak = seal(aDelegation({ ...issuerKey, publicKey: Buffer.alloc(32).toString("base64url") }), [rootKey]);
    expect(judge([issuerKey], [weak])).toEqual(refused("signature", false));
  });

  test("a link that leads to no signer, and two for one key", () => {
    const deputy = aKey("deputy");
    expect(judge([issuerKey], [...chain, below(deputy, issuerKey)])).toEqual(refused("schema", false));
    expect(judge([issuerKey], [...chain, seal(aDelegation(issuerKey), [rootKey])])).toEqual(refused("schema", false));
  });

  test("a link that several keys below the root signed: no rule says what that means", () => {
    const deputy = aKey("deputy");
    const link = seal(aDelegation(deputy, { issuer: "phuong-1", level: "commune" }), [issuerKey, aKey("stranger")]);
    expect(judge([deputy], [...chain, link])).toEqual(refused("signature", false));
  });

  test("the root's threshold for delegations counts holders", () => {
    const second = aKey("second holder");
    const spare = aKey(rootKey.holder);
    const thresholds = { root: 2, delegation: 2, policy: 2 };
    const root = aRoot([rootKey, spare, second], { thresholds });
    const by = (...keys: TestKey[]) => judge([issuerKey], [seal(aDelegation(issuerKey), keys)], root);
    expect(by(rootKey, second).kind).toBe("accepted");
    expect(by(rootKey)).toEqual(refused("key-unknown", false));
    expect(by(rootKey, spare)).toEqual(refused("key-unknown", false));
    expect(by(rootKey, aKey("stranger"))).toEqual(refused("signature", false));
  });
});

describe("a link may give only what its signer has", () => {
  const deputy = aKey("deputy");
  const narrow = seal(
    aDelegation(issuerKey, { classMax: "emergency", severityMax: 2, uses: ["broadcast", "delegate"] }),
    [rootKey],
  );

  test.each<[string, Partial<Delegation>, string]>([
    ["area", { areas: ["commune-1", "province-1"] }, "scope-area"],
    ["severity", { severityMax: 1, uses: ["broadcast"] }, "scope-class"],
    ["use", { severityMax: 2, uses: ["broadcast", "placement"] }, "scope-use"],
    ["issuer of itself", { severityMax: 2, uses: ["broadcast"], issuer: "phuong-2" }, "scope-use"],
    ["level of itself", { severityMax: 2, uses: ["broadcast"], level: "province" }, "scope-use"],
    ["the root's name", { severityMax: 2, uses: ["broadcast"], issuer: "root", level: "root" }, "scope-use"],
  ])("%s", (_name, change, code) => {
    expect(judge([deputy], [narrow, below(deputy, issuerKey, change)])).toEqual(refused(code, true));
  });

  test("nobody sets up a superior, a peer, the root or a level that nobody knows", () => {
    for (const [issuer, level] of [
      ["phuong-1", "province"],
      ["phuong-2", "commune"],
      ["root", "commune"],
      ["phuong-1", "galaxy"],
    ] as const) {
      const subject = { publicKey: deputy.publicKey, holder: deputy.holder, issuer, level };
      const link = below(deputy, issuerKey, { severityMax: 2, uses: ["broadcast"], subject });
      expect(judge([deputy], [narrow, link])).toEqual(refused("scope-use", true));
    }
  });

  test("who may not delegate has no deputies", () => {
    const parent = seal(aDelegation(issuerKey, { uses: ["broadcast"] }), [rootKey]);
    expect(judge([deputy], [parent, below(deputy, issuerKey, { uses: ["broadcast"] })])).toEqual(
      refused("scope-use", true),
    );
  });

  test("not even the root sets up another root, or a level that the policy does not know", () => {
    for (const [issuer, level] of [
      ["root", "nation"],
      ["phuong-1", "galaxy"],
    ] as const) {
      const subject = { publicKey: issuerKey.publicKey, holder: issuerKey.holder, issuer, level };
      const placement = aPlacement({ issuer, level });
      const sealed = seal(placement, [issuerKey], { chain: [seal(aDelegation(issuerKey, { subject }), [rootKey])] });
      expect(verifyDown(sealed, topicOf(placement), context)).toEqual(refused("scope-use", true));
    }
  });

  test("a delegation by the root speaks as the root", () => {
    const asAnother = seal(aDelegation(issuerKey, { issuer: "phuong-1", level: "commune" }), [rootKey]);
    expect(judge([issuerKey], [asAnother])).toEqual(refused("scope-use", true));
  });

  test("areas that are nothing to us pass, and give nothing here", () => {
    const link = below(deputy, issuerKey, { severityMax: 2, uses: ["broadcast"], areas: ["commune-1", "commune-9"] });
    expect(judge([deputy], [narrow, link])).toMatchObject({
      kind: "accepted",
      standing: { grants: [["commune-1"], ["commune-1", "commune-9"]] },
    });
  });

  test("a province sets up a commune in its own area", () => {
    const province = { publicKey: issuerKey.publicKey, holder: "p", issuer: "tinh-1", level: "province" };
    const parent = seal(aDelegation(issuerKey, { subject: province, areas: ["province-1"] }), [rootKey]);
    const link = below(deputy, issuerKey, { issuer: "tinh-1", level: "province" });
    expect(judge([deputy], [parent, link]).kind).toBe("accepted");
  });
});
