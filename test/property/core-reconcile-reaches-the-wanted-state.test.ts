import fc from "fast-check";
import { expect, test } from "vitest";
import { reconcile, type ZoneAssignment } from "../../src/core/reconcile.ts";
import type { ZoneId } from "../../src/domain/broadcast.ts";
import type { Claim, PlayoutCommand } from "../../src/domain/playout.ts";

const ZONES = ["z1", "z2", "z3"];

function claimsFor(zoneId: ZoneId): fc.Arbitrary<Claim | undefined> {
  const claim = fc.record({
    item: fc.record({ issuer: fc.constantFrom("a", "b"), id: fc.constantFrom("A", "B") }),
    zoneId: fc.constant(zoneId),
    occurrence: fc.constantFrom(1, 2),
  });
  return fc.option(claim, { nil: undefined });
}

const zoneClaims = fc.tuple(...ZONES.map(claimsFor));

function apply(actual: ReadonlyMap<ZoneId, Claim>, commands: readonly PlayoutCommand[]): Map<ZoneId, Claim> {
  const next = new Map(actual);
  for (const command of commands) {
    if (command.kind === "stop") next.delete(command.zoneId);
    else next.set(command.zoneId, command.claim);
  }
  return next;
}

test("one pass reaches the wanted state with one command a zone at most; a second pass has nothing to do", () => {
  fc.assert(
    fc.property(zoneClaims, zoneClaims, (want, have) => {
      const wanted: ZoneAssignment[] = ZONES.map((zoneId, index) => ({ zoneId, claim: want[index] }));
      const actual = new Map(have.flatMap((claim) => (claim === undefined ? [] : [[claim.zoneId, claim] as const])));
      const commands = reconcile(wanted, actual);
      expect(new Set(commands.map(({ zoneId }) => zoneId)).size).toBe(commands.length);
      const after = apply(actual, commands);
      for (const { zoneId, claim } of wanted) expect(after.get(zoneId)).toEqual(claim);
      expect(reconcile(wanted, after)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
