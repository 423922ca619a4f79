import * as v from "valibot";
import type { HeartbeatReport } from "../../domain/report.ts";
import { CLOCK_STATES } from "../../domain/time.ts";
import { disk } from "./birth.ts";
import {
  count,
  integer,
  itemKey,
  list,
  name,
  positive,
  u32,
  understood,
  unixMs,
  unixSeconds,
  upMembers,
  zoneId,
} from "./members.ts";

/** Of the clock a message or a record was written by. */
export const clockState = v.picklist(CLOCK_STATES);
/** Of what left for a device, and of gains in effect. */
export const centiDb = integer(-20_000, 2_000);

const zone = v.object({
  id: zoneId,
  state: v.picklist(["idle", "starting", "playing", "stopping", "faulted"]),
  item: v.optional(itemKey),
  levelCentiDb: v.optional(centiDb),
  underruns: count,
  lastProvenAt: v.optional(unixSeconds),
  halted: v.optional(v.boolean()),
});

const members = {
  ...upMembers,
  type: v.literal("heartbeat"),
  session: u32,
  counter: positive,
  atMs: unixMs,
  clock: v.object({ state: clockState, errorMs: v.optional(count) }),
  uptimeSeconds: count,
  zones: list(zone, 0, 16),
  queue: v.object({ emergency: count, priority: count, routine: count }),
  disk,
  temperatureCentiC: v.optional(integer(-10_000, 20_000)),
  loadCenti: count,
  memoryMb: count,
  network: v.object({ kind: name, signalDbm: v.optional(integer(-200, 100)) }),
  evidence: v.object({ last: count, acknowledged: count }),
  alarms: list(name, 0, 32),
  localStop: v.boolean(),
};

export const heartbeatSchema: v.GenericSchema<unknown, HeartbeatReport> = v.pipe(
  v.object(members),
  understood(members),
);
