import { groundOf } from "../core/areas.ts";
import type { AreaId, AreaKind, GatewayId } from "../domain/broadcast.ts";
import type { Link } from "../domain/ports.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { PlacedArea, PlacedZone, Placement } from "../domain/trust.ts";
import { openDown, payloadHashOf, seal } from "../wire/envelope.ts";
import { placementTopic } from "../wire/topics.ts";
import { type Authority, loadAuthority } from "./authority.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { documentMembers, type Moment } from "./moment.ts";
import { OPERATIONS } from "./names.ts";
import { judgeFor } from "./preview.ts";
import { publishAll } from "./publish-all.ts";
import type { RetainedMessage } from "./retained.ts";

/** What is to change about where gateways stand; what is left out stays. */
export interface RelocationRequest {
  readonly gateways: readonly GatewayId[];
  /** And every gateway that stands in one of these. */
  readonly inAreas: readonly AreaId[];
  /** The commune from now on. The one before stays, as a part of it, until it is dropped. */
  readonly commune?: AreaId | undefined;
  readonly add: readonly { readonly id: AreaId; readonly kind: AreaKind }[];
  readonly drop: readonly AreaId[];
  readonly zones?: readonly Pick<PlacedZone, "id" | "tags">[] | undefined;
  readonly gains: readonly Pick<PlacedZone, "id" | "gainCentiDb">[];
  readonly emergencyGains: readonly Pick<PlacedZone, "id" | "emergencyGainCentiDb">[];
}

export interface PlannedRelocation {
  readonly placements: readonly Placement[];
  readonly signedBy: string;
  readonly messages: readonly RetainedMessage[];
}

/** @throws AgentFailure `desk-invalid` when no such gateway is here, or one would refuse its new placement */
export async function planRelocation(
  desk: Desk,
  request: RelocationRequest,
  moment: Moment,
): Promise<PlannedRelocation> {
  const meant = desk.database.register
    .all()
    .map(({ placement }) => placement)
    .filter(
      (placement) =>
        request.gateways.includes(placement.gateway) ||
        request.inAreas.some((area) => groundOf(placement).kinds.has(area)),
    );
  const unknown = request.gateways.find((gateway) => meant.every((placement) => placement.gateway !== gateway));
  if (unknown !== undefined || meant.length === 0) {
    throw deskFailure("desk.place.unknown", { subject: unknown ?? request.inAreas.join(", ") });
  }
  const operations = await loadAuthority(desk, OPERATIONS, "placement");
  const planned = meant.map((placement) => relocated(desk, placement, request, operations, moment));
  return {
    placements: planned.map(({ placement }) => placement),
    signedBy: operations.delegation.subject.holder,
    messages: planned.map(({ message }) => message),
  };
}

export async function publishRelocation(
  { database, audit }: Pick<Desk, "database" | "audit">,
  { placements, signedBy, messages }: PlannedRelocation,
  link: Pick<Link, "publish">,
  moment: Moment,
): Promise<void> {
  for (const [index, { gateway, areas }] of placements.entries()) {
    const payload = messages[index]?.payload;
    const hash = payload && payloadHashOf(payload);
    const detail = areas.map(({ id }) => id).join(", ");
    audit.record({ act: "place", subject: gateway, holders: [signedBy], detail, hash }, moment.nowMs);
  }
  database.transaction(() => {
    for (const placement of placements) database.register.place(placement);
    for (const message of messages) database.retained.put(message);
  });
  const { fault } = await publishAll(link, messages, toUnixSeconds(moment.nowMs), () => {});
  if (fault !== undefined) throw deskFailure("desk.intervention.unsent", { reason: fault }, "link-failed");
}

function relocated(
  desk: Desk,
  before: Placement,
  request: RelocationRequest,
  { delegation, signer, chain }: Authority,
  moment: Moment,
): { readonly placement: Placement; readonly message: RetainedMessage } {
  const { issuer, level } = delegation.subject;
  const { gateway, commune } = before;
  const sequence = desk.database.sequences.next("placement", moment.nowMs);
  const seconds = delegation.expiresAt - toUnixSeconds(moment.nowMs);
  const placement: Placement = {
    ...before,
    ...documentMembers(moment, { issuer, level, sequence, seconds }),
    commune: request.commune ?? commune,
    areas: areasAfter(before.areas, commune, request),
    zones: zonesAfter(before.zones, request),
  };
  const topic = placementTopic(gateway);
  const payload = seal(placement, [signer], placement.issuedAt, chain);
  const opened = openDown(payload, { kind: "placement", gateway });
  const address = { kind: "placement", gateway } as const;
  const refused =
    opened.kind === "refused" ? opened : judgeFor(opened.sealed, address, before, desk, moment.nowMs, undefined);
  if (refused.kind === "refused") {
    throw deskFailure("desk.place.refused", { gateway, code: refused.code, detail: refused.detail });
  }
  return { placement, message: { topic, payload, expiresAt: placement.expiresAt } };
}

/** At a merge the old stands beside the new and within it: who could speak to either still can. */
function areasAfter(
  before: readonly PlacedArea[],
  communeBefore: AreaId,
  { commune = communeBefore, add, drop }: RelocationRequest,
): readonly PlacedArea[] {
  const moved = commune !== communeBefore;
  const around = add.filter(({ kind }) => kind === "province" || kind === "nation").map(({ id }) => id);
  const outer = before.find(({ id }) => id === communeBefore)?.within ?? [];
  const kept = before.map(({ id, kind, within }) => {
    const above = [...(moved && id === communeBefore ? [commune] : []), ...(kind === "special" ? [] : around)];
    return { id, kind, within: [...new Set([...within, ...above.filter((one) => one !== id)])] };
  });
  const fresh: readonly PlacedArea[] = [
    ...(moved ? [{ id: commune, kind: "commune" as const, within: [...outer, ...around] }] : []),
    ...add.map(({ id, kind }) => ({ id, kind, within: kind === "special" || kind === "test" ? [commune] : [] })),
  ];
  const named = [...kept.filter((old) => fresh.every(({ id }) => id !== old.id)), ...fresh];
  return withoutDropped(named, commune, drop);
}

/**
 * What lay in an area that is no more lies in what that lay in, and a part of the commune in the commune: a name that is only left in
 * `within` would keep its speaker a say there, and give nobody else one.
 */
function withoutDropped(areas: readonly PlacedArea[], commune: AreaId, drop: readonly AreaId[]): readonly PlacedArea[] {
  const byId = new Map(areas.map((area) => [area.id, area]));
  const around = ({ id, kind, within }: PlacedArea): readonly AreaId[] => {
    const found = new Set(within);
    // Grows while it is walked: what was dropped may lie in what was dropped too.
    for (const one of found) {
      if (drop.includes(one)) for (const outer of byId.get(one)?.within ?? []) found.add(outer);
    }
    const isPart = kind === "special" || kind === "test";
    if (isPart && within.some((one) => drop.includes(one))) found.add(commune);
    return [...found].filter((one) => one !== id && !drop.includes(one));
  };
  return areas.filter(({ id }) => !drop.includes(id)).map((area) => ({ ...area, within: around(area) }));
}

function zonesAfter(
  before: readonly PlacedZone[],
  { zones, gains, emergencyGains }: RelocationRequest,
): readonly PlacedZone[] {
  return (zones ?? before).map((zone) => {
    const known = before.find(({ id }) => id === zone.id) ?? { gainCentiDb: 0, emergencyGainCentiDb: 0 };
    const gain = gains.find(({ id }) => id === zone.id);
    const emergency = emergencyGains.find(({ id }) => id === zone.id);
    return { ...known, ...zone, ...gain, ...emergency };
  });
}
