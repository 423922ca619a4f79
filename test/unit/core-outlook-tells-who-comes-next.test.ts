import { expect, test } from "vitest";
import { arbitrate } from "../../src/core/arbitrate.ts";
import { groundOf } from "../../src/core/areas.ts";
import { outlook } from "../../src/core/outlook.ts";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import { aBroadcast, anActiveItem, anAudioFile, aPlacement, NOW } from "../fakes/builders.ts";
import { perZone } from "../fakes/per-zone.ts";

const ground = groundOf(aPlacement());
const nowMs = NOW * 1000;
const audio = anAudioFile({ durationMs: 60_000 });

function ask(items: readonly ActiveItem[], zoneIds = ["z1"], out: ReadonlySet<string> = new Set()) {
  const planned = plan(items, ground, { state: "sync", nowMs });
  const onAir = new Map(
    perZone(planned)
      .candidates.filter(({ onAirUntilMs }) => onAirUntilMs !== undefined)
      .map(({ claim }) => [claim.zoneId, claim] as const),
  );
  return outlook(items, planned, arbitrate(planned, { zoneIds, onAir, out }), nowMs);
}

function titled(
  title: string,
  change: Parameters<typeof aBroadcast>[0] = {},
  more: Parameters<typeof anActiveItem>[1] = {},
) {
  return anActiveItem(aBroadcast({ title, audio, ...change }), { audioReady: true, ...more });
}

test("what is on air comes first, then the others one after the other", () => {
  const order = aBroadcast({ title: "on air", audio });
  const occurrence = order.notBefore;
  const running = { zoneId: "z1", occurrence, play: 1, startedAtMs: nowMs - 20_000, offsetMs: 0 };
  const items = [
    titled("second", { issuedAt: NOW - 10 }),
    anActiveItem(order, { audioReady: true, plays: [running] }),
    titled("first", { issuedAt: NOW - 20 }),
  ];
  const [zone] = ask(items).zones;
  expect(zone?.entries.map(({ title, onAir, reason, atMs }) => [title, onAir, reason, atMs])).toEqual([
    ["on air", true, "keeps", nowMs + 40_000],
    ["first", false, "waits-for-end", nowMs + 40_000],
    ["second", false, "waits-for-end", nowMs + 100_000],
  ]);
});

test("what is early says when its time comes, and stands behind what may speak", () => {
  const items = [
    titled("at noon", { plan: { kind: "at", at: NOW + 600 } }),
    titled("without its audio", {}, { audioReady: false }),
    titled("now"),
  ];
  const [zone] = ask(items).zones;
  expect(zone?.entries.map(({ title, reason, atMs }) => [title, reason, atMs])).toEqual([
    ["now", "first", nowMs],
    ["at noon", "waits-early", (NOW + 600) * 1000],
    ["without its audio", "waits-audio", undefined],
  ]);
});

test("nobody knows when a zone that is out of order will speak", () => {
  const [zone] = ask([titled("now")], ["z1"], new Set(["z1"])).zones;
  expect(zone?.entries).toMatchObject([{ reason: "zone-out", atMs: undefined }]);
});

test("of a long queue one page is shown, and how many are not", () => {
  const items = Array.from({ length: 30 }, (_, n) => titled(`item ${n}`));
  const [zone] = ask(items).zones;
  expect(zone).toMatchObject({ more: 10 });
  expect(zone?.entries).toHaveLength(20);
});
