import type { ZoneId } from "../domain/broadcast.ts";
import { type Claim, type PlayoutCommand, sameClaim } from "../domain/playout.ts";

export interface ZoneAssignment {
  readonly zoneId: ZoneId;
  /** Undefined: silence. */
  readonly claim: Claim | undefined;
}

/** The least work that turns what the zones do now into what they should do. Zones that nobody speaks of are left alone. */
export function reconcile(
  wanted: readonly ZoneAssignment[],
  actual: ReadonlyMap<ZoneId, Claim>,
): readonly PlayoutCommand[] {
  return wanted.flatMap(({ zoneId, claim }): PlayoutCommand[] => {
    const playing = actual.get(zoneId);
    if (sameClaim(playing, claim)) return [];
    if (claim === undefined) return [{ kind: "stop", zoneId }];
    if (playing === undefined) return [{ kind: "start", zoneId, claim }];
    return [{ kind: "replace", zoneId, claim, preempted: playing }];
  });
}
