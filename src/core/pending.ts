import type { BroadcastClass } from "../domain/precedence.ts";
import { PASSING_REASONS, type PassingReason, type RefusalCode } from "../domain/trust.ts";
import type { Refused } from "./refusal.ts";
import type { Verdict } from "./verify.ts";

export const MOST_PENDING = 256;
export const MOST_PENDING_BYTES = 4 * 1_048_576;

export function mayPass(code: RefusalCode): code is PassingReason {
  return PASSING_REASONS.some((reason) => reason === code);
}

/**
 * Whether signatures that came later are worth keeping with those that wait. Those that bring nobody new are not: an envelope has room
 * for four, and who fills it with his own would keep the missing one out.
 */
export function addsTo(kept: Verdict, together: Refused): boolean {
  if (kept.kind !== "refused" || kept.code !== "quorum" || together.code !== "quorum") return true;
  return (together.holders ?? 0) > (kept.holders ?? 0) || together.passesAt !== kept.passesAt;
}

interface Kept {
  readonly class: BroadcastClass;
  readonly bytes: number;
}

/** What has to go so that the rest fits: the oldest first, emergencies last. `kept` in the order in which they came. */
export function overflowOf<Message extends Kept>(kept: readonly Message[]): readonly Message[] {
  let count = kept.length;
  let bytes = kept.reduce((sum, message) => sum + message.bytes, 0);
  const inOrder = [
    ...kept.filter((message) => message.class !== "emergency"),
    ...kept.filter((message) => message.class === "emergency"),
  ];
  return inOrder.filter((message) => {
    if (count <= MOST_PENDING && bytes <= MOST_PENDING_BYTES) return false;
    count -= 1;
    bytes -= message.bytes;
    return true;
  });
}
