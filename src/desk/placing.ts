import type { AreaId, AreaKind, GatewayId } from "../domain/broadcast.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { PlacedArea, PlacedZone, Placement } from "../domain/trust.ts";
import { seal } from "../wire/envelope.ts";
import { type Authority, loadAuthority } from "./authority.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import type { DeskSettings } from "./folder.ts";
import { documentMembers, type Moment } from "./moment.ts";
import { OPERATIONS } from "./names.ts";

/** Where a new gateway is to stand. */
export interface Site {
  readonly gateway: GatewayId;
  readonly serial: string;
  readonly commune: AreaId;
  /** Areas besides the commune and the desk's territory. */
  readonly areas: readonly { readonly id: AreaId; readonly kind: AreaKind }[];
  readonly zones: readonly { readonly id: string; readonly tags: readonly string[] }[];
}

/** A first placement, and who stands behind it. */
export interface SignedPlacement {
  readonly placement: Placement;
  readonly envelope: Uint8Array;
  readonly holder: string;
}

/**
 * Signed with the passphrase of whoever places gateways.
 * @throws AgentFailure `desk-invalid` also when a gateway of that id is in the register
 */
export async function placeNew(desk: Desk, site: Site, moment: Moment): Promise<SignedPlacement> {
  if (desk.database.register.find(site.gateway) !== undefined) {
    throw deskFailure("desk.gateway.exists", { gateway: site.gateway });
  }
  const operations = await loadAuthority(desk, OPERATIONS, "placement");
  const sequence = desk.database.sequences.next("placement", moment.nowMs);
  const placement = placementFor(site, desk.settings, operations, sequence, moment);
  const envelope = seal(placement, [operations.signer], placement.issuedAt, operations.chain);
  return { placement, envelope, holder: operations.delegation.subject.holder };
}

function placementFor(
  site: Site,
  settings: DeskSettings,
  { delegation }: Authority,
  sequence: number,
  moment: Moment,
): Placement {
  const { issuer, level } = delegation.subject;
  const seconds = delegation.expiresAt - toUnixSeconds(moment.nowMs);
  const zones: PlacedZone[] = site.zones.map((zone) => ({ ...zone, gainCentiDb: 0, emergencyGainCentiDb: 0 }));
  return {
    ...documentMembers(moment, { issuer, level, sequence, seconds }),
    type: "placement",
    gateway: site.gateway,
    areas: placedAreas(site, settings),
    commune: site.commune,
    zones,
    brokers: [settings.broker],
    timeZone: settings.timeZone,
  };
}

function placedAreas({ commune, areas }: Site, { territory }: DeskSettings): PlacedArea[] {
  // A commune's own desk answers for that commune and nothing around it.
  const ownGround: PlacedArea[] =
    commune === territory.id
      ? [{ id: commune, kind: "commune", within: [] }]
      : [
          { ...territory, within: [] },
          { id: commune, kind: "commune", within: [territory.id] },
        ];
  const placed: PlacedArea[] = [
    ...ownGround,
    ...areas.map(({ id, kind }) => ({ id, kind, within: containersOf(kind, commune, territory.id) })),
  ];
  const twice = placed.find((area, index) => placed.findIndex((other) => other.id === area.id) !== index);
  if (twice !== undefined) throw deskFailure("desk.gateway.areaTwice", { area: twice.id }, "usage");
  return placed;
}

function containersOf(kind: AreaKind, commune: AreaId, territory: AreaId): readonly AreaId[] {
  switch (kind) {
    case "special":
    case "test":
      return [commune];
    case "commune":
      return [territory];
    case "province":
    case "nation":
      return [];
    default:
      return kind satisfies never;
  }
}
