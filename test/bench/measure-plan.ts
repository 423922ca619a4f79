import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ActiveItem } from "../../src/core/plan.ts";
import type { Play, PlayEnd } from "../../src/domain/playout.ts";
import { BROADCAST_CLASSES } from "../../src/domain/precedence.ts";
import { aBroadcast, anActiveItem, aPlacement, NOW } from "../fakes/builders.ts";
import type { Measurement } from "./bench-run.ts";
import { temporaryFolder } from "./bench-station.ts";
import type { Figure } from "./figure.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const ZONES = Array.from({ length: 16 }, (_, index) => `z${index + 1}`);
const SIZES = [10, 100, 1_000, 10_000];
/** As many as the policy lets be active, and what a decision on them may take. */
const PROMISED = { items: 1_000, atMostMs: 5 };
/** What a gateway may take on more than n log n, for noise: the figures are a few hundredths of a millisecond at first. */
const GROWTH_SLACK = 1.25;
const NOW_MS = NOW * 1_000;

interface Decided {
  readonly medianMs: number;
  /** Of all threads, for one decision. */
  readonly busyMs: number;
}

/**
 * One decision of the conductor on all zones: what may sound, and who does. Every item is due in every zone. After a start, or with
 * another placement, all of them are new to it; else it remembers them, and one is new. How it grows is told by the first.
 */
export const measurePlan: Measurement = async ({ isQuick, ending }) => {
  const runs = isQuick ? 50 : 200;
  const folder = temporaryFolder(ending);
  const fileOf = (items: number) => path.join(folder, `${items}.json`);
  const took = SIZES.map((items) => {
    writeFileSync(fileOf(items), JSON.stringify(aDayOf(items)));
    return { items, ...decide(fileOf(items), "all-new", items > PROMISED.items ? runs / 10 : runs) };
  });
  const figures = took.map(({ items, medianMs, busyMs }, index): Figure => {
    const before = took[index - 1];
    const growth =
      before && `${(medianMs / before.medianMs).toFixed(1)} times that of ${before.items.toLocaleString("en")}`;
    return {
      name: `plan + arbitrate, ${ZONES.length} zones, ${items.toLocaleString("en")} new items: median`,
      value: medianMs,
      unit: "ms",
      note: [`${busyMs.toPrecision(3)} ms of processor`, growth].filter((part) => part !== undefined).join("; "),
    };
  });
  const [last, promised] = [took.at(-1), took.at(-2)];
  if (last === undefined || promised === undefined) return figures;
  const allowed = (last.items * Math.log(last.items)) / (promised.items * Math.log(promised.items));
  const usual = decide(fileOf(promised.items), "one-new", runs);
  const shipped = decide(fileOf(promised.items), "one-new", runs / 5, agentFlags());
  const name = `plan + arbitrate, ${ZONES.length} zones, one new item among ${promised.items.toLocaleString("en")}`;
  return [
    ...figures,
    {
      name: "plan + arbitrate: growth from 1,000 to 10,000 new items",
      value: last.medianMs / promised.medianMs,
      unit: "times",
      target: { atMost: allowed * GROWTH_SLACK },
      note: `n log n is ${allowed.toFixed(1)}; a quarter more is left to noise`,
    },
    {
      name: `${name}: median`,
      value: usual.medianMs,
      unit: "ms",
      target: { atMost: PROMISED.atMostMs },
      note: `${usual.busyMs.toPrecision(3)} ms of processor`,
    },
    {
      name: `${name}, under the agent's own flags: median`,
      value: shipped.medianMs,
      unit: "ms",
      note: `${shipped.busyMs.toPrecision(3)} ms of processor; without an optimizing compiler, to save memory`,
    },
  ];
};

/** In a process of its own, which runs nothing else and can have flags. */
function decide(file: string, what: "all-new" | "one-new", runs: number, flags: readonly string[] = []): Decided {
  const program = path.join(import.meta.dirname, "decide.ts");
  return JSON.parse(
    execFileSync(process.execPath, [...flags, program, file, what, String(runs)], { encoding: "utf8" }),
  );
}

/** As scripts/loa gives them. */
function agentFlags(): readonly string[] {
  const [, flags = ""] = /\/node" (--.*?) "/.exec(readFileSync(path.join(PROJECT, "scripts/loa"), "utf8")) ?? [];
  if (flags === "") throw new Error("scripts/loa gives no flags");
  return flags.split(" ");
}

const CUT: PlayEnd = { outcome: "preempted", code: "halted", atMs: NOW_MS - 500, offsetMs: 8_000 };
const PLAYED: PlayEnd = { outcome: "played", atMs: NOW_MS - 500, offsetMs: 20_000 };
/** Half of a day's items were never played; the rest was cut in a few zones or in all, or comes again. */
const PASTS: readonly { readonly zones: number; readonly ends: readonly PlayEnd[] }[] = [
  { zones: 0, ends: [] },
  { zones: 4, ends: [CUT] },
  { zones: 0, ends: [] },
  { zones: ZONES.length, ends: [CUT] },
  { zones: 0, ends: [] },
  { zones: ZONES.length, ends: [PLAYED, PLAYED] },
];

function aDayOf(count: number) {
  const items = Array.from({ length: count }, (_, n) => anItem(n));
  const zones = ZONES.map((id) => ({ id, tags: [], gainCentiDb: 0, emergencyGainCentiDb: 0 }));
  const onAir = ZONES.map((zoneId) => ({ item: items[0]?.order, zoneId, occurrence: items[0]?.order.notBefore }));
  return { items, onAir, placement: aPlacement({ zones }), nowMs: NOW_MS };
}

/** Of every class and every past in turn. */
function anItem(n: number): ActiveItem {
  const kind = BROADCAST_CLASSES[n % BROADCAST_CLASSES.length] ?? "routine";
  const severity = kind === "emergency" ? 2 : 0;
  const order = aBroadcast({ class: kind, severity, notBefore: NOW - (n % 500), repeat: 3 });
  const { zones, ends } = PASTS[Math.floor(n / BROADCAST_CLASSES.length) % PASTS.length] ?? { zones: 0, ends: [] };
  // No two zones end at the same instant, nor at the same place.
  const plays = ZONES.slice(0, zones).flatMap((zoneId, later) =>
    ends.map(({ atMs, offsetMs, ...end }, index): Play => {
      const began = { zoneId, occurrence: order.notBefore, play: index + 1, startedAtMs: NOW_MS - 9_000, offsetMs: 0 };
      return { ...began, end: { ...end, atMs: atMs + later, offsetMs: offsetMs + later } };
    }),
  );
  return anActiveItem(order, { plays });
}
