import { describe, expect, test } from "vitest";
import { groundOf } from "../../src/core/areas.ts";
import { mayBeginAt } from "../../src/core/hours.ts";
import { plan } from "../../src/core/plan.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { AllowedHours } from "../../src/domain/policy-document.ts";
import { aBroadcast, anActiveItem, aPlacement, aTrustWorld, NOW, seal, topicOf } from "../fakes/builders.ts";
import { perZone } from "../fakes/per-zone.ts";

/** 05:30 in Hanoi. */
const now = NOW * 1000;
const HOUR_MS = 3_600_000;
const ground = groundOf(aPlacement());
const order = aBroadcast();
const morning: AllowedHours = { kind: "commune", hours: [{ from: "06:00", until: "07:30" }] };
const evening: AllowedHours = { area: "commune-1", hours: [{ from: "17:00", until: "24:00" }] };

function begins(rules: readonly AllowedHours[], fromMs = now, at = ground): number {
  return (mayBeginAt(order, "routine", fromMs, at, rules) - now) / HOUR_MS;
}

describe("the next instant at which an order may begin", () => {
  test("is now where nothing is said, and at the opening where it is, until the end", () => {
    expect(begins([])).toBe(0);
    expect(begins([morning])).toBe(0.5);
    expect(begins([morning], now + 2 * HOUR_MS - 1)).toBeCloseTo(2, 5);
    expect(begins([morning], now + 2 * HOUR_MS)).toBe(24.5);
  });

  test("an area's own hours go before those of its kind, and 24:00 is the day's end", () => {
    expect(begins([morning, evening])).toBe(11.5);
    expect(begins([morning, evening], now + 18.5 * HOUR_MS - 1)).toBeCloseTo(18.5, 5);
    expect(begins([evening], now + 18.5 * HOUR_MS)).toBe(35.5);
  });

  test("goes by the clock on the wall, over a change of summer time too", () => {
    const berlin = groundOf(aPlacement({ timeZone: "Europe/Berlin" }));
    const at = Date.UTC(2027, 2, 27, 22, 0); // The night in which 02:00 becomes 03:00.
    expect(new Date(mayBeginAt(order, "routine", at, berlin, [morning])).toISOString()).toBe(
      "2027-03-28T04:00:00.000Z",
    );
  });

  test("goes by Viet Nam's clocks where nobody knows the place's time zone", () => {
    const nowhere = groundOf(aPlacement({ timeZone: "Asia/Hanoi" }));
    expect(begins([morning], now, nowhere)).toBe(0.5);
  });

  test("is now for an emergency, and for what names nothing here", () => {
    expect(mayBeginAt(order, "emergency", now, ground, [morning])).toBe(now);
    const elsewhere = { ...order, targets: [{ area: "commune-9" }] };
    expect(mayBeginAt(elsewhere, "routine", now, ground, [morning])).toBe(now);
  });
});

test("outside the hours an order waits until they open; what has begun goes on and repeats", () => {
  const controls = { controls: [], policy: { ...BUILT_IN_POLICY, allowedHours: [morning] } };
  const item = anActiveItem(aBroadcast({ repeat: 2 }));
  const waiting = plan([item], ground, { state: "sync", nowMs: now }, controls);
  expect(waiting.candidates).toEqual([]);
  expect(waiting.waiting.map(({ reason }) => reason)).toEqual(["hours", "hours"]);
  expect(waiting.wakeAtMs).toBe(now + HOUR_MS / 2);
  const open = plan([item], ground, { state: "sync", nowMs: now + HOUR_MS / 2 }, controls);
  expect(perZone(open).candidates).toHaveLength(2);

  const first = { zoneId: "z1", occurrence: order.notBefore, play: 1, startedAtMs: now - 60_000, offsetMs: 0 };
  const end = { outcome: "played", atMs: now - 40_000, offsetMs: 20_000 } as const;
  const begun = { ...item, plays: [{ ...first, occurrence: item.order.notBefore, end }] };
  const repeats = plan([begun], ground, { state: "sync", nowMs: now }, controls);
  expect(repeats.candidates.map(({ zones }) => zones)).toEqual([["z1"]]);
});

test("an order that could never begin is refused, one that can wait is not, and the policy's manual gate is not built", () => {
  const { context, issuerKey, chain } = aTrustWorld({ policy: { ...BUILT_IN_POLICY, allowedHours: [morning] } });
  const judge = (change: Parameters<typeof aBroadcast>[0], policy = context.policy) => {
    const message = aBroadcast(change);
    return verifyDown(seal(message, [issuerKey], { chain }), topicOf(message), { ...context, policy });
  };
  expect(judge({ plan: { kind: "now", startWithinSeconds: 600 } })).toMatchObject({ kind: "refused", code: "hours" });
  expect(judge({}).kind).toBe("accepted");
  expect(judge({ class: "emergency", severity: 3, expiresAt: NOW + 60 }).kind).toBe("accepted");
  const gated = { ...BUILT_IN_POLICY, gates: { priority: "auto", routine: "manual" } } as const;
  expect(judge({}, gated)).toMatchObject({ kind: "refused", code: "unsupported" });
  expect(judge({ class: "priority" }, gated).kind).toBe("accepted");
});
