import type { Claim, OutputEvent, PlayHandle, PlayOutcome } from "../domain/playout.ts";
import type { FaultCode } from "../domain/report.ts";
import type { Milliseconds, MonotonicMs, UnixMs } from "../domain/time.ts";

/** One sounding: what is on air and the output's name for it. */
export interface Sounding {
  readonly claim: Claim;
  readonly play: PlayHandle;
}

type Ended = Extract<OutputEvent, { kind: "ended" }>;
export type OutputFault = NonNullable<Ended["outputFault"]>;

/** What a play is recorded as that somebody ends before its own end. */
export type StopCause = Exclude<PlayOutcome, "played" | "failed">;

interface Leaving {
  readonly cause: StopCause;
  readonly code?: FaultCode | undefined;
}

export type ZoneState =
  | { readonly name: "idle" }
  | { readonly name: "starting"; readonly sounding: Sounding }
  | { readonly name: "playing"; readonly sounding: Sounding; readonly sinceMs: UnixMs }
  | { readonly name: "stopping"; readonly sounding: Sounding }
  | { readonly name: "faulted"; readonly fault: OutputFault | undefined; readonly retryAtMs: MonotonicMs };

export interface Zone {
  readonly state: ZoneState;
  /** Told to end, not yet ended at the output: each still owes its record. */
  readonly leaving: readonly (Sounding & Leaving)[];
  /** Output faults since the last play that the output carried to its end. */
  readonly faultsInARow: number;
}

export type ZoneEvent =
  /** Starts, and cuts what sounds. */
  | ({ readonly kind: "start"; readonly claim: Claim; readonly play: PlayHandle } & Leaving)
  | ({ readonly kind: "stop" } & Leaving)
  | { readonly kind: "started"; readonly play: PlayHandle; readonly atMs: UnixMs }
  | (Pick<Ended, "kind" | "play" | "ending" | "code" | "outputFault"> & { readonly monotonicMs: MonotonicMs })
  | { readonly kind: "retry"; readonly monotonicMs: MonotonicMs };

export type ZoneEffect =
  /** Open the record of this play, then hand it to the output, which silences what it plays. */
  | { readonly kind: "begin"; readonly sounding: Sounding }
  | { readonly kind: "silence" }
  /** Close the record. Exactly one for each `begin`. */
  | {
      readonly kind: "record";
      readonly sounding: Sounding;
      readonly outcome: PlayOutcome;
      readonly code?: FaultCode | undefined;
    };

export interface ZoneStep {
  readonly zone: Zone;
  readonly effects: readonly ZoneEffect[];
}

export const IDLE_ZONE: Zone = { state: { name: "idle" }, leaving: [], faultsInARow: 0 };

/** Between plays that fail on a card which takes sound: each has its record. */
const FIRST_RETRY_MS: Milliseconds = 250;
const LONGEST_RETRY_MS: Milliseconds = 60_000;

/** What sounds or is about to: the `actual` of reconcile. A play told to stop no longer counts, whatever still leaves the speaker. */
export function claimOf(zone: Zone): Claim | undefined {
  const { state } = zone;
  return state.name === "starting" || state.name === "playing" ? state.sounding.claim : undefined;
}

/** Computes; somebody else talks to the output. Every `begin` gets exactly one `record`, whatever the events and their order. */
export function step(zone: Zone, event: ZoneEvent): ZoneStep {
  switch (event.kind) {
    case "start":
      return start(zone, event);
    case "stop":
      return stop(zone, event);
    case "started":
      return started(zone, event);
    case "ended":
      return ended(zone, event);
    case "retry":
      return retry(zone, event.monotonicMs);
    default:
      return event satisfies never;
  }
}

function start(zone: Zone, event: Extract<ZoneEvent, { kind: "start" }>): ZoneStep {
  if (zone.state.name === "faulted") return stay(zone);
  const sounding: Sounding = { claim: event.claim, play: event.play };
  const left = leave(zone, event);
  return { zone: { ...left, state: { name: "starting", sounding } }, effects: [{ kind: "begin", sounding }] };
}

function stop(zone: Zone, event: Leaving): ZoneStep {
  const { state } = zone;
  if (state.name !== "starting" && state.name !== "playing") return stay(zone);
  return {
    zone: { ...leave(zone, event), state: { name: "stopping", sounding: state.sounding } },
    effects: [{ kind: "silence" }],
  };
}

function started(zone: Zone, event: Extract<ZoneEvent, { kind: "started" }>): ZoneStep {
  const { state } = zone;
  if (state.name !== "starting" || state.sounding.play !== event.play) return stay(zone);
  return { zone: { ...zone, state: { name: "playing", sounding: state.sounding, sinceMs: event.atMs } }, effects: [] };
}

function ended(zone: Zone, event: Extract<ZoneEvent, { kind: "ended" }>): ZoneStep {
  const leaving = zone.leaving.find(({ play }) => play === event.play);
  if (leaving !== undefined) return left(zone, leaving, event);

  const { state } = zone;
  if ((state.name !== "starting" && state.name !== "playing") || state.sounding.play !== event.play) return stay(zone);
  const record: ZoneEffect = { kind: "record", sounding: state.sounding, ...verdictOf(event) };
  if (!isOutputFault(event)) {
    return { zone: { ...zone, state: { name: "idle" }, faultsInARow: 0 }, effects: [record] };
  }
  return { zone: fault(zone, event.outputFault, event.monotonicMs), effects: [record] };
}

/** The end of a play that was told to end. If it ended by itself in the same moment, that is what happened. */
function left(zone: Zone, gone: Zone["leaving"][number], event: Extract<ZoneEvent, { kind: "ended" }>): ZoneStep {
  const leaving = zone.leaving.filter((one) => one !== gone);
  const sounding: Sounding = { claim: gone.claim, play: gone.play };
  const verdict = event.ending === "stopped" ? { outcome: gone.cause, code: gone.code } : verdictOf(event);
  const silent = zone.state.name === "stopping" && zone.state.sounding.play === gone.play;
  return {
    zone: { ...zone, leaving, state: silent ? { name: "idle" } : zone.state },
    effects: [{ kind: "record", sounding, ...verdict }],
  };
}

function retry(zone: Zone, nowMs: MonotonicMs): ZoneStep {
  const { state } = zone;
  if (state.name !== "faulted" || nowMs < state.retryAtMs) return stay(zone);
  return { zone: { ...zone, state: { name: "idle" } }, effects: [] };
}

/** `stopped` without being told to: the output went down in good order, with the agent. */
function verdictOf(event: Extract<ZoneEvent, { kind: "ended" }>): {
  readonly outcome: PlayOutcome;
  readonly code?: FaultCode | undefined;
} {
  switch (event.ending) {
    case "drained":
      return { outcome: "played" };
    case "stopped":
      return { outcome: "failed", code: "interrupted" };
    case "failed":
      return { outcome: "failed", code: event.code ?? "output" };
    default:
      return event.ending satisfies never;
  }
}

/** The sink's fault, known or not, as against a fault of the file: the zone pauses before it tries again. */
function isOutputFault({ ending, code, outputFault }: Extract<ZoneEvent, { kind: "ended" }>): boolean {
  return ending === "failed" && (outputFault !== undefined || (code ?? "output") === "output");
}

/** A card that is away or taken is only asked for, without a play: nothing is spared by asking less often, however often it went. */
function fault(zone: Zone, outputFault: OutputFault | undefined, nowMs: MonotonicMs): Zone {
  const isAway = outputFault === "missing" || outputFault === "busy";
  const pauseMs = isAway ? FIRST_RETRY_MS : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** zone.faultsInARow);
  return {
    ...zone,
    state: { name: "faulted", fault: outputFault, retryAtMs: nowMs + pauseMs },
    faultsInARow: isAway ? zone.faultsInARow : zone.faultsInARow + 1,
  };
}

function leave(zone: Zone, { cause, code }: Leaving): Zone {
  const { state } = zone;
  if (state.name !== "starting" && state.name !== "playing") return zone;
  return { ...zone, leaving: [...zone.leaving, { ...state.sounding, cause, code }] };
}

function stay(zone: Zone): ZoneStep {
  return { zone, effects: [] };
}
