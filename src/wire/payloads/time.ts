import * as v from "valibot";
import type { TimeQuery } from "../../domain/report.ts";
import type { TimeAnswer } from "../../domain/trust.ts";
import { downMembers, endsAfterItBegins, gatewayId, nonce, understood, unixMs, upMembers } from "./members.ts";

const answerMembers = { ...downMembers, type: v.literal("time"), gateway: gatewayId, nonce, nowMs: unixMs };

export const timeAnswerSchema: v.GenericSchema<unknown, TimeAnswer> = v.pipe(
  v.object(answerMembers),
  understood(answerMembers),
  endsAfterItBegins(),
);

const queryMembers = { ...upMembers, type: v.literal("time-query"), nonce };

export const timeQuerySchema: v.GenericSchema<unknown, TimeQuery> = v.pipe(
  v.object(queryMembers),
  understood(queryMembers),
);
