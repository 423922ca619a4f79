import { arbitrate, type ZonesNow } from "../core/arbitrate.ts";
import { type Ground, groundOf } from "../core/areas.ts";
import { judgeCapability } from "../core/capability.ts";
import { outlook } from "../core/outlook.ts";
import { type ActiveItem, plan } from "../core/plan.ts";
import { BUILT_IN_POLICY } from "../core/policy.ts";
import { mergePolicy } from "../core/policy-merge.ts";
import type { Controls } from "../core/restraints.ts";
import type { TimeBounds } from "../core/untimed.ts";
import type { QueueOutlook } from "../domain/story.ts";
import type { ClockReading } from "../domain/time.ts";
import type { StoredBroadcast } from "../store/broadcasts.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { parseDownTopic } from "../wire/topics.ts";
import { storedPlacement, storedPolicy } from "./trust-state.ts";

/** What waits and what comes next, by the rules that decide it, asked once more for whoever wants to know. */
export function queueOutlook(
  items: readonly ActiveItem[],
  ground: Ground,
  clock: ClockReading,
  zones: ZonesNow,
  controls: Controls,
  bounds?: TimeBounds,
): QueueOutlook {
  const planned = plan(items, ground, clock, controls, bounds);
  const { zones: byZone, everywhere } = outlook(items, planned, arbitrate(planned, zones), clock.nowMs);
  const { gateway, timeZone } = ground;
  return { gateway, timeZone, atMs: clock.nowMs, clock: clock.state, zones: byZone, everywhere };
}

/** The same from the database alone, while the agent is down: nothing is on air. Undefined on a box that was never placed. */
export function storedOutlook(orders: OrdersStore, clock: ClockReading): QueueOutlook | undefined {
  const placement = storedPlacement(orders);
  if (placement === undefined) return undefined;
  const ground = groundOf(placement.payload);
  const items = orders.broadcasts.active().flatMap((row) => storedItem(orders, row));
  const signed = storedPolicy(orders);
  const policy = signed === undefined ? BUILT_IN_POLICY : mergePolicy(signed);
  const controls = { controls: orders.controls.all(), policy };
  const zoneIds = ground.zones.map(({ id }) => id);
  return queueOutlook(items, ground, clock, { zoneIds, onAir: new Map(), out: new Set() }, controls);
}

function storedItem(orders: OrdersStore, row: StoredBroadcast): readonly ActiveItem[] {
  const envelope = orders.broadcasts.envelope(row.key);
  const topic = parseDownTopic(row.topic);
  const opened = envelope && topic && openDown(envelope, topic);
  const payload = opened?.kind === "opened" ? opened.sealed.payload : undefined;
  if (payload?.type !== "broadcast" || payload.action === "cancel") return [];
  const capability = judgeCapability(payload);
  if (capability.kind === "unable") return [];
  const audioReady = row.state !== "accepted" && row.state !== "fetching";
  // What was on air when the agent went has an open record: it is closed at the start, and here it waits again.
  const plays = orders.plays.ofItem(row.key).filter(({ end }) => end !== undefined);
  return [{ order: capability.broadcast, standing: row.standing, audioReady, plays }];
}
