import { arbitrate } from "../../src/core/arbitrate.ts";
import { groundOf } from "../../src/core/areas.ts";
import { type ActiveItem, plan } from "../../src/core/plan.ts";
import type { Claim } from "../../src/domain/playout.ts";
import { BROADCAST_CLASSES } from "../../src/domain/precedence.ts";
import { aBroadcast, anActiveItem, aPlacement, NOW } from "../fakes/builders.ts";
import type { Measurement } from "./bench-run.ts";
import { type Figure, quantile } from "./figure.ts";

const ZONES = Array.from({ length: 16 }, (_, index) => `z${index + 1}`);
const SIZES = [10, 100, 1_000, 10_000];
/** As many as the policy lets be active, and what a decision on them may take. */
const PROMISED = { items: 1_000, atMostMs: 5 };
const WARM_UP_RUNS = 20;
/** What a gateway may take on more than n log n, for noise: the figures are a few hundredths of a millisecond at first. */
const GROWTH_SLACK = 1.25;

const GROUND = groundOf(
  aPlacement({ zones: ZONES.map((id) => ({ id, tags: [], gainCentiDb: 0, emergencyGainCentiDb: 0 })) }),
);

/** One decision of the conductor on all zones: what may sound, and who does. Every item is due in every zone. */
export const measurePlan: Measurement = async ({ isQuick }) => {
  const runs = isQuick ? 50 : 200;
  const medians = SIZES.map((items) => ({ items, tookMs: medianOf(items, items > PROMISED.items ? runs / 10 : runs) }));
  const figures = medians.map(({ items, tookMs }, index): Figure => {
    const before = medians[index - 1];
    return {
      name: `plan + arbitrate, ${ZONES.length} zones, ${items.toLocaleString("en")} items: median`,
      value: tookMs,
      unit: "ms",
      target: items === PROMISED.items ? { atMost: PROMISED.atMostMs } : undefined,
      note: before && `${(tookMs / before.tookMs).toFixed(1)} times that of ${before.items.toLocaleString("en")}`,
    };
  });
  const [last, promised] = [medians.at(-1), medians.at(-2)];
  if (last === undefined || promised === undefined) return figures;
  const allowed = (last.items * Math.log(last.items)) / (promised.items * Math.log(promised.items));
  return [
    ...figures,
    {
      name: "plan + arbitrate: growth from 1,000 to 10,000 items",
      value: last.tookMs / promised.tookMs,
      unit: "times",
      target: { atMost: allowed * GROWTH_SLACK },
      note: `n log n is ${allowed.toFixed(1)}; a quarter more is left to noise`,
    },
  ];
};

function medianOf(count: number, runs: number): number {
  const items = Array.from({ length: count }, (_, n) => anItem(n));
  const onAir = new Map(ZONES.map((zoneId) => [zoneId, claimOn(zoneId, items[0])]));
  const tookMs: number[] = [];
  for (let run = -WARM_UP_RUNS; run < runs; run += 1) {
    const from = performance.now();
    const planned = plan(items, GROUND, { state: "sync", nowMs: NOW * 1_000 });
    arbitrate(planned, { zoneIds: ZONES, onAir: run % 2 === 0 ? onAir : new Map(), out: new Set() });
    if (run >= 0) tookMs.push(performance.now() - from);
  }
  return quantile(tookMs, 0.5);
}

/** A day's mix: every class, half of them with a past in a few zones. */
function anItem(n: number): ActiveItem {
  const kind = BROADCAST_CLASSES[n % BROADCAST_CLASSES.length] ?? "routine";
  const severity = kind === "emergency" ? 2 : 0;
  const item = anActiveItem(aBroadcast({ class: kind, severity, notBefore: NOW - (n % 500), repeat: 3 }));
  if (n % 2 === 0) return item;
  const occurrence = item.order.notBefore;
  const end = { outcome: "preempted", code: "halted", atMs: NOW * 1_000 - 500, offsetMs: 500 } as const;
  const plays = ZONES.slice(0, 4).map((zoneId) => ({
    ...{ zoneId, occurrence, play: 1, startedAtMs: NOW * 1_000 - 1_000, offsetMs: 0, end },
  }));
  return { ...item, plays };
}

function claimOn(zoneId: string, item: ActiveItem | undefined): Claim {
  if (item === undefined) throw new Error("nothing to play");
  const { issuer, id, notBefore } = item.order;
  return { item: { issuer, id }, zoneId, occurrence: notBefore };
}
