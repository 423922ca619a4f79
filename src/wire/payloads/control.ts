import * as v from "valibot";
import { type ControlOrder, UNBUILT_CONTROL_OPS } from "../../domain/control.ts";
import { targets } from "./broadcast.ts";
import { downMembers, endsAfterItBegins, itemKey, understood, unixSeconds } from "./members.ts";

const directed = { ...downMembers, type: v.literal("control"), targets };

const haltMembers = { ...directed, op: v.literal("halt"), item: v.optional(itemKey), until: unixSeconds };
const resumeMembers = { ...directed, op: v.literal("resume"), item: v.optional(itemKey) };
const holdMembers = { ...directed, op: v.literal("hold"), item: itemKey };
/** Their own members are not read: they are refused by name. */
const unbuiltMembers = { ...directed, op: v.picklist(UNBUILT_CONTROL_OPS) };

export const controlSchema: v.GenericSchema<unknown, ControlOrder> = v.variant("op", [
  v.pipe(
    v.object(haltMembers),
    understood(haltMembers),
    endsAfterItBegins(),
    v.check(
      ({ notBefore, until, expiresAt }) => until >= notBefore && until <= expiresAt,
      "until must lie within notBefore and expiresAt",
    ),
  ),
  v.pipe(v.object(resumeMembers), understood(resumeMembers), endsAfterItBegins()),
  v.pipe(v.object(holdMembers), understood(holdMembers), endsAfterItBegins()),
  v.pipe(v.object(unbuiltMembers), understood(unbuiltMembers), endsAfterItBegins()),
]);
