import * as v from "valibot";
import { AREA_KINDS } from "../../domain/broadcast.ts";
import type { PolicyDocument } from "../../domain/policy-document.ts";
import {
  areaId,
  areDistinct,
  count,
  downMembers,
  endsAfterItBegins,
  integer,
  level,
  list,
  understood,
} from "./members.ts";

const amount = v.optional(count);
const gate = v.optional(v.picklist(["auto", "manual"]));
const areaKind = v.picklist(AREA_KINDS);

const timeOfDay = v.pipe(v.string(), v.regex(/^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/));
const hours = list(
  v.pipe(
    v.object({ from: timeOfDay, until: timeOfDay }),
    v.check(({ from, until }) => from < until, "until must be later than from"),
  ),
  1,
  8,
);
const absent = v.optional(v.never());

const members = {
  ...downMembers,
  type: v.literal("policy"),
  issuer: v.literal("root"),
  level: v.literal("root"),
  levels: v.pipe(
    list(v.object({ code: level, rank: integer(0, 99) }), 1, 16),
    v.check((levels) => areDistinct(levels.map(({ code }) => code)), "a level twice"),
    v.check((levels) => levels.every(({ code }) => code !== "root"), "root is no level"),
  ),
  lifeSeconds: v.optional(v.object({ emergency: amount, priority: amount, routine: amount, recurring: amount })),
  repeats: v.optional(v.object({ emergency: amount, priority: amount, routine: amount })),
  emergencyPlayMs: amount,
  activeItems: amount,
  rememberedReferences: amount,
  controlLifeSeconds: amount,
  activeControls: amount,
  holdSeconds: amount,
  quorum: v.optional(
    v.object({
      holders: amount,
      signedWithinSeconds: amount,
      aloneInKind: v.optional(areaKind),
      ownLevel: v.optional(level),
    }),
  ),
  allowedHours: v.optional(
    list(
      v.union([v.object({ area: areaId, kind: absent, hours }), v.object({ kind: areaKind, area: absent, hours })]),
      1,
      64,
    ),
  ),
  gates: v.optional(v.object({ priority: gate, routine: gate })),
  clock: v.optional(
    v.object({ holdSeconds: amount, untimedEmergencyLifeSeconds: amount, beaconToleranceSeconds: amount }),
  ),
};

export const policySchema: v.GenericSchema<unknown, PolicyDocument> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
);
