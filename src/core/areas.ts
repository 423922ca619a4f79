import type { AreaId, AreaKind, GatewayId, ZoneId } from "../domain/broadcast.ts";
import type { PlacedZone, Placement } from "../domain/trust.ts";

/** A placement as decisions need it: where the gateway stands, with containment followed to its end. */
export interface Ground {
  readonly gateway: GatewayId;
  readonly commune: AreaId;
  readonly zones: readonly PlacedZone[];
  readonly zoneIds: readonly ZoneId[];
  readonly timeZone: string;
  /** The placement's own areas: what a target may name. */
  readonly kinds: ReadonlyMap<AreaId, AreaKind>;
  /** For each of them, every area that it lies in, itself included. */
  readonly enclosing: ReadonlyMap<AreaId, ReadonlySet<AreaId>>;
  /** All areas that the gateway lies in, listed or only named as containing a listed one. */
  readonly known: ReadonlySet<AreaId>;
}

export function groundOf(placement: Placement): Ground {
  const within = new Map(placement.areas.map((area) => [area.id, area.within]));
  const enclosing = new Map(placement.areas.map((area) => [area.id, upwards(area.id, within)]));
  return {
    gateway: placement.gateway,
    commune: placement.commune,
    zones: placement.zones,
    zoneIds: placement.zones.map(({ id }) => id),
    timeZone: placement.timeZone,
    kinds: new Map(placement.areas.map((area) => [area.id, area.kind])),
    enclosing,
    known: new Set([...enclosing.values()].flatMap((areas) => [...areas])),
  };
}

/** Whether a right granted for these areas holds in `area`: it is listed, or lies within a listed one. */
export function covers(ground: Ground, granted: readonly AreaId[], area: AreaId): boolean {
  if (granted.includes(area)) return true;
  const around = ground.enclosing.get(area);
  return around !== undefined && granted.some((one) => around.has(one));
}

/** Areas that contain each other in a circle contain each other, and the walk still ends. */
function upwards(from: AreaId, within: ReadonlyMap<AreaId, readonly AreaId[]>): ReadonlySet<AreaId> {
  const found = new Set([from]);
  for (const area of found) {
    for (const outer of within.get(area) ?? []) found.add(outer);
  }
  return found;
}
