import type { Broadcast } from "../domain/broadcast.ts";
import type { Play } from "../domain/playout.ts";
import type { Standing } from "../domain/standing.ts";
import type { UnixMs } from "../domain/time.ts";
import type { Ground } from "./areas.ts";
import type { Controls } from "./restraints.ts";

/** All of an item that its part of a plan comes from. The caller's changes in place, its members are only replaced. */
interface Item {
  readonly order: Broadcast;
  readonly standing: Standing;
  readonly audioReady: boolean;
  readonly plays: readonly Play[];
}

/** A part and what it was made from, nothing else: it stays as long as the order does. */
interface Remembered<Part> extends Omit<Item, "order"> {
  readonly part: Part;
  readonly ground: Ground;
  readonly policy: Controls["policy"];
  readonly atMs: UnixMs;
}

const MINUTE_MS = 60_000;

/**
 * What each item adds to a plan stays as it is until its own next instant, as the whole plan does: of a full queue little changes
 * between two looks. Only of items that are halted nowhere, by a clock that makes things final.
 */
export class PlanMemory<Part extends { readonly wakeAtMs: UnixMs }> {
  readonly #parts = new WeakMap<Broadcast, Remembered<Part>>();

  /** The part remembered, or else the one that is made. */
  part(item: Item, ground: Ground, policy: Controls["policy"], nowMs: UnixMs, make: () => Part): Part {
    const { order, standing, audioReady, plays } = item;
    const known = this.#parts.get(order);
    if (
      known !== undefined &&
      known.plays === plays &&
      known.standing === standing &&
      known.audioReady === audioReady &&
      known.ground === ground &&
      known.policy === policy &&
      known.atMs <= nowMs &&
      nowMs < known.part.wakeAtMs &&
      (policy.allowedHours.length === 0 || isSameMinute(known.atMs, nowMs))
    ) {
      return known.part;
    }
    const part = make();
    this.#parts.set(order, { part, standing, audioReady, plays, ground, policy, atMs: nowMs });
    return part;
  }
}

/** Allowed hours open and close on whole minutes, and no wake-up is named for their close. */
function isSameMinute(aMs: UnixMs, bMs: UnixMs): boolean {
  return Math.floor(aMs / MINUTE_MS) === Math.floor(bMs / MINUTE_MS);
}
