import { authenticate } from "../core/chain.ts";
import { holdersInTime } from "../core/quorum.ts";
import type { DownMessage } from "../domain/broadcast.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { Sealed } from "../domain/trust.ts";
import type { Rules } from "./preview.ts";

/** Whose signatures a message has, and how many people it takes. */
export interface Signatures {
  readonly holders: readonly string[];
  readonly needed: number;
  /** A signature made later does not count. */
  readonly until: UnixSeconds;
}

export function signaturesOf(sealed: Sealed<DownMessage>, { root: { root }, policy: { quorum } }: Rules): Signatures {
  const { issuedAt } = sealed.payload;
  const authenticated = authenticate(sealed, root);
  const signatories = authenticated.kind === "authentic" ? authenticated.signatories : [];
  const holders = holdersInTime(issuedAt, signatories, quorum);
  return { holders, needed: quorum.holders, until: issuedAt + quorum.signedWithinSeconds };
}
