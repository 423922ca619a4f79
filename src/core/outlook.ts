import { type ItemKey, itemKeyText, type ZoneId } from "../domain/broadcast.ts";
import type { OutlookEntry, ZoneOutlook } from "../domain/story.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";
import { type Decision, type PassedReason, whySilent } from "./arbitrate.ts";
import { pastsOf } from "./past.ts";
import type { ActiveItem, Candidate, Plan } from "./plan.ts";
import { comparePrecedence } from "./precedence.ts";
import { occurrencesOf, turnOf } from "./turn.ts";

const SHOWN_A_ZONE = 20;

/** Whether what was passed over for this reason comes next when the zone is free. */
const HAS_A_TURN: Readonly<Record<PassedReason, boolean>> = {
  behind: true,
  "waits-for-end": true,
  cut: true,
  "gap-held": false,
  "zone-out": false,
  halted: false,
};

export interface Outlook {
  readonly zones: readonly ZoneOutlook[];
  readonly everywhere: readonly OutlookEntry[];
}

/**
 * Who speaks next in each zone, and when, if nothing new comes: what arbitration would do by and by. An estimate for people, nothing
 * is decided by it.
 */
export function outlook(
  items: readonly ActiveItem[],
  planned: Pick<Plan, "waiting">,
  decisions: readonly Decision[],
  nowMs: UnixMs,
): Outlook {
  const byKey = new Map(items.map((item) => [itemKeyText(item.order), item]));
  const entry = (key: ItemKey, rest: Pick<OutlookEntry, "reason" | "atMs" | "onAir">): OutlookEntry[] => {
    const item = byKey.get(itemKeyText(key));
    if (item === undefined) return [];
    const { issuer, id, title, status } = item.order;
    return [{ issuer, id, title, status, class: item.standing.class, ...rest }];
  };

  const zones = decisions.map((decision): ZoneOutlook => {
    const { zoneId } = decision;
    let freeAtMs: UnixMs | undefined = nowMs;
    const speaking = inTurn(decision).flatMap((candidate) => {
      const { chosen, reason } = decision;
      const onAir = candidate.onAirUntilMs !== undefined && candidate === chosen;
      const passed = candidate === chosen ? undefined : whySilent(candidate, decision);
      const comes = passed === undefined || HAS_A_TURN[passed];
      const beginsAtMs = comes ? freeAtMs : undefined;
      if (comes) freeAtMs = endsAtMs(candidate, beginsAtMs, byKey);
      return entry(candidate.item, {
        reason: passed ?? reason,
        onAir,
        atMs: onAir ? candidate.onAirUntilMs : beginsAtMs,
      });
    });
    const waiting = planned.waiting
      .filter((one) => one.zoneId === zoneId)
      .flatMap(({ item, reason }) =>
        entry(item, {
          reason: `waits-${reason}`,
          onAir: false,
          atMs: untilMs(byKey.get(itemKeyText(item)), zoneId, nowMs),
        }),
      )
      .toSorted((a, b) => (a.atMs ?? Number.POSITIVE_INFINITY) - (b.atMs ?? Number.POSITIVE_INFINITY));
    const entries = [...speaking, ...waiting];
    return { zoneId, entries: entries.slice(0, SHOWN_A_ZONE), more: Math.max(0, entries.length - SHOWN_A_ZONE) };
  });

  const everywhere = planned.waiting
    .filter(({ zoneId }) => zoneId === undefined)
    .flatMap(({ item, reason }) => entry(item, { reason: `waits-${reason}`, onAir: false, atMs: undefined }));
  return { zones, everywhere: everywhere.slice(0, SHOWN_A_ZONE) };
}

function inTurn({ candidates, chosen }: Decision): readonly Candidate[] {
  const others = candidates.filter((candidate) => candidate !== chosen);
  const behind = others.toSorted((a, b) => comparePrecedence(a.key, b.key));
  return chosen === undefined ? behind : [chosen, ...behind];
}

function endsAtMs(
  { item, offsetMs, onAirUntilMs }: Candidate,
  beginsAtMs: UnixMs | undefined,
  items: ReadonlyMap<string, ActiveItem>,
): UnixMs | undefined {
  if (onAirUntilMs !== undefined) return onAirUntilMs;
  const durationMs: Milliseconds = items.get(itemKeyText(item))?.order.audio.durationMs ?? 0;
  return beginsAtMs === undefined ? undefined : beginsAtMs + durationMs - offsetMs;
}

/** The end of an early wait or of a gap between two repeats; undefined for what waits for no instant. */
function untilMs(item: ActiveItem | undefined, zoneId: ZoneId, nowMs: UnixMs): UnixMs | undefined {
  if (item === undefined) return undefined;
  const instants = occurrencesOf(item.order, item.standing).flatMap((occurrence) => {
    const turn = turnOf(item.order, occurrence, pastsOf(item.plays, occurrence.due).get(zoneId), nowMs);
    return turn.kind === "early" || turn.kind === "gap" ? [turn.untilMs] : [];
  });
  return instants.length === 0 ? undefined : Math.min(...instants);
}
