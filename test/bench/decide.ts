// One day's items from a file, decided on again and again, in a process of its own that runs under any flags of Node's: with one item
// new since the look before, as when an order comes or a play ends, or with all of them new, as after a start.
import { readFileSync } from "node:fs";
import { arbitrate } from "../../src/core/arbitrate.ts";
import { groundOf } from "../../src/core/areas.ts";
import { plan } from "../../src/core/plan.ts";
import type { Claim } from "../../src/domain/playout.ts";

const WARM_UP_RUNS = 20;
const [file = "", what = "one-new", runs = "1"] = process.argv.slice(2);
const { items, placement, nowMs, onAir } = JSON.parse(readFileSync(file, "utf8"));
let ground = groundOf(placement);
const zoneIds = placement.zones.map(({ id }: { id: string }) => id);
const sounding = new Map<string, Claim>(onAir.map((claim: Claim) => [claim.zoneId, claim]));

const tookMs: number[] = [];
let before = process.cpuUsage();
for (let run = -WARM_UP_RUNS; run < Number(runs); run += 1) {
  if (run === 0) before = process.cpuUsage();
  if (what === "all-new") ground = groundOf(placement);
  const item = items[(run + WARM_UP_RUNS) % items.length];
  item.plays = [...item.plays];
  const from = performance.now();
  const planned = plan(items, ground, { state: "sync", nowMs });
  arbitrate(planned, { zoneIds, onAir: run % 2 === 0 ? sounding : new Map(), out: new Set() });
  if (run >= 0) tookMs.push(performance.now() - from);
}
const { user, system } = process.cpuUsage(before);
tookMs.sort((a, b) => a - b);
const [medianMs, busyMs] = [tookMs[Math.floor(tookMs.length / 2)], (user + system) / 1_000 / Number(runs)];
process.stdout.write(JSON.stringify({ medianMs, busyMs }));
