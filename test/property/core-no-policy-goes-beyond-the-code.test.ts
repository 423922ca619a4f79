import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { BUILT_IN_POLICY, type Policy } from "../../src/core/policy.ts";
import { mergePolicy } from "../../src/core/policy-merge.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { PolicyDocument } from "../../src/domain/policy-document.ts";
import { policySchema } from "../../src/wire/payloads/policy.ts";
import { aBroadcast, aDelegation, aKey, aPolicy, aTrustWorld, NOW, seal, topicOf } from "../fakes/builders.ts";

const amount = fc.option(fc.oneof(fc.nat(), fc.nat(100), fc.constant(Number.MAX_SAFE_INTEGER)), { nil: undefined });
const kind = fc.constantFrom("nation", "province", "commune", "special", "test");
const gate = fc.constantFrom("auto", "manual");
const hours = fc.constantFrom([{ from: "05:00", until: "07:30" }], [{ from: "00:00", until: "00:01" }]);

/** Anything that the wire lets through. */
const anyPolicy: fc.Arbitrary<PolicyDocument> = fc
  .record(
    {
      lifeSeconds: fc.record({ emergency: amount, priority: amount, routine: amount, recurring: amount }),
      repeats: fc.record({ emergency: amount, priority: amount, routine: amount }),
      ...{ emergencyPlayMs: amount, activeItems: amount, rememberedReferences: amount },
      ...{ controlLifeSeconds: amount, activeControls: amount, holdSeconds: amount },
      quorum: fc.record({
        ...{ holders: amount, signedWithinSeconds: amount, aloneInKind: kind },
        ownLevel: fc.constantFrom("commune", "province", "nobody"),
      }),
      allowedHours: fc.array(fc.record({ kind, hours }), { minLength: 1, maxLength: 3 }),
      gates: fc.record({ priority: gate, routine: gate }),
      clock: fc.record({ holdSeconds: amount, untimedEmergencyLifeSeconds: amount, beaconToleranceSeconds: amount }),
      levels: fc.constantFrom(
        BUILT_IN_POLICY.levels,
        [{ code: "commune", rank: 0 }],
        [
          { code: "province", rank: 99 },
          { code: "commune", rank: 0 },
        ],
      ),
    },
    { requiredKeys: [] },
  )
  .map((changes) => aPolicy(changes as Partial<PolicyDocument>))
  .filter((policy) => v.is(policySchema, policy));

function figures({ quorum: { signedWithinSeconds }, ...policy }: Policy): number[] {
  const { lifeSeconds, repeats, clock, recurringLifeSeconds, emergencyPlayMs } = policy;
  const { activeItems, rememberedReferences, controlLifeSeconds, activeControls, holdSeconds } = policy;
  return [
    ...[lifeSeconds.emergency, lifeSeconds.priority, lifeSeconds.routine, recurringLifeSeconds, emergencyPlayMs],
    ...[repeats.emergency, repeats.priority, repeats.routine, activeItems, rememberedReferences, controlLifeSeconds],
    ...[activeControls, holdSeconds, signedWithinSeconds],
    ...[clock.holdSeconds, clock.untimedEmergencyLifeSeconds, clock.beaconToleranceSeconds],
  ];
}

test("no figure exceeds the built-in one, and the quorum never falls", () => {
  const ceilings = figures(BUILT_IN_POLICY);
  fc.assert(
    fc.property(anyPolicy, (document) => {
      const merged = mergePolicy(document);
      for (const [index, figure] of figures(merged).entries()) {
        expect(figure).toBeLessThanOrEqual(ceilings[index] ?? -1);
        expect(figure).toBeGreaterThanOrEqual(0);
      }
      expect(merged.quorum.holders).toBeGreaterThanOrEqual(2);
      expect(merged.quorum.holders).toBeLessThanOrEqual(4);
      expect(["commune", "special", "test"]).toContain(merged.quorum.aloneInKind);
    }),
  );
});

test("whatever the policy, strangers, foreign areas, replays and half a quorum stay refused", () => {
  const { context, rootKey, issuerKey, chain } = aTrustWorld();
  const stranger = aKey("kẻ lạ");
  const foreign = seal(aDelegation(issuerKey, { areas: ["commune-9"] }), [rootKey]);
  const order = aBroadcast();
  const severe = aBroadcast({ class: "emergency", severity: 2, targets: [{ area: "province-1" }] });
  const wide = seal(aDelegation(issuerKey, { areas: ["province-1"] }), [rootKey]);
  const forged = seal(order, [{ ...issuerKey, sign: stranger.sign }], { chain });
  const unknown = seal(order, [stranger], { chain });
  const elsewhere = seal(order, [issuerKey], { chain: [foreign] });
  const known = seal(order, [issuerKey], { chain });
  const alone = seal(severe, [issuerKey], { chain: [wide] });
  fc.assert(
    fc.property(anyPolicy, (document) => {
      const at = { ...context, policy: mergePolicy(document) };
      const topic = topicOf(order);
      expect(verifyDown(forged, topic, at)).toMatchObject({ kind: "refused", code: "signature" });
      expect(verifyDown(unknown, topic, at)).toMatchObject({ kind: "refused", code: "key-unknown" });
      expect(verifyDown(elsewhere, topic, at)).toMatchObject({ kind: "refused", code: "scope-area" });
      expect(verifyDown(known, topic, { ...at, seen: () => "other bytes" }).kind).toBe("refused");
      expect(verifyDown(alone, topicOf(severe), at).kind).toBe("refused");
      const late = { ...at, clock: { state: "sync", nowMs: (NOW + 7_200) * 1000 } } as const;
      expect(verifyDown(known, topic, late)).toMatchObject({ kind: "refused", code: "expired" });
    }),
  );
});
