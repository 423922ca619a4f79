import type { OutputFault } from "../core/zone-machine.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import type { OutputEvent, PlayOutcome } from "../domain/playout.ts";
import type { Log } from "../domain/ports.ts";
import type { AlarmCode, FaultCode } from "../domain/report.ts";
import type { PlayRef } from "../store/plays.ts";
import type { AlarmBoard } from "./alarm-board.ts";

/** Tells log and alarms how a play ended. */
export function tellOfEnd(
  { alarms, log }: { readonly alarms: AlarmBoard; readonly log: Log },
  { ref, order }: { readonly ref: PlayRef; readonly order: Broadcast },
  ended: Extract<OutputEvent, { kind: "ended" }>,
  { outcome, code }: { readonly outcome: PlayOutcome; readonly code?: FaultCode | undefined },
): void {
  const { issuer, id, title } = order;
  const { zoneId: zone } = ref.claim;
  const { framesPlayed, framesExact, underruns, detail } = ended;
  const fields = { zone, issuer, id, play: ref.play, outcome, code, framesPlayed };
  if (outcome !== "failed") {
    log.write("info", "play.ended", { ...fields, framesExact, underruns }, `off air: ${title}`);
    if (outcome !== "played") return;
    for (const alarm of ["output-missing", "output-stalled", "play-failed"] as const) alarms.clear(alarm, zone);
    return;
  }
  log.write("warn", "play.failed", { ...fields, detail }, `not heard to its end: ${title}`);
  // Nothing is wrong with a zone whose agent was told to stop.
  if (code === "interrupted") return;
  alarms.raise(alarmOf(ended.outputFault), `${zone}: ${detail ?? code ?? ""}`, zone);
}

function alarmOf(fault: OutputFault | undefined): AlarmCode {
  switch (fault) {
    case "stalled":
      return "output-stalled";
    case "missing":
    case "busy":
      return "output-missing";
    case undefined:
      return "play-failed";
    default:
      return fault satisfies never;
  }
}
