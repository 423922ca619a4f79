/** What a virtual card wrote beside its recording. Frame indexes count from the beginning of the recording. */
export interface CardEvent {
  readonly event: CardEventKind;
  /** CLOCK_REALTIME, with microseconds. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly frame: number;
  readonly pid: number;
  readonly rateHz: number;
  readonly channels: number;
  readonly bufferFrames: number;
  readonly periodFrames: number;
}

/** `lost`: the card went away while playing. `killed`: the client died without closing; read from what it left behind. */
export type CardEventKind = "open" | "start" | "stall" | "unstall" | "underrun" | "lost" | "stop" | "close" | "killed";

/** The wall-clock instant at which a frame was heard, or undefined when it never was. */
export type FrameClock = (frame: number) => number | undefined;

export function parseCardLog(text: string): CardEvent[] {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line): CardEvent => JSON.parse(line));
}

export function frameClock(events: readonly CardEvent[]): FrameClock {
  const anchors = events.filter(({ event }) => event === "start" || event === "unstall");
  return (frame) => {
    const anchor = anchors.findLast((candidate) => candidate.frame <= frame);
    return anchor && anchor.atMs + ((frame - anchor.frame) * 1000) / anchor.rateHz;
  };
}

/** Adds a `killed` event, at the last frame it got out, for every client that went without closing the card. */
export function withKills(
  events: readonly CardEvent[],
  recordedFrames: number,
  isAlive: (pid: number) => boolean,
): CardEvent[] {
  const complete: CardEvent[] = [];
  for (const event of events) {
    const last = complete.at(-1);
    // The lock admits one client at a time: another one's line proves that the former is gone.
    if (last !== undefined && last.event !== "close" && last.pid !== event.pid)
      complete.push(killed(complete, event.frame));
    complete.push(event);
  }
  const last = complete.at(-1);
  if (last !== undefined && last.event !== "close" && !isAlive(last.pid))
    complete.push(killed(complete, recordedFrames));
  return complete;
}

const playing: readonly CardEventKind[] = ["start", "unstall"];

function killed(before: readonly CardEvent[], frame: number): CardEvent {
  const last = before.at(-1);
  if (last === undefined) throw new Error("nobody to kill: the log is empty");
  const heardMs = playing.includes(last.event) ? ((frame - last.frame) * 1000) / last.rateHz : 0;
  return { ...last, event: "killed", frame, atMs: last.atMs + heardMs, monotonicMs: last.monotonicMs + heardMs };
}
