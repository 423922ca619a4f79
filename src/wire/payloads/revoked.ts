import * as v from "valibot";
import type { Revoked } from "../../domain/trust.ts";
import { areaId, areDistinct, downMembers, endsAfterItBegins, kid, list, understood, unixSeconds } from "./members.ts";

const members = {
  ...downMembers,
  type: v.literal("revoked"),
  area: areaId,
  keys: list(v.object({ kid, from: unixSeconds, reason: v.picklist(["retired", "compromised"]) }), 0, 256),
};

export const revokedSchema: v.GenericSchema<unknown, Revoked> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
  v.check(({ keys }) => areDistinct(keys.map((key) => key.kid)), "a key twice"),
);
