import { describe, expect, test } from "vitest";
import { broadcastTopic } from "../../src/wire/topics.ts";
import { COMMUNE, ISSUER } from "./support/desk.ts";
import { delegated, selfMadeRoot } from "./support/forgery.ts";
import { paperGateway } from "./support/paper-gateway.ts";

// Who owns the broker can keep anything from a gateway, for ever, or bring nothing but what is old. He can't keep it from noticing.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_SECONDS = 365 * 86_400;
const NO_BEACON = `no beacon of ${ISSUER} in ${COMMUNE} for an hour`;

type Gateway = ReturnType<typeof paperGateway>;

/** What a broker brings every ten minutes, for as long as it takes. */
function keepsUp(gateway: Gateway, forMs: number, brings: (round: number) => void): void {
  const everyMs = 10 * MINUTE_MS;
  for (let round = 1; round * everyMs <= forMs; round += 1) {
    gateway.timers.advance(everyMs);
    brings(round);
  }
}

describe("a beacon that stays away", () => {
  test("is told of after an hour, and no more when one comes", () => {
    const gateway = paperGateway();
    const herald = gateway.herald();
    gateway.brings(gateway.said("beacon", herald, 1));
    gateway.timers.advance(59 * MINUTE_MS);
    expect(gateway.networkAlarm()).toBeUndefined();
    gateway.timers.advance(2 * MINUTE_MS);
    expect(gateway.networkAlarm()).toBe(NO_BEACON);
    gateway.brings(gateway.said("beacon", herald, 2));
    expect(gateway.networkAlarm()).toBeUndefined();
    keepsUp(gateway, 3 * HOUR_MS, (round) => gateway.brings(gateway.said("beacon", herald, 2 + round)));
    expect(gateway.networkAlarm()).toBeUndefined();
  });

  test("of an issuer who never sent one is missed by nobody", () => {
    const gateway = paperGateway();
    gateway.timers.advance(24 * HOUR_MS);
    expect(gateway.networkAlarm()).toBeUndefined();
  });

  test.each<[string, (gateway: Gateway) => () => Parameters<Gateway["brings"]>[0]]>([
    [
      "the last one again, as the broker retains it",
      (gateway) => {
        const kept = gateway.said("beacon", gateway.herald(), 5);
        gateway.brings(kept);
        return () => kept;
      },
    ],
    [
      "the one before the last",
      (gateway) => {
        const herald = gateway.herald();
        const older = gateway.said("beacon", herald, 4);
        gateway.brings(gateway.said("beacon", herald, 5));
        return () => older;
      },
    ],
    ["a stranger's", (gateway) => () => gateway.said("beacon", delegated(selfMadeRoot(), { uses: ["beacon"] }), 9)],
    ["one by a key for indexes", (gateway) => () => gateway.said("beacon", gateway.herald({ uses: ["index"] }), 9)],
    [
      "the neighbour's in our issuer's name",
      (gateway) => () => gateway.said("beacon", gateway.herald({ subject: { issuer: "ubnd.khac" } }), 9),
    ],
    [
      "one that was said in six years",
      (gateway) => () => {
        const now = Math.floor(Date.now() / SECOND_MS) + 6 * YEAR_SECONDS;
        const times = { issuedAt: now, notBefore: now, expiresAt: now + 3_600 };
        return gateway.said("beacon", gateway.herald(), 9, { now, ...times });
      },
    ],
  ])("is not made up for by %s", (_name, made) => {
    const gateway = paperGateway();
    gateway.brings(gateway.said("beacon", gateway.herald(), 3));
    const brought = made(gateway);
    keepsUp(gateway, HOUR_MS + 10 * MINUTE_MS, () => gateway.brings(brought()));
    expect(gateway.networkAlarm()).toBe(NO_BEACON);
    expect(gateway.clock.read().state).toBe("sync");
  });

  test("is not made up for by those of hours ago, one after the other, as a broker that is late with everything brings them", () => {
    const gateway = paperGateway();
    const herald = gateway.herald();
    const keptBack: Parameters<Gateway["brings"]>[0][] = [];
    keepsUp(gateway, 6 * HOUR_MS, (round) => keptBack.push(gateway.said("beacon", herald, round)));
    gateway.brings(keptBack.shift() ?? never());
    keepsUp(gateway, HOUR_MS, () => gateway.brings(keptBack.shift() ?? never()));
    expect(gateway.networkAlarm()).toBe(NO_BEACON);
  });

  test("is missed by the next process too, to which the broker shows nothing but what it retained", () => {
    const gateway = paperGateway();
    const frozen = [gateway.said("beacon", gateway.herald(), 5), gateway.said("index", gateway.herald(), 5)];
    for (const one of frozen) gateway.brings(one);
    gateway.restarts();
    keepsUp(gateway, HOUR_MS + 10 * MINUTE_MS, () => frozen.map((one) => gateway.brings(one)));
    expect(gateway.networkAlarm()).toBe(NO_BEACON);
  });
});

describe("what is named and does not come", () => {
  test("an index: it is asked for once a minute, told of after two, and an older one does not stand for it", () => {
    const gateway = paperGateway();
    const herald = gateway.herald();
    const older = gateway.said("index", herald, 4);
    const named = gateway.said("index", herald, 6);
    gateway.brings(gateway.said("index", herald, 5));
    gateway.brings(gateway.said("beacon", herald, 1, { indexHash: named.hash }));
    expect(gateway.asked).toEqual([named.topic]);
    gateway.timers.advance(2 * MINUTE_MS);
    expect(gateway.networkAlarm()).toBeUndefined();
    gateway.brings(older);
    gateway.timers.advance(MINUTE_MS);
    expect(gateway.networkAlarm()).toBe(`the broker does not bring ${named.topic}`);
    expect(gateway.asked).toHaveLength(4);
    gateway.brings(named);
    expect(gateway.networkAlarm()).toBeUndefined();
  });

  test("an emergency, of which an index tells", () => {
    const gateway = paperGateway();
    const item = { id: "01KARW00000000000000000001", hash: "A".repeat(43), class: "emergency" };
    const expiresAt = Math.floor(gateway.clock.read().nowMs / SECOND_MS) + 3_600;
    gateway.brings(gateway.said("index", gateway.herald(), 1, { items: [{ ...item, expiresAt }] }));
    gateway.timers.advance(3 * MINUTE_MS);
    const topic = broadcastTopic(COMMUNE, true, item.id);
    expect(gateway.networkAlarm()).toBe(`the broker does not bring ${topic}`);
    expect(new Set(gateway.asked)).toEqual(new Set([topic]));
  });
});

describe("a beacon that contradicts the time service", () => {
  const behind = (gateway: Gateway, sequence: number) => {
    const now = Math.floor(gateway.clock.read().nowMs / SECOND_MS) - 400;
    return gateway.said("beacon", gateway.herald(), sequence, { now, issuedAt: now, notBefore: now });
  };

  test("is believed when it comes just now", () => {
    const gateway = paperGateway();
    gateway.timers.advance(10 * MINUTE_MS);
    gateway.brings(behind(gateway, 1), false);
    expect(gateway.clock.read().state).toBe("hold");
  });

  test("is only late when the broker kept it, for everybody or for our session", () => {
    const gateway = paperGateway();
    gateway.timers.advance(10 * MINUTE_MS);
    gateway.brings(behind(gateway, 1), true);
    gateway.restarts();
    gateway.brings(behind(gateway, 2), false);
    expect(gateway.orders.trust.list("beacon")).toMatchObject([{ sequence: 2 }]);
    expect(gateway.clock.read().state).toBe("sync");
  });
});

test("a beacon of a stolen key moves the floor no further than that key reaches", () => {
  const gateway = paperGateway({ state: "none" });
  const now = Math.floor(Date.now() / SECOND_MS);
  const later = now + 6 * YEAR_SECONDS;
  gateway.brings(gateway.said("beacon", gateway.herald(), 1, { now, issuedAt: later, expiresAt: later + 60 }));
  expect(gateway.orders.trust.list("beacon")).toHaveLength(1);
  expect(gateway.clock.signedFloor).toBe(now);
});

function never(): never {
  throw new Error("nothing was kept back");
}
