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

/** The members every down message has in common: issued and valid from `moment`. */
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
