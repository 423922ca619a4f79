import type { AreaId, BroadcastOrder, DownMessage } from "../domain/broadcast.ts";
import type { KeyUse } from "../domain/trust.ts";
import { covers, type Ground } from "./areas.ts";
import { chainObjection, type Signatory } from "./chain.ts";
import type { Policy } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";
import { useObjection } from "./scope.ts";
import { targetsHere } from "./targets.ts";

/** Chain within its limits, issuer, level and use: what every signer of every message has to meet. */
export function signersObjection(
  message: DownMessage,
  use: KeyUse,
  signatories: readonly Signatory[],
  policy: Policy,
  ground: Ground | undefined,
): Objection | undefined {
  return firstObjection(
    signatories,
    (signatory) => chainObjection(signatory, policy, ground) ?? useObjection(message, signatory.leaf, use),
  );
}

/** An area counts as a signer's own only if every link down to it covers it. */
export function areaObjection({ links }: Signatory, area: AreaId, ground: Ground): Objection | undefined {
  const lacking = links.find((link) => !covers(ground, link.areas, area));
  return lacking && objection("scope-area", `${lacking.subject.issuer} has no say in ${area}`);
}

/** All signers must be entitled: a second signature may add weight, never lend a right. */
export function firstObjection(
  signatories: readonly Signatory[],
  judge: (signatory: Signatory) => Objection | undefined,
): Objection | undefined {
  for (const signatory of signatories) {
    const found = judge(signatory);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether it names a zone here, and every signer has a say wherever it does. */
export function targetObjection(
  order: Pick<BroadcastOrder, "status" | "targets">,
  signatories: readonly Signatory[],
  ground: Ground,
): Objection | undefined {
  const here = targetsHere(order, ground);
  for (const { area } of here) {
    const found = firstObjection(signatories, (signatory) => areaObjection(signatory, area, ground));
    if (found !== undefined) return found;
  }
  return here.length > 0 ? undefined : objection("not-targeted", "no target names a zone of this gateway");
}
