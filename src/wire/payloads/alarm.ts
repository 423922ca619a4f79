import * as v from "valibot";
import { ALARM_CODES, type AlarmReport } from "../../domain/report.ts";
import { MAX_DETAIL } from "../detail.ts";
import { positive, prose, ulid, understood, unixMs, upMembers } from "./members.ts";

const members = {
  ...upMembers,
  type: v.literal("alarm"),
  epoch: ulid,
  n: positive,
  code: v.picklist(ALARM_CODES),
  state: v.picklist(["raised", "cleared"]),
  severity: v.picklist(["critical", "major", "minor"]),
  atMs: unixMs,
  count: positive,
  detail: prose(MAX_DETAIL),
};

export const alarmSchema: v.GenericSchema<unknown, AlarmReport> = v.pipe(v.object(members), understood(members));
