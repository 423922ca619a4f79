/** Wall-clock seconds since 1970, UTC. Orders speak in these. */
export type UnixSeconds = number;
/** Wall-clock milliseconds since 1970, UTC. Reports speak in these. */
export type UnixMs = number;
/** Milliseconds of a clock that never steps. Play-out and deadlines run on these. */
export type MonotonicMs = number;
export type Milliseconds = number;

/** How far the wall clock may be believed (PROTOCOL.md, "Clock"). Without `sync` nothing that depends on time is judged. */
export type ClockState = "none" | "sync";

export interface ClockReading {
  readonly state: ClockState;
  readonly nowMs: UnixMs;
}

export function toUnixSeconds(ms: UnixMs): UnixSeconds {
  return Math.floor(ms / 1000);
}
