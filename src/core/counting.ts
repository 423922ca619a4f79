import type { UnixSeconds } from "../domain/time.ts";
import type { DownPayload } from "../domain/trust.ts";
import { groundOf } from "./areas.ts";
import { keyValidities, type Signatory } from "./chain.ts";
import type { Objection } from "./refusal.ts";
import { revocationObjection } from "./revocation.ts";
import type { TrustContext } from "./trust-context.ts";
import { expiryObjection } from "./validity.ts";

interface Counted {
  /** By whom the message is judged. */
  readonly counting: readonly Signatory[];
  /** Why none of them is believed. */
  readonly taken?: Objection | undefined;
  /** When the next of the others will count, because its key becomes valid. */
  readonly moreFrom?: UnixSeconds | undefined;
}

/**
 * Whose signatures count. Beside one that does, one of a key that is revoked, over or not valid yet is as if it were not there: it
 * adds nothing, and spoils nothing either, or whoever stole a key could undo what others sign by signing it too. Where none counts,
 * all are judged, so that what is wrong is told.
 */
export function countingOf(
  payload: Exclude<DownPayload, { type: "root" | "policy" }>,
  signatories: readonly Signatory[],
  context: TrustContext,
): Counted {
  const { revoked, policy, placement } = context;
  // Most messages have one signature, and no key is revoked: nothing is done twice for them.
  const revocations = revoked.length > 0 ? { revoked, policy, ground: groundOf(placement) } : undefined;
  const objections = signatories.map(({ keys }) => revocations && revocationObjection(keys, revocations));
  const believed = signatories.filter((_, index) => objections[index] === undefined);
  if (believed.length === 0) return { counting: signatories, taken: objections[0] };
  // A document replaces the one before it: it has to stand on all that it shows.
  const standsOnAll = payload.type !== "broadcast" && payload.type !== "control";
  if (standsOnAll || believed.length === 1) return { counting: believed };

  const untimely = believed.map((one) =>
    expiryObjection(payload, keyValidities([one], context.root.root), context.clock),
  );
  const counting = believed.filter((_, index) => untimely[index] === undefined);
  if (counting.length === 0) return { counting: believed };
  const beginnings = untimely.flatMap((found) => found?.passesAt ?? []);
  return { counting, moreFrom: beginnings.length > 0 ? Math.min(...beginnings) : undefined };
}
