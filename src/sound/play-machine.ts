import type { Verdict } from "./verdict.ts";

/** One play, from its start to its one end. A verdict exists only in the states that are on their way to report it. */
export type PlayState =
  /** No sound decoded yet, or the card not yet let go by the play before. */
  | { readonly name: "preparing"; readonly hasHead: boolean; readonly cardIsFree: boolean }
  /** The sink is being opened; nothing is written. */
  | { readonly name: "opening" }
  | { readonly name: "sounding" }
  /** All is written; the sink plays what it holds and ends by itself. */
  | { readonly name: "draining"; readonly verdict: Verdict }
  /** The sink is killed and not yet gone: the card is not free. */
  | { readonly name: "closing"; readonly verdict: Verdict }
  | { readonly name: "ended" };

export type PlayInput =
  | { readonly kind: "head-ready" }
  | { readonly kind: "card-free" }
  | { readonly kind: "sink-ready" }
  /** The last of the sound was written; `verdict` is reported when the sink has played it. */
  | { readonly kind: "all-written"; readonly verdict: Verdict }
  /** Whatever ends a play at once: a stop, another play, a dead decoder, a card that stands still. */
  | { readonly kind: "break"; readonly verdict: Verdict }
  /** `failure` is undefined when it played all it was given. */
  | { readonly kind: "sink-ended"; readonly failure: Verdict | undefined }
  /** A killed sink that does not go away. */
  | { readonly kind: "overdue" };

export type PlayEffect =
  | { readonly kind: "open-sink" }
  | { readonly kind: "write" }
  | { readonly kind: "finish-sink" }
  | { readonly kind: "kill-sink" }
  | { readonly kind: "kill-decoder" }
  | { readonly kind: "report"; readonly verdict: Verdict; readonly drained: boolean };

export interface PlayStep {
  readonly state: PlayState;
  readonly effects: readonly PlayEffect[];
}

export const UNPREPARED: PlayState = { name: "preparing", hasHead: false, cardIsFree: false };

/** Every path leads through exactly one `report`, into `ended`, which nothing leaves. */
export function step(state: PlayState, input: PlayInput): PlayStep {
  switch (state.name) {
    case "preparing":
      if (input.kind === "head-ready") return prepared({ ...state, hasHead: true });
      if (input.kind === "card-free") return prepared({ ...state, cardIsFree: true });
      if (input.kind === "break") return ended(input.verdict);
      return stay(state);
    case "opening":
      if (input.kind === "sink-ready") return { state: { name: "sounding" }, effects: [{ kind: "write" }] };
      return withSink(state, input);
    case "sounding":
      if (input.kind === "all-written") {
        return {
          state: { name: "draining", verdict: input.verdict },
          effects: [{ kind: "kill-decoder" }, { kind: "finish-sink" }],
        };
      }
      return withSink(state, input);
    case "draining":
      if (input.kind === "sink-ended" && input.failure === undefined) return ended(state.verdict, true);
      return withSink(state, input);
    case "closing":
      return input.kind === "sink-ended" || input.kind === "overdue" ? ended(state.verdict) : stay(state);
    case "ended":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function prepared(state: Extract<PlayState, { name: "preparing" }>): PlayStep {
  return state.hasHead && state.cardIsFree
    ? { state: { name: "opening" }, effects: [{ kind: "open-sink" }] }
    : stay(state);
}

function withSink(state: PlayState, input: PlayInput): PlayStep {
  if (input.kind === "break") {
    return {
      state: { name: "closing", verdict: input.verdict },
      effects: [{ kind: "kill-sink" }, { kind: "kill-decoder" }],
    };
  }
  return input.kind === "sink-ended" && input.failure !== undefined ? ended(input.failure) : stay(state);
}

function ended(verdict: Verdict, drained = false): PlayStep {
  return { state: { name: "ended" }, effects: [{ kind: "kill-decoder" }, { kind: "report", verdict, drained }] };
}

function stay(state: PlayState): PlayStep {
  return { state, effects: [] };
}
