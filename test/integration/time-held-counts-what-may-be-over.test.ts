import { expect, test } from "vitest";
import { paperGateway } from "./support/paper-gateway.ts";

const DAY_MS = 86_400_000;

test("of a clock that nobody has vouched for in days, a key that may be over counts as over", () => {
  const gateway = paperGateway();
  gateway.losesTime();
  gateway.timers.advance(5 * DAY_MS);
  const { state, nowMs, errorMs = 0 } = gateway.clock.read();
  expect(state).toBe("hold");
  expect(errorMs).toBeGreaterThan(40_000);
  const now = Math.floor(nowMs / 1_000);
  const ending = (inSeconds: number) => gateway.herald({ expiresAt: now + inSeconds });
  gateway.brings(gateway.said("index", ending(30), 1));
  expect(gateway.refusals()).toEqual(["key-expired"]);
  gateway.brings(gateway.said("index", ending(90), 2));
  expect(gateway.orders.trust.list("index")).toHaveLength(1);
});
