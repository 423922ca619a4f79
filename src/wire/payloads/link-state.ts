import * as v from "valibot";
import type { StateReport } from "../../domain/report.ts";
import { u32, understood, unixMs, upMembers } from "./members.ts";

const members = {
  ...upMembers,
  type: v.literal("state"),
  session: u32,
  state: v.picklist(["init", "ready", "alert", "disconnected", "lost"]),
  atMs: unixMs,
};

export const stateSchema: v.GenericSchema<unknown, StateReport> = v.pipe(v.object(members), understood(members));
