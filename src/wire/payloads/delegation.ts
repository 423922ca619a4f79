import * as v from "valibot";
import { type Delegation, KEY_USES } from "../../domain/trust.ts";
import { broadcastClass, severity, severityFits } from "./broadcast.ts";
import {
  areaId,
  distinctList,
  downMembers,
  endsAfterItBegins,
  issuer,
  level,
  line,
  publicKey,
  understood,
} from "./members.ts";

export const holder = line(100);

const members = {
  ...downMembers,
  type: v.literal("delegation"),
  subject: v.object({ publicKey, holder, issuer, level }),
  areas: distinctList(areaId, 1, 256),
  classMax: broadcastClass,
  severityMax: severity,
  uses: distinctList(v.picklist(KEY_USES), 1, KEY_USES.length),
};

export const delegationSchema: v.GenericSchema<unknown, Delegation> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
  v.check(
    ({ classMax, severityMax }) => severityFits(classMax, severityMax),
    "severityMax must be 1 to 3 with classMax emergency, otherwise 0",
  ),
);
