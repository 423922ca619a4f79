import { type Broadcast, USUAL_START_WITHIN_SECONDS } from "../domain/broadcast.ts";
import type { Play, PlayEnd } from "../domain/playout.ts";
import type { FaultCode } from "../domain/report.ts";
import type { Standing } from "../domain/standing.ts";
import type { Milliseconds, UnixMs, UnixSeconds } from "../domain/time.ts";
import { afterSecond } from "./validity.ts";

const MAX_CUTS = 3;
/**
 * How often in a row a fault may end a play before the item is given up. Absent: at once, because another try can't mend it. A card
 * that is away is waited for: these ten are those of one that takes sound and fails at it, with the zone's growing pauses between.
 */
const MAX_FAULTS_IN_A_ROW: Readonly<Partial<Record<FaultCode, number>>> = {
  crash: 3,
  interrupted: Number.POSITIVE_INFINITY,
  output: 10,
  disk: 3,
  hash: 3,
  "chunks-missing": 3,
};
/** How far before the cut a resumed item begins again, so that the sentence is understood. */
const RESUME_EARLIER_MS = 3_000;
/** Slack of a begun play for what cut it. */
const GO_ON_SECONDS = 3_600;

/** When one occurrence may sound. Instants named `after` are the first that no longer count. */
export interface Occurrence {
  readonly due: UnixSeconds;
  readonly opensAtMs: UnixMs;
  readonly startClosesAfterMs: UnixMs;
  readonly goOnEndsAfterMs: UnixMs;
}

/** One for all: most of a full plan is items that were never played. */
const FIRST_PLAY: Turn = { kind: "due", play: 1, offsetMs: 0, begun: false };

export type OverReason =
  | "done"
  | "window-closed"
  | "life-over"
  | "before-loss"
  | "withdrawn"
  | "cut-too-often"
  | "dropped"
  | "cancelled"
  | "failed-for-good";

/** Where an occurrence stands in one zone. */
export type Turn =
  | { readonly kind: "early"; readonly untilMs: UnixMs }
  | { readonly kind: "gap"; readonly untilMs: UnixMs }
  | { readonly kind: "due"; readonly play: number; readonly offsetMs: Milliseconds; readonly begun: boolean }
  | { readonly kind: "on-air"; readonly play: Play }
  | {
      readonly kind: "over";
      readonly reason: OverReason;
      readonly code?: FaultCode | undefined;
      /** Only the clock says so. */
      readonly byTime?: true;
    };

/** Its occurrences: one today. Recurring plans are refused before they get here, so they have none. */
export function occurrencesOf(order: Broadcast, standing: Standing): readonly Occurrence[] {
  const { plan } = order;
  switch (plan.kind) {
    case "now":
      return [
        occurrence(order, standing, order.notBefore, plan.startWithinSeconds ?? order.expiresAt - order.notBefore),
      ];
    case "at":
      return [occurrence(order, standing, plan.at, plan.startWithinSeconds ?? USUAL_START_WITHIN_SECONDS)];
    case "recurring":
      return [];
    default:
      return plan satisfies never;
  }
}

function occurrence(order: Broadcast, { window }: Standing, due: UnixSeconds, startWithinSeconds: number): Occurrence {
  const goOnSeconds = startWithinSeconds + Math.ceil(order.audio.durationMs / 1000) + GO_ON_SECONDS;
  const lifeEndsAfterMs = afterSecond(window.expiresAt);
  return {
    due,
    opensAtMs: Math.max(due, window.notBefore) * 1000,
    startClosesAfterMs: Math.min(afterSecond(due + startWithinSeconds), lifeEndsAfterMs),
    goOnEndsAfterMs: Math.min(afterSecond(due + goOnSeconds), lifeEndsAfterMs),
  };
}

/** What the history of one occurrence in one zone leaves to do at `nowMs`. `history` in the order of the plays. */
export function turnOf(order: Broadcast, occurrence: Occurrence, history: readonly Play[], nowMs: UnixMs): Turn {
  const last = history.at(-1);
  const closesAfterMs = last === undefined ? occurrence.startClosesAfterMs : occurrence.goOnEndsAfterMs;
  const ended = last && endOfHistory(order, history);
  if (ended !== undefined) return ended;
  if (nowMs >= closesAfterMs) {
    const inLife = last === undefined && occurrence.startClosesAfterMs < occurrence.goOnEndsAfterMs;
    return { kind: "over", reason: inLife ? "window-closed" : "life-over", byTime: true };
  }
  if (last === undefined) {
    if (nowMs < occurrence.opensAtMs) return { kind: "early", untilMs: occurrence.opensAtMs };
    return FIRST_PLAY;
  }
  if (last.end === undefined) return { kind: "on-air", play: last };
  const gapEndsAtMs = last.end.atMs + order.gapSeconds * 1000;
  if (last.end.outcome === "played" && nowMs < gapEndsAtMs) return { kind: "gap", untilMs: gapEndsAtMs };
  return { kind: "due", play: last.play + 1, offsetMs: nextOffsetMs(order, last.end), begun: true };
}

export function playsDone(history: readonly Play[]): number {
  return history.filter(({ end }) => end?.outcome === "played").length;
}

/** Why nothing can follow these plays, whatever the time. */
function endOfHistory(order: Broadcast, history: readonly Play[]): Turn | undefined {
  const over = (reason: OverReason, code?: FaultCode): Turn => ({ kind: "over", reason, code });
  const end = history.at(-1)?.end;
  if (end === undefined) return undefined;
  switch (end.outcome) {
    case "played":
      return playsDone(history) >= order.repeat ? over("done") : undefined;
    case "cancelled":
      return over("cancelled");
    case "expired":
      return over("life-over");
    case "preempted":
      if (order.onPreempt === "drop") return over("dropped");
      return history.filter((play) => play.end !== undefined && isCut(play.end)).length > MAX_CUTS
        ? over("cut-too-often")
        : undefined;
    case "failed":
      if (isFailedForGood(history, end)) return over("failed-for-good", end.code);
      return order.onPreempt === "drop" && isAgentGone(end) ? over("dropped") : undefined;
    default:
      return end.outcome satisfies never;
  }
}

function isFailedForGood(history: readonly Play[], { code }: PlayEnd): boolean {
  const otherwise = history.findLastIndex(({ end }) => end?.outcome !== "failed" || end.code !== code);
  const inARow = history.length - 1 - otherwise;
  return inARow >= (code === undefined ? 1 : (MAX_FAULTS_IN_A_ROW[code] ?? 1));
}

/** What a halt silenced was not cut by anybody more urgent. */
function isCut({ outcome, code }: PlayEnd): boolean {
  return outcome === "preempted" && code !== "halted";
}

/** Nobody decided against it: the power, the process or its supervisor ended the agent. */
function isAgentGone({ code }: PlayEnd): boolean {
  return code === "crash" || code === "interrupted";
}

/**
 * What was interrupted goes on if its order says so: after a cut, a halt, a loss of the agent or of the card, by one rule. A repeat
 * begins at the start, and so does what failed by its own fault.
 */
function nextOffsetMs(order: Broadcast, end: PlayEnd): Milliseconds {
  const interrupted = end.outcome === "preempted" || isAgentGone(end) || end.code === "output";
  if (!interrupted || order.onPreempt !== "resume") return 0;
  return Math.max(0, end.offsetMs - RESUME_EARLIER_MS);
}
