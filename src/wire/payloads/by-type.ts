import type * as v from "valibot";
import type { UpPayload } from "../../domain/report.ts";
import type { DownPayload } from "../../domain/trust.ts";
import { alarmSchema } from "./alarm.ts";
import { beaconSchema } from "./beacon.ts";
import { birthSchema } from "./birth.ts";
import { broadcastSchema } from "./broadcast.ts";
import { checkpointSchema } from "./checkpoint.ts";
import { controlSchema } from "./control.ts";
import { evidenceSchema } from "./evidence.ts";
import { evidenceAckSchema } from "./evidence-ack.ts";
import { heartbeatSchema } from "./heartbeat.ts";
import { indexSchema } from "./index-of-items.ts";
import { stateSchema } from "./link-state.ts";
import { placementSchema } from "./placement.ts";
import { policySchema } from "./policy.ts";
import { receiptSchema } from "./receipt.ts";
import { revokedSchema } from "./revoked.ts";
import { rootSchema } from "./root.ts";
import { timeAnswerSchema, timeQuerySchema } from "./time.ts";

/** The payload types that may stand in one place, by `type`. */
export type SchemasByType<Payload> = ReadonlyMap<string, v.GenericSchema<unknown, Payload>>;

export const downSchemas: SchemasByType<DownPayload> = new Map<string, v.GenericSchema<unknown, DownPayload>>([
  ["broadcast", broadcastSchema],
  ["control", controlSchema],
  ["root", rootSchema],
  ["policy", policySchema],
  ["revoked", revokedSchema],
  ["beacon", beaconSchema],
  ["index", indexSchema],
  ["placement", placementSchema],
  ["evidence-ack", evidenceAckSchema],
  ["time", timeAnswerSchema],
]);

export const upSchemas: SchemasByType<UpPayload> = new Map<string, v.GenericSchema<unknown, UpPayload>>([
  ["state", stateSchema],
  ["birth", birthSchema],
  ["heartbeat", heartbeatSchema],
  ["receipt", receiptSchema],
  ["evidence", evidenceSchema],
  ["checkpoint", checkpointSchema],
  ["alarm", alarmSchema],
  ["time-query", timeQuerySchema],
]);
