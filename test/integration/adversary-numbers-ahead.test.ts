import { describe, expect, test } from "vitest";
import { paperGateway } from "./support/paper-gateway.ts";

// Whoever stole the key of a server numbers what he says so far ahead that nothing of its owner would come after it.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_SECONDS = 86_400;
const HIGHEST = Number.MAX_SAFE_INTEGER;

type Gateway = ReturnType<typeof paperGateway>;

const nowMs = (gateway: Gateway) => gateway.clock.read().nowMs;
const kept = (gateway: Gateway, type: "beacon" | "index") =>
  gateway.orders.trust.list(type).map(({ sequence }) => sequence);

/** A gateway that has had a connection for long, and heard its issuer ten minutes ago. */
function heardBefore() {
  const gateway = paperGateway();
  const herald = gateway.herald();
  gateway.timers.advance(10 * MINUTE_MS);
  const first = nowMs(gateway);
  for (const type of ["beacon", "index"] as const) gateway.brings(gateway.said(type, herald, first));
  gateway.timers.advance(10 * MINUTE_MS);
  return { gateway, herald, first };
}

describe.each(["beacon", "index"] as const)("the highest number there is, of a stolen key, under a %s", (type) => {
  test("is refused, and its owner goes on as if nothing had been", () => {
    const { gateway, herald, first } = heardBefore();
    gateway.brings(gateway.said(type, gateway.herald(), HIGHEST), false);
    expect(gateway.refusals()).toEqual(["not-yet"]);
    expect(kept(gateway, type)).toEqual([first]);
    gateway.timers.advance(10 * MINUTE_MS);
    const now = nowMs(gateway);
    gateway.brings(gateway.said(type, herald, now), false);
    expect(kept(gateway, type)).toEqual([now]);
  });

  test("five minutes ahead lasts for five minutes", () => {
    const { gateway, herald } = heardBefore();
    const furthest = nowMs(gateway) + 299 * SECOND_MS;
    gateway.brings(gateway.said(type, gateway.herald(), furthest), false);
    expect(kept(gateway, type)).toEqual([furthest]);
    gateway.timers.advance(4 * MINUTE_MS);
    gateway.brings(gateway.said(type, herald, nowMs(gateway)), false);
    expect(gateway.refusals()).toEqual(["stale"]);
    gateway.timers.advance(2 * MINUTE_MS);
    const now = nowMs(gateway);
    gateway.brings(gateway.said(type, herald, now), false);
    expect(kept(gateway, type)).toEqual([now]);
  });
});

describe("a beacon of tomorrow, of a stolen key that is good until then", () => {
  const tomorrow = (gateway: Gateway) => {
    const now = Math.floor(nowMs(gateway) / SECOND_MS) + DAY_SECONDS;
    const times = { now, issuedAt: now, notBefore: now - 60, expiresAt: now + 3_600 };
    return gateway.said("beacon", gateway.herald({ expiresAt: now + DAY_SECONDS }), now * SECOND_MS, times);
  };

  test("contradicts the time service until its owner's next one, which counts", () => {
    const { gateway, herald, first } = heardBefore();
    gateway.brings(tomorrow(gateway), false);
    expect(gateway.clock.read().state).toBe("hold");
    expect(kept(gateway, "beacon")).toEqual([first]);
    gateway.timers.advance(10 * MINUTE_MS);
    const now = nowMs(gateway);
    gateway.brings(gateway.said("beacon", herald, now), false);
    expect(kept(gateway, "beacon")).toEqual([now]);
    expect(gateway.clock.read().state).toBe("sync");
  });

  test("hides no silence", () => {
    const { gateway } = heardBefore();
    for (let round = 0; round < 7; round += 1) {
      gateway.brings(tomorrow(gateway), false);
      gateway.timers.advance(10 * MINUTE_MS);
    }
    expect(gateway.networkAlarm()).toContain("for an hour");
  });

  test("counts, over and over, as a message without effect: what comes too fast is not listened to", () => {
    const { gateway } = heardBefore();
    const one = tomorrow(gateway);
    for (let n = 0; n < 60; n += 1) gateway.brings(one, false);
    expect(gateway.left).toEqual([one.topic.replace(/[^/]+$/, "+")]);
  });
});

test("an index that came before its time is asked for again when it has come, once", () => {
  const { gateway, herald } = heardBefore();
  const early = gateway.said("index", herald, nowMs(gateway) + 320 * SECOND_MS);
  gateway.brings(early, false);
  expect(kept(gateway, "index")).not.toContain(nowMs(gateway) + 320 * SECOND_MS);
  expect(gateway.asked).toEqual([]);
  gateway.timers.advance(2 * MINUTE_MS);
  expect(gateway.asked).toEqual([early.topic]);
  gateway.brings(early);
  expect(kept(gateway, "index")).toHaveLength(1);
  gateway.timers.advance(30 * MINUTE_MS);
  expect(gateway.asked).toEqual([early.topic]);
});

test("an index that says when it begins stands no earlier, and until then the one before it does", () => {
  const { gateway, herald, first } = heardBefore();
  const begins = Math.floor(nowMs(gateway) / SECOND_MS) + 600;
  const next = gateway.said("index", herald, nowMs(gateway), { notBefore: begins });
  gateway.brings(next, false);
  expect(gateway.refusals()).toEqual(["not-yet"]);
  expect(kept(gateway, "index")).toEqual([first]);
  gateway.timers.advance(9 * MINUTE_MS);
  expect(gateway.asked).toEqual([]);
  gateway.timers.advance(2 * MINUTE_MS);
  expect(gateway.asked).toEqual([next.topic]);
  gateway.brings(next);
  expect(kept(gateway, "index")).not.toEqual([first]);
});

test("the highest number is never asked for again: it can't come to be good", () => {
  const { gateway } = heardBefore();
  gateway.brings(gateway.said("index", gateway.herald(), HIGHEST), false);
  gateway.timers.advance(30 * MINUTE_MS);
  expect(gateway.asked).toEqual([]);
});
