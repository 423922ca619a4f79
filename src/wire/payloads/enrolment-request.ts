import * as v from "valibot";
import type { EnrolmentRequest } from "../../domain/enrolment.ts";
import { HARDWARE_SERIAL } from "../patterns.ts";
import { publicKey, text, unixSeconds } from "./members.ts";

const PEM_OF_A_REQUEST =
  /^-----BEGIN CERTIFICATE REQUEST-----\n[A-Za-z0-9+/=\n]{1,4000}-----END CERTIFICATE REQUEST-----\n$/;

export const enrolmentRequestSchema: v.GenericSchema<unknown, EnrolmentRequest> = v.strictObject({
  version: v.literal(1),
  type: v.literal("enrolment-request"),
  issuedAt: unixSeconds,
  serial: text(HARDWARE_SERIAL),
  publicKey,
  certificateRequest: text(PEM_OF_A_REQUEST),
});
