import * as v from "valibot";
import type { CheckpointReport } from "../../domain/report.ts";
import { count, hash, ulid, understood, upMembers } from "./members.ts";

const members = { ...upMembers, type: v.literal("checkpoint"), epoch: ulid, q: count, hash };

export const checkpointSchema: v.GenericSchema<unknown, CheckpointReport> = v.pipe(
  v.object(members),
  understood(members),
);
