import type { OutputEvent, PlayEnding } from "../domain/playout.ts";
import type { FaultCode } from "../domain/report.ts";

export type OutputFault = NonNullable<Extract<OutputEvent, { kind: "ended" }>["outputFault"]>;

/** How a play ended and why, before anybody counted its frames. */
export interface Verdict {
  readonly ending: PlayEnding;
  readonly code?: FaultCode | undefined;
  readonly detail?: string | undefined;
  readonly outputFault?: OutputFault | undefined;
}

export const DRAINED: Verdict = { ending: "drained" };
export const STOPPED: Verdict = { ending: "stopped" };

export function failed(code: FaultCode, detail: string, outputFault?: OutputFault): Verdict {
  return { ending: "failed", code, detail, outputFault };
}
