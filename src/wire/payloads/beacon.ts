import * as v from "valibot";
import type { Beacon } from "../../domain/trust.ts";
import { areaId, count, downMembers, endsAfterItBegins, hash, positive, understood, unixSeconds } from "./members.ts";

const members = {
  ...downMembers,
  type: v.literal("beacon"),
  area: areaId,
  n: positive,
  now: unixSeconds,
  indexHash: v.optional(hash),
  revokedHash: v.optional(hash),
  policySequence: count,
  rootVersion: positive,
};

export const beaconSchema: v.GenericSchema<unknown, Beacon> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
);
