import fc from "fast-check";
import { groundOf } from "../../src/core/areas.ts";
import type { ActiveItem } from "../../src/core/plan.ts";
import type { Alert, Broadcast } from "../../src/domain/broadcast.ts";
import type { Play, PlayOutcome } from "../../src/domain/playout.ts";
import { BROADCAST_CLASSES, type Severity } from "../../src/domain/precedence.ts";
import type { FaultCode } from "../../src/domain/report.ts";
import { aBroadcast, anActiveItem, anAudioFile, aPlacement, NOW } from "./builders.ts";

// Random items around NOW, dense enough that windows, gaps and cuts meet.

export const GROUND = groundOf(aPlacement());

const aTarget = fc.constantFrom(
  { area: "commune-1" },
  { area: "commune-1", zoneTags: ["market"] },
  { area: "commune-1", zoneTags: ["school"] },
  { area: "commune-9" },
);

const aSpell: fc.Arbitrary<Partial<Alert>> = fc
  .record({
    id: fc.ulid(),
    class: fc.constantFrom(...BROADCAST_CLASSES),
    severity: fc.constantFrom<Severity>(1, 2, 3),
    starts: fc.integer({ min: -40, max: 40 }),
    life: fc.integer({ min: 1, max: 120 }),
    startWithinSeconds: fc.option(fc.nat(60), { nil: undefined }),
    seconds: fc.integer({ min: 1, max: 30 }),
    repeat: fc.integer({ min: 1, max: 3 }),
    gapSeconds: fc.nat(10),
    onPreempt: fc.constantFrom("restart", "resume", "drop"),
    target: aTarget,
  })
  .map(({ severity, starts, life, seconds, target, startWithinSeconds, ...rest }) => ({
    ...rest,
    severity: rest.class === "emergency" ? severity : (0 as const),
    issuedAt: NOW - 100,
    notBefore: NOW + starts,
    expiresAt: NOW + starts + life,
    plan: { kind: "now" as const, startWithinSeconds },
    audio: anAudioFile({ durationMs: seconds * 1000 }),
    targets: [target],
  }));

const anEnd = fc.record({
  outcome: fc.constantFrom<PlayOutcome>("played", "preempted", "failed", "failed", "expired", "cancelled"),
  code: fc.constantFrom<FaultCode>("crash", "output", "decode", "interrupted"),
  afterMs: fc.integer({ min: 0, max: 20_000 }),
});

const aHistory = fc.array(anEnd, { maxLength: 4 });

/** An item as it may be found at any moment: never played, or with a past in each of its zones; the last play perhaps on air. */
export function anyItem(): fc.Arbitrary<ActiveItem> {
  return fc
    .record({
      spell: aSpell,
      audioReady: fc.constantFrom(true, true, true, false),
      authorityRank: fc.nat(2),
      first: aHistory,
      second: aHistory,
      open: fc.boolean(),
    })
    .map(({ spell, audioReady, authorityRank, first, second, open }) => {
      const order = aBroadcast(spell);
      const fresh = anActiveItem(order);
      const plays = [...past(order, "z1", first, open), ...past(order, "z2", second, false)];
      return { ...fresh, audioReady, plays, standing: { ...fresh.standing, authorityRank } };
    });
}

function past(
  order: Broadcast,
  zoneId: string,
  ends: readonly { outcome: PlayOutcome; code: FaultCode; afterMs: number }[],
  open: boolean,
): Play[] {
  let atMs = order.notBefore * 1000;
  return ends.map(({ outcome, code, afterMs }, index) => {
    const startedAtMs = atMs;
    atMs += afterMs;
    const isOpen = open && index === ends.length - 1;
    const end = { outcome, code: outcome === "failed" ? code : undefined, atMs, offsetMs: afterMs };
    const play = { zoneId, occurrence: order.notBefore, play: index + 1, startedAtMs, offsetMs: 0 };
    return isOpen ? play : { ...play, end };
  });
}
