import type { AreaId, Broadcast, BroadcastOrder } from "../domain/broadcast.ts";
import type { AllowedHours, HoursOfDay } from "../domain/policy-document.ts";
import type { BroadcastClass } from "../domain/precedence.ts";
import type { Standing } from "../domain/standing.ts";
import { isTimeZone, type UnixMs } from "../domain/time.ts";
import type { Ground } from "./areas.ts";
import type { Policy } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";
import { targetsHere } from "./targets.ts";
import { occurrencesOf } from "./turn.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** Looks at the wall's clock again after each hour, so that a change of summer time on the way does not count twice. */
const STEP_MINUTES = 60;
const MOST_STEPS = 49;
/** All of Viet Nam's. */
const USUAL_TIME_ZONE = "Asia/Ho_Chi_Minh";

/**
 * The first instant from `fromMs` on at which an order may begin here, by the hours of the areas that it names; where several are
 * named the earliest counts. Emergencies may at any time.
 */
export function mayBeginAt(
  order: Pick<BroadcastOrder, "status" | "targets">,
  effectiveClass: BroadcastClass,
  fromMs: UnixMs,
  ground: Ground,
  rules: readonly AllowedHours[],
): UnixMs {
  if (effectiveClass === "emergency" || rules.length === 0) return fromMs;
  const areas = new Set(targetsHere(order, ground).map(({ area }) => area));
  if (areas.size === 0) return fromMs;
  const instants = [...areas].map((area) => nextAllowed(hoursOf(area, ground, rules), fromMs, ground.timeZone));
  return Math.min(...instants);
}

/** An order whose start windows all lie outside the hours could never begin: its issuer should know now. */
export function hoursObjection(
  order: Broadcast,
  standing: Standing,
  ground: Ground,
  { allowedHours }: Pick<Policy, "allowedHours">,
): Objection | undefined {
  if (standing.class === "emergency" || allowedHours.length === 0) return undefined;
  const mayBegin = occurrencesOf(order, standing).some(({ opensAtMs, startClosesAfterMs }) => {
    return mayBeginAt(order, standing.class, opensAtMs, ground, allowedHours) < startClosesAfterMs;
  });
  return mayBegin ? undefined : objection("hours", "its start windows lie outside the allowed hours");
}

/** Undefined where it is always allowed. */
function hoursOf(area: AreaId, ground: Ground, rules: readonly AllowedHours[]): readonly HoursOfDay[] | undefined {
  const kind = ground.kinds.get(area);
  const rule =
    rules.find((one) => one.area === area) ?? rules.find((one) => one.kind !== undefined && one.kind === kind);
  return rule?.hours;
}

function nextAllowed(hours: readonly HoursOfDay[] | undefined, fromMs: UnixMs, timeZone: string): UnixMs {
  if (hours === undefined) return fromMs;
  let atMs = fromMs;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const minute = minuteOfDay(atMs, timeZone);
    const waits = hours.map(({ from, until }) => {
      const opens = minutesOf(from);
      if (minute >= opens && minute < minutesOf(until)) return 0;
      return (opens - minute + DAY_MINUTES) % DAY_MINUTES;
    });
    const wait = Math.min(...waits);
    if (wait === 0) return atMs;
    atMs = (Math.floor(atMs / MINUTE_MS) + Math.min(wait, STEP_MINUTES)) * MINUTE_MS;
  }
  return atMs;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function minuteOfDay(atMs: UnixMs, timeZone: string): number {
  const parts = formatter(timeZone).formatToParts(atMs);
  const part = (type: "hour" | "minute") => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return part("hour") * 60 + part("minute");
}

/** Making one takes longer than using it a hundred times; there are as many as there are places of this gateway. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  // No plan may fail by a name that is none, or the whole gateway falls silent.
  const made = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: isTimeZone(timeZone) ? timeZone : USUAL_TIME_ZONE },
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  formatters.set(timeZone, made);
  return made;
}
