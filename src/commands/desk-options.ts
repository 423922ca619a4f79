import type { Command } from "commander";
import { SystemChance } from "../adapters/chance.ts";
import { type Desk, openDesk } from "../desk/desk.ts";
import { deskFailure } from "../desk/failure.ts";
import { DAY_SECONDS, type Moment } from "../desk/moment.ts";
import type { BroadcastClass, Severity } from "../domain/precedence.ts";
import { toUnixSeconds, type UnixMs, type UnixSeconds } from "../domain/time.ts";
import { localTime } from "./moments.ts";
import { passphrasesFor } from "./passphrases.ts";

export function deskPath(command: Command): string {
  return command.optsWithGlobals<{ readonly desk: string }>().desk;
}

export function thisMoment(): Moment {
  return { nowMs: Date.now(), chance: new SystemChance() };
}

/** Opens the desk for one command and closes it whatever happens. */
export async function withDesk(command: Command, work: (desk: Desk) => Promise<void> | void): Promise<void> {
  const desk = openDesk(deskPath(command), Date.now(), passphrasesFor(command));
  try {
    await work(desk);
  } finally {
    desk.close();
  }
}

/** `a,b` → ["a", "b"], each checked; nothing twice. */
export function listOf<Item>(check: (text: string) => Item): (text: string) => readonly Item[] {
  return (text) => [...new Set(text.split(",").map((part) => check(part.trim())))];
}

export function oneOf<Choice extends string>(option: string, choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw deskFailure("desk.option.choice", { text, option, choices: choices.join(", ") }, "usage");
  };
}

export function wholeNumber(option: string, minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw deskFailure("desk.option.number", { text, option, minimum, maximum }, "usage");
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `90m`, `2h`, `7d` → seconds. */
export function durationSeconds(text: string): number {
  const [, amount = "", unit = ""] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNIT_SECONDS[unit] ?? 0);
  if (seconds > 0) return seconds;
  throw deskFailure("desk.option.duration", { text }, "usage");
}

/** Emergencies have a severity, nothing else has; leaving it out of an emergency would be a guess about lives. */
export function severityFor(broadcastClass: BroadcastClass, given: number | undefined): Severity {
  const severity = SEVERITIES.find((candidate) => candidate === (given ?? 0));
  if (severity !== undefined && (broadcastClass === "emergency") === severity > 0) return severity;
  throw deskFailure("desk.option.severity", { class: broadcastClass, severity: given ?? "-" }, "usage");
}

const SEVERITIES: readonly Severity[] = [0, 1, 2, 3];

/**
 * What a clock of that place shows: `17:00`, the next time that it does, or `2026-11-28T05:30`. A time that its clocks skip, or that
 * is over, is none.
 */
export function instantOf(text: string, timeZone: string, nowMs: UnixMs): UnixSeconds {
  const now = toUnixSeconds(nowMs);
  const days = TIME_OF_DAY.test(text) ? [now, now + DAY_SECONDS] : [];
  const written =
    days.length === 0
      ? [text.replace("T", " ")]
      : days.map((day) => `${localTime(day, timeZone).slice(0, 10)} ${text}`);
  for (const local of written) {
    const at = atLocalTime(local, timeZone);
    if (at !== undefined && at > now) return at;
  }
  throw deskFailure("desk.option.time", { text, timeZone }, "usage");
}

const TIME_OF_DAY = /^[0-9]{2}:[0-9]{2}$/;

/** The offset is that of the place at that very time, which is known only once the time is: the second look has it right. */
function atLocalTime(local: string, timeZone: string): UnixSeconds | undefined {
  const wanted = asIfUtc(local);
  if (!LOCAL_TIME.test(local) || Number.isNaN(wanted)) return undefined;
  let at = wanted;
  for (let look = 0; look < 2; look += 1) at += wanted - asIfUtc(localTime(at, timeZone));
  return localTime(at, timeZone) === local ? at : undefined;
}

const LOCAL_TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$/;

function asIfUtc(local: string): UnixSeconds {
  return toUnixSeconds(Date.parse(`${local.replace(" ", "T")}Z`));
}
