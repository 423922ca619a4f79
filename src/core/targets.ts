import type { AreaId, BroadcastOrder, Target, ZoneId } from "../domain/broadcast.ts";
import type { PlacedZone } from "../domain/trust.ts";
import { covers, type Ground } from "./areas.ts";

type Addressed = Pick<BroadcastOrder, "status" | "targets">;

/** The targets that name this gateway and at least one of its zones, whoever may have had the right to. */
export function targetsHere(order: Addressed, ground: Ground): readonly Target[] {
  return order.targets.filter(
    (target) => namesGateway(target, ground) && ground.zones.some((zone) => namesZone(target, zone, order, ground)),
  );
}

/**
 * The zones an order is for now, in the placement's order. Asked again at every plan: a target counts only where each list of
 * `grants` covers it, so a new placement can't carry an order to where its signers had no say.
 */
export function matchedZones(
  order: Addressed,
  grants: readonly (readonly AreaId[])[],
  ground: Ground,
): readonly ZoneId[] {
  const targets = order.targets.filter(
    (target) => namesGateway(target, ground) && grants.every((granted) => covers(ground, granted, target.area)),
  );
  if (targets.length === 0) return [];
  if (targets.some((target) => namesEveryZone(target, order, ground))) return ground.zoneIds;
  return ground.zones
    .filter((zone) => targets.some((target) => namesZone(target, zone, order, ground)))
    .map((zone) => zone.id);
}

function namesGateway(target: Target, ground: Ground): boolean {
  if (!ground.kinds.has(target.area)) return false;
  if (target.gateways !== undefined && !target.gateways.includes(ground.gateway)) return false;
  return !(target.exceptAreas ?? []).some((area) => ground.known.has(area));
}

function namesEveryZone(target: Target, { status }: Addressed, ground: Ground): boolean {
  return target.zoneTags === undefined && (status !== "test" || ground.kinds.get(target.area) === "test");
}

/** A test sounds only where tests are meant to be heard, whatever its target says. */
function namesZone(target: Target, zone: PlacedZone, order: Addressed, ground: Ground): boolean {
  if (order.status === "test" && ground.kinds.get(target.area) !== "test" && !zone.tags.includes("test")) return false;
  return target.zoneTags === undefined || target.zoneTags.some((tag) => zone.tags.includes(tag));
}
