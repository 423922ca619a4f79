import { groundOf } from "../core/areas.ts";
import { standingAsSent } from "../core/as-sent.ts";
import { matchedZones, targetsHere } from "../core/targets.ts";
import type { Broadcast, BroadcastOrder } from "../domain/broadcast.ts";
import type { EvidenceLine } from "../domain/report.ts";
import { readEvidenceLine } from "../wire/evidence-line.ts";
import { openSent } from "./broadcasts.ts";
import type { Witness } from "./coverage.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";

/** A broadcast of this desk, and all that is known of it at each gateway it was meant for. */
export interface Testimony {
  readonly order: Pick<Broadcast, "issuer" | "id" | "title" | "status" | "class" | "issuedAt" | "expiresAt">;
  readonly witnesses: readonly Witness[];
}

/** @throws AgentFailure `desk-invalid` when this desk never sent such a broadcast */
export function gatherWitnesses(desk: Desk, id: string): Testimony {
  const { database } = desk;
  const sent = database.broadcasts.find(id);
  if (sent === undefined) throw deskFailure("desk.coverage.unknown", { id });
  const sealed = openSent(sent);
  const order = sealed.payload;
  const placements = database.register.all().map(({ placement }) => placement);
  return {
    order: { ...order, title: sent.title },
    witnesses: placements.flatMap((placement): Witness[] => {
      const { gateway, commune } = placement;
      const ground = groundOf(placement);
      if (targetsHere(order, ground).length === 0) return [];
      // Where its signers have no say it is refused for every zone that it names.
      const grants = standingAsSent(sealed, ground, desk.policy)?.grants ?? [];
      return [
        {
          ...{ gateway, commune, zones: matchedZones(order, grants, ground) },
          records: recordsOf(database.evidence.linesOfItem(gateway, order.id), order),
          receipt: database.reports.receipt(gateway, order),
          heartbeat: database.reports.heartbeat(gateway),
          link: database.reports.lastState(gateway),
          heardAtMs: database.reports.lastHeardAtMs(gateway),
        },
      ];
    }),
  };
}

function recordsOf(lines: readonly string[], { issuer }: BroadcastOrder): readonly EvidenceLine[] {
  return lines.flatMap((line) => {
    const reading = readEvidenceLine(line);
    return reading.kind === "value" && reading.value.issuer === issuer ? [reading.value] : [];
  });
}
