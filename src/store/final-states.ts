import type { ItemState } from "../domain/report.ts";

/** States an item never leaves. `preempted` is not among them: the item may come back. */
const FINAL_STATES = ["refused", "done", "cancelled", "withdrawn", "expired", "failed"] as const satisfies ItemState[];

/** The same as SQL over a column `state`. */
export const IS_FINAL = `state IN (${FINAL_STATES.map((state) => `'${state}'`).join(", ")})`;
