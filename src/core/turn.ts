import { type Broadcast, USUAL_START_WITHIN_SECONDS } from "../domain/broadcast.ts";
import type { Play, PlayEnd } from "../domain/playout.ts";
import type { FaultCode } from "../domain/report.ts";
import type { Standing } from "../domain/standing.ts";
import type { Milliseconds, UnixMs, UnixSeconds } from "../domain/time.ts";
import type { Past } from "./past.ts";
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

/** What the past of one occurrence in one zone leaves to do at `nowMs`. The same for all zones where it has none. */
export function turnOf(order: Broadcast, occurrence: Occurrence, past: Past | undefined, nowMs: UnixMs): Turn {
  return past === undefined ? firstTurn(occurrence, nowMs) : nextTurn(order, occurrence, past, nowMs);
}

function firstTurn({ opensAtMs, startClosesAfterMs, goOnEndsAfterMs }: Occurrence, nowMs: UnixMs): Turn {
  if (nowMs >= startClosesAfterMs) {
    return {
      kind: "over",
      reason: startClosesAfterMs < goOnEndsAfterMs ? "window-closed" : "life-over",
      byTime: true,
    };
  }
  return nowMs < opensAtMs ? { kind: "early", untilMs: opensAtMs } : FIRST_PLAY;
}

function nextTurn(order: Broadcast, { goOnEndsAfterMs }: Occurrence, past: Past, nowMs: UnixMs): Turn {
  const { last } = past;
  const ended = last.end && endOf(order, past, last.end);
  if (ended !== undefined) return ended;
  if (nowMs >= goOnEndsAfterMs) return { kind: "over", reason: "life-over", byTime: true };
  if (last.end === undefined) return { kind: "on-air", play: last };
  const gapEndsAtMs = last.end.atMs + order.gapSeconds * 1000;
  if (last.end.outcome === "played" && nowMs < gapEndsAtMs) return { kind: "gap", untilMs: gapEndsAtMs };
  return { kind: "due", play: last.play + 1, offsetMs: nextOffsetMs(order, last.end), begun: true };
}

/** Why nothing can follow a play that ended so, whatever the time. */
function endOf(order: Broadcast, past: Past, end: PlayEnd): Turn | undefined {
  switch (end.outcome) {
    case "played":
      return past.playsDone >= order.repeat ? over("done") : undefined;
    case "cancelled":
      return over("cancelled");
    case "expired":
      return over("life-over");
    case "preempted":
      if (order.onPreempt === "drop") return over("dropped");
      return past.cuts > MAX_CUTS ? over("cut-too-often") : undefined;
    case "failed":
      if (past.failuresInARow >= mostFailures(end)) return over("failed-for-good", end.code);
      return order.onPreempt === "drop" && isAgentGone(end) ? over("dropped") : undefined;
    default:
      return end.outcome satisfies never;
  }
}

function over(reason: OverReason, code?: FaultCode): Turn {
  return { kind: "over", reason, code };
}

function mostFailures({ code }: PlayEnd): number {
  return code === undefined ? 1 : (MAX_FAULTS_IN_A_ROW[code] ?? 1);
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
