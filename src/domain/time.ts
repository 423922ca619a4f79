/** Wall-clock seconds since 1970, UTC. Orders speak in these. */
export type UnixSeconds = number;
/** Wall-clock milliseconds since 1970, UTC. Reports speak in these. */
export type UnixMs = number;
/** Milliseconds of a clock that never steps. Play-out and deadlines run on these. */
export type MonotonicMs = number;
export type Milliseconds = number;

/**
 * How far the clock may be believed (PROTOCOL.md, "Clock"): the time service says so now; it did less than a week ago, or a signed
 * answer told; only instants are known that are surely over; nothing is known.
 */
export const CLOCK_STATES = ["sync", "hold", "floor", "none"] as const;
export type ClockState = (typeof CLOCK_STATES)[number];

export interface ClockReading {
  readonly state: ClockState;
  readonly nowMs: UnixMs;
  /** How far off it may be, where somebody can say. */
  readonly errorMs?: Milliseconds | undefined;
  /** It is too young to make anything final: what seems over is silent, and neither ended nor forgotten. */
  readonly unsettled?: boolean | undefined;
}

/** Whether expiry may be judged by it. */
export function isTrusted({ state }: Pick<ClockReading, "state">): boolean {
  return state === "sync" || state === "hold";
}

export function toUnixSeconds(ms: UnixMs): UnixSeconds {
  return Math.floor(ms / 1000);
}

/** Whether this Node's tables know it. What a placement names only looks like one: it may be a slip, or of a later year. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
