import type { DownMessage } from "../domain/broadcast.ts";
import type { Chance } from "../domain/ports.ts";
import { toUnixSeconds, type UnixMs } from "../domain/time.ts";

/** The instant at which the desk writes something down, and the chance it draws ids from. */
export interface Moment {
  readonly nowMs: UnixMs;
  readonly chance: Chance;
}

export interface Validity {
  readonly issuer: string;
  readonly level: string;
  readonly sequence: number;
  readonly seconds: number;
}

export const DAY_SECONDS = 86_400;

/** A gateway's clock may be so far behind. What hangs on a key that is not valid yet by it is refused, and never asked about again. */
const ANTEDATED_SECONDS = 60;

/** What people and services are trusted by, and what they say of themselves: good from a little before `moment` on. */
export function documentMembers(moment: Moment, validity: Validity): Omit<DownMessage, "type"> {
  const members = commonMembers(moment, validity);
  return { ...members, notBefore: members.notBefore - ANTEDATED_SECONDS };
}

/** The members every down message has in common: issued and valid from `moment`. As they stand for orders, which are due then. */
export function commonMembers(moment: Moment, validity: Validity): Omit<DownMessage, "type"> {
  const now = toUnixSeconds(moment.nowMs);
  const { seconds, ...named } = validity;
  return {
    version: 1,
    id: moment.chance.ulid(moment.nowMs),
    ...named,
    issuedAt: now,
    notBefore: now,
    expiresAt: now + seconds,
  };
}
