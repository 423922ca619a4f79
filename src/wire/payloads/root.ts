import * as v from "valibot";
import type { Root } from "../../domain/trust.ts";
import { holder } from "./delegation.ts";
import { areDistinct, downMembers, endsAfterItBegins, integer, list, publicKey, understood } from "./members.ts";

/** As many as an envelope has room for signatures. */
const threshold = integer(1, 4);

const members = {
  ...downMembers,
  type: v.literal("root"),
  issuer: v.literal("root"),
  level: v.literal("root"),
  rootVersion: integer(1, 999_999_999),
  keys: list(v.object({ publicKey, holder }), 1, 16),
  thresholds: v.object({ root: threshold, delegation: threshold, policy: threshold }),
};

export const rootSchema: v.GenericSchema<unknown, Root> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
  v.check(({ keys }) => areDistinct(keys.map((key) => key.publicKey)), "a key twice"),
  v.check(({ keys, thresholds }) => {
    const holders = new Set(keys.map((key) => key.holder)).size;
    return Math.max(thresholds.root, thresholds.delegation, thresholds.policy) <= holders;
  }, "a threshold above the number of holders"),
);
