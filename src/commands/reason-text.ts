import type { ChoiceReason, PassedReason } from "../core/arbitrate.ts";
import type { WaitReason } from "../core/plan.ts";
import type { OverReason } from "../core/turn.ts";
import { catalogues, type TextKey } from "../texts/catalogue.ts";
import { say } from "../texts/say.ts";

/** Every reason that is ever written down. A new one of core without its sentence does not compile. */
type Reason = ChoiceReason | PassedReason | `waits-${WaitReason}` | `over-${OverReason}`;
type ReasonKey = `why.reason.${Reason}`;

const everySentence: Readonly<Record<ReasonKey, string>> = catalogues.en;

/** The sentence for a reason code. One of a newer agent is shown as it is. */
export function reasonText(reason: string): string {
  const key = `why.reason.${reason}`;
  return Object.hasOwn(everySentence, key) ? say(key as TextKey) : reason;
}

const SHORT_ID = 6;

/** The end of an id, which is drawn by chance: enough for `loa why`, few enough to type on a ladder. */
export function shortId(id: string): string {
  return id.slice(-SHORT_ID);
}
