import type { AreaId } from "./broadcast.ts";
import type { BroadcastClass, Severity } from "./precedence.ts";
import type { UnixSeconds } from "./time.ts";

/** From `notBefore` up to and including `expiresAt`. */
export interface Validity {
  readonly notBefore: UnixSeconds;
  readonly expiresAt: UnixSeconds;
}

/** A key that a message hangs on, and what it signed to that end: the message itself, or a delegation on the way down to it. */
export interface KeyMark {
  readonly kid: string;
  /** Whose key it is. */
  readonly issuer: string;
  readonly level: string;
  readonly signedAt: UnixSeconds;
  /** Of what it signed. */
  readonly issuedAt: UnixSeconds;
}

/** Somebody who signed, and every key that the signature hangs on: one that is revoked takes it back. */
export interface Signer {
  readonly kid: string;
  readonly holder: string;
  readonly signedAt: UnixSeconds;
  readonly keys: readonly KeyMark[];
}

/**
 * What verifying found out about an accepted broadcast, beyond its own words. Kept beside it: whoever plans it later sees neither
 * signatures nor chain.
 */
export interface Standing {
  readonly signers: readonly Signer[];
  readonly authorityRank: number;
  /** As arbitrated, not as written: an exercise is `priority`, a severity that lacks its second holder is one lower. */
  readonly class: BroadcastClass;
  readonly severity: Severity;
  /**
   * When it may sound. Its own `notBefore`..`expiresAt`; if it came while the clock was not to be believed, only as far as its
   * keys are valid too, because nobody could judge them.
   */
  readonly window: Validity;
  /** The areas of every link above every signer. A target counts only where each of these lists covers it. */
  readonly grants: readonly (readonly AreaId[])[];
}

/**
 * What the signers of an update, a cancel or a control may decide about the orders of others. Kept as data: what it speaks of may
 * come later, and is judged then.
 */
export interface Mandate {
  readonly issuer: string;
  readonly level: string;
  readonly authorityRank: number;
  readonly signers: readonly (Pick<Signer, "holder" | "keys"> & { readonly isInTime: boolean })[];
  /** Who of them signed in time: the holders that count for a quorum. */
  readonly holders: readonly string[];
  /** The areas of every link above every signer. */
  readonly grants: readonly (readonly AreaId[])[];
  /** The most urgent that each signer may speak of. */
  readonly limits: readonly { readonly classMax: BroadcastClass; readonly severityMax: Severity }[];
}
