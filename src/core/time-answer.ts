import type { Milliseconds, MonotonicMs, UnixMs } from "../domain/time.ts";
import type { TimeAnswer } from "../domain/trust.ts";

/** A time-query on its way. */
export interface TimeQuestion {
  readonly nonce: string;
  readonly askedAtMs: MonotonicMs;
}

export type AnswerReading =
  | { readonly kind: "time"; readonly nowMs: UnixMs; readonly errorMs: Milliseconds }
  | { readonly kind: "ignored"; readonly reason: "not-asked" | "late" };

/** Longer on its way, and it says too little. */
export const ANSWERED_WITHIN_MS = 10_000;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 600_000;

/** The question went and the answer came in the round trip; nobody knows how much of it was which. */
export function readAnswer(
  question: TimeQuestion | undefined,
  { nonce, nowMs }: Pick<TimeAnswer, "nonce" | "nowMs">,
  monotonicMs: MonotonicMs,
): AnswerReading {
  if (question === undefined || question.nonce !== nonce) return { kind: "ignored", reason: "not-asked" };
  const roundTripMs = monotonicMs - question.askedAtMs;
  if (roundTripMs > ANSWERED_WITHIN_MS) return { kind: "ignored", reason: "late" };
  return { kind: "time", nowMs: Math.round(nowMs + roundTripMs / 2), errorMs: Math.ceil(roundTripMs / 2) };
}

/** How long to wait after so many questions, so that a thousand boxes after one power cut don't ask together. */
export function pauseBeforeAskingMs(asked: number, fraction: number): Milliseconds {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (asked - 1)) * (0.75 + fraction / 2);
}
