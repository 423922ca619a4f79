import * as v from "valibot";
import type { BirthReport } from "../../domain/report.ts";
import { count, integer, label, list, name, u32, ulid, understood, upMembers, zoneId, zoneTag } from "./members.ts";

export const disk = v.object({ usedPercent: integer(0, 100), freeMb: count });

const members = {
  ...upMembers,
  type: v.literal("birth"),
  session: u32,
  boot: name,
  epoch: ulid,
  previousEpoch: v.optional(ulid),
  agent: label,
  node: label,
  os: label,
  hardware: label,
  profile: label,
  clockSource: label,
  zones: list(v.object({ id: zoneId, tags: list(zoneTag, 0, 16) }), 0, 16),
  codecs: list(name, 0, 32),
  sensors: list(name, 0, 32),
  rootVersion: count,
  policySequence: count,
  placementSequence: count,
  configVersion: count,
  refusedSettings: list(label, 0, 128),
  disk,
  evidence: v.object({ first: count, last: count, acknowledged: count }),
};

export const birthSchema: v.GenericSchema<unknown, BirthReport> = v.pipe(v.object(members), understood(members));
