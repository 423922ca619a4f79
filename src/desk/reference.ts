import { groundOf } from "../core/areas.ts";
import { standingAsSent } from "../core/as-sent.ts";
import type { Original } from "../core/mandate.ts";
import type { AreaId, BroadcastOrder, ItemKey } from "../domain/broadcast.ts";
import type { Placement } from "../domain/trust.ts";
import { broadcastTopic } from "../wire/topics.ts";
import { openSent } from "./broadcasts.ts";
import type { Desk } from "./desk.ts";

/** What a message refers to, as each gateway took it. */
export function originalsOf(
  desk: Pick<Desk, "database" | "policy">,
  [item]: readonly ItemKey[],
): (placement: Placement) => Original | undefined {
  const sent = item && desk.database.broadcasts.find(item.id);
  if (sent === undefined) return () => undefined;
  const sealed = openSent(sent);
  const order = sealed.payload;
  return (placement) => {
    const standing = standingAsSent(sealed, groundOf(placement), desk.policy);
    return standing && { order, standing };
  };
}

/** One for each area. What refers to an emergency travels with the emergencies too, whatever it is itself. */
export function topicsOf({ database }: Pick<Desk, "database">, order: BroadcastOrder): readonly string[] {
  const refersToOne =
    order.action !== "alert" && order.references.some(({ id }) => database.broadcasts.find(id)?.class === "emergency");
  const isEmergency = order.class === "emergency" || refersToOne;
  return areasOf(order).map((area) => broadcastTopic(area, isEmergency, order.id));
}

/** Where at the broker stands what a message takes away. */
export function obsoleteBy(desk: Pick<Desk, "database">, references: readonly ItemKey[]): readonly string[] {
  return references.flatMap(({ id }) => {
    const sent = desk.database.broadcasts.find(id);
    return sent === undefined ? [] : topicsOf(desk, openSent(sent).payload);
  });
}

export function areasOf({ targets }: Pick<BroadcastOrder, "targets">): readonly AreaId[] {
  return [...new Set(targets.map(({ area }) => area))];
}
