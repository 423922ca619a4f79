import * as v from "valibot";
import type { EvidenceAck } from "../../domain/trust.ts";
import { downMembers, endsAfterItBegins, gatewayId, hash, positive, ulid, understood } from "./members.ts";

const members = {
  ...downMembers,
  type: v.literal("evidence-ack"),
  gateway: gatewayId,
  epoch: ulid,
  to: positive,
  headHash: hash,
};

export const evidenceAckSchema: v.GenericSchema<unknown, EvidenceAck> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
);
