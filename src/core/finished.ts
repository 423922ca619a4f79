import type { ItemKey } from "../domain/broadcast.ts";
import type { Play } from "../domain/playout.ts";
import type { FaultCode } from "../domain/report.ts";
import type { OverReason, Turn } from "./turn.ts";

/** An item that can't sound again, and how it went: `failed` if it failed in any zone, else `done` if it was heard in any. */
export interface Finished {
  readonly item: ItemKey;
  readonly state: "done" | "failed" | "cancelled" | "withdrawn" | "expired";
  readonly reason: OverReason;
  readonly code?: FaultCode | undefined;
}

export type Over = Extract<Turn, { kind: "over" }>;

/** For an item whose zones are gone: what became of it where it once sounded. */
export function oversOfThePast(plays: readonly Play[]): readonly Over[] {
  return plays.flatMap(({ end }): Over[] => {
    if (end?.outcome === "played") return [{ kind: "over", reason: "done" }];
    return end?.outcome === "failed" ? [{ kind: "over", reason: "failed-for-good", code: end.code }] : [];
  });
}

/** The worst first, but what was heard is never called expired. */
const GRAVITY: readonly OverReason[] = [
  "failed-for-good",
  "done",
  "cancelled",
  "cut-too-often",
  "dropped",
  "window-closed",
  "life-over",
  "before-loss",
  "withdrawn",
];

const FINAL_STATE: Readonly<Record<OverReason, Finished["state"]>> = {
  "failed-for-good": "failed",
  done: "done",
  cancelled: "cancelled",
  "cut-too-often": "expired",
  dropped: "expired",
  "window-closed": "expired",
  "life-over": "expired",
  "before-loss": "expired",
  withdrawn: "withdrawn",
};

export function finish(item: ItemKey, overs: readonly Over[]): Finished {
  for (const reason of GRAVITY) {
    const found = overs.find((over) => over.reason === reason);
    if (found !== undefined) return { item, state: FINAL_STATE[reason], reason, code: found.code };
  }
  return { item, state: "expired", reason: "life-over" };
}
