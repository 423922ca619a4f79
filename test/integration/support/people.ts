import type { Authority } from "../../../src/desk/authority.ts";
import { type DelegationChanges, delegated, rootOf, selfMadeRoot } from "./forgery.ts";
import { TERRITORY } from "./listened-topics.ts";
import type { Siege } from "./siege.ts";

// Who speaks in an attack.

const SERVING = ["revoke", "beacon", "index", "time", "placement", "ingest"] as const;

export const stranger = () => delegated(selfMadeRoot(), { uses: SERVING });
export const speaker = ({ commune }: Siege) => commune.issuer;
export const neighbour = ({ commune: { desk } }: Siege) =>
  delegated(rootOf(desk), {
    areas: ["xa-khac"],
    subject: { issuer: "ubnd.khac" },
    uses: SERVING,
  });

export const operations = ({ commune }: Siege) => commune.desk.operations;

export const service = ({ commune }: Siege) => commune.desk.service;

/** Somebody of the province's office, whose word takes two where it is about everybody or about the worst. */
export function provincial({ commune: { desk } }: Siege, holder: string, changes: DelegationChanges = {}): Authority {
  const subject = { issuer: "ubnd.tinh-a", level: "province", holder, ...changes.subject };
  return delegated(rootOf(desk), { areas: [TERRITORY], severityMax: 1, ...changes, subject });
}
