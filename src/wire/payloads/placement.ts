import * as v from "valibot";
import { AREA_KINDS } from "../../domain/broadcast.ts";
import type { Placement } from "../../domain/trust.ts";
import {
  areaId,
  areDistinct,
  distinctList,
  downMembers,
  endsAfterItBegins,
  gatewayId,
  integer,
  list,
  timeZone,
  understood,
  zoneId,
  zoneTag,
} from "./members.ts";

const zoneGain = integer(-6_000, 0);

/** Without TLS only where nobody is between: tests, or a bridge on the box itself. */
const broker = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(
    /^(?:mqtts:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])|mqtt:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?$/,
  ),
);

const members = {
  ...downMembers,
  type: v.literal("placement"),
  gateway: gatewayId,
  areas: list(
    v.object({
      id: areaId,
      kind: v.picklist(AREA_KINDS),
      within: distinctList(areaId, 0, 16),
    }),
    1,
    64,
  ),
  commune: areaId,
  zones: list(
    v.object({
      id: zoneId,
      tags: distinctList(zoneTag, 0, 16),
      gainCentiDb: zoneGain,
      emergencyGainCentiDb: zoneGain,
    }),
    1,
    16,
  ),
  brokers: distinctList(broker, 1, 8),
  timeZone,
};

export const placementSchema: v.GenericSchema<unknown, Placement> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
  v.check(({ areas }) => areDistinct(areas.map((area) => area.id)), "an area twice"),
  v.check(({ zones }) => areDistinct(zones.map((zone) => zone.id)), "a zone twice"),
  v.check(
    ({ areas, commune }) => areas.some((area) => area.id === commune && area.kind === "commune"),
    "commune must be one of areas, of kind commune",
  ),
);
