import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyDown } from "../../src/core/verify.ts";
import { type ItemKey, itemKeyText } from "../../src/domain/broadcast.ts";
import type { Sealed } from "../../src/domain/trust.ts";
import { aBroadcast, aDelegation, aKey, anId, aTrustWorld, seal, topicOf } from "../fakes/builders.ts";

const world = aTrustWorld();
const second = aKey("Phạm Văn Hai");
const links = [...world.chain, seal(aDelegation(second), [world.rootKey])];
const ids = [anId(), anId(), anId()];
const titles = ["Bản tin sáng", "Bản tin chiều"];

/** All messages of three ids: two texts each, signed by one or by both; distinct octets for distinct texts. */
const messages = ids.flatMap((id) =>
  titles.flatMap((title) => {
    const broadcast = aBroadcast({ id, title });
    return [
      { broadcast, sealed: seal(broadcast, [world.issuerKey], { chain: world.chain }) },
      { broadcast, sealed: seal(broadcast, [world.issuerKey, second], { chain: links }) },
    ];
  }),
);

test("in any history an id takes effect once, its own bytes again change nothing, and other bytes under it are refused", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...messages), { maxLength: 12 }), (history) => {
      const accepted = new Map<string, string>();
      const context = { ...world.context, seen: (key: ItemKey) => accepted.get(itemKeyText(key)) };
      for (const { broadcast, sealed } of history) {
        const before = accepted.get(itemKeyText(broadcast));
        const verdict = verifyDown(sealed, topicOf(broadcast), context);
        if (before === undefined) expect(verdict.kind).toBe("accepted");
        else if (before === sealed.payloadHash) expect(verdict.kind).toBe("duplicate");
        else expect(verdict).toMatchObject({ kind: "refused", code: "replay", signed: true });
        if (verdict.kind === "accepted") accepted.set(itemKeyText(broadcast), sealed.payloadHash);
      }
    }),
    { numRuns: 300 },
  );
});

test("no octet of a message or of its chain can be changed under the signatures", () => {
  const [message] = messages;
  if (message === undefined) return;
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.constantFrom("message", "link"), (at, flip, where) => {
      const broken = where === "message" ? flipped(message.sealed, at, flip) : brokenLink(message.sealed, at, flip);
      const verdict = verifyDown(broken, topicOf(message.broadcast), world.context);
      expect(verdict).toMatchObject({ kind: "refused", code: "signature", signed: false });
    }),
    { numRuns: 300 },
  );
});

function brokenLink<Payload>(sealed: Sealed<Payload>, at: number, flip: number): Sealed<Payload> {
  return { ...sealed, chain: sealed.chain.map((link) => flipped(link, at, flip)) };
}

/** One octet of what is signed or of the signature. */
function flipped<Payload>(sealed: Sealed<Payload>, at: number, flip: number): Sealed<Payload> {
  const signatures = sealed.signatures.map((one) => {
    const octets = Buffer.concat([one.signature, one.signingInput]);
    const index = at % octets.length;
    octets[index] = (octets[index] ?? 0) ^ flip;
    return { ...one, signature: octets.subarray(0, 64), signingInput: octets.subarray(64) };
  });
  return { ...sealed, signatures };
}
