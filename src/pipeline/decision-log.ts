import { type Decision, whySilent } from "../core/arbitrate.ts";
import type { Plan } from "../core/plan.ts";
import { type ItemKey, itemKeyText, type ZoneId } from "../domain/broadcast.ts";
import type { UnixMs } from "../domain/time.ts";
import type { OrdersStore } from "../store/orders.ts";

/** What one look decided. Dated as decided: what came of it has dates of its own. */
interface Look {
  readonly decisions: readonly Decision[];
  readonly waiting: Plan["waiting"];
  readonly atMs: UnixMs;
}

interface Reason {
  /** Empty for what waits in all of them. */
  readonly zoneId: ZoneId;
  readonly item: ItemKey;
  readonly reason: string;
  readonly atMs: UnixMs;
}

/** So many reasons of items that are gone are not worth a search. */
const FEW = 64;

/** Why each zone does what it does with each item, as `loa why` tells it: a row is written when it changes. */
export class DecisionLog {
  readonly #orders: OrdersStore;
  readonly #unwritten: Look[] = [];
  /** The last reason of each zone and item. */
  readonly #told = new Map<string, string>();

  constructor(orders: OrdersStore) {
    this.#orders = orders;
  }

  note(look: Look): void {
    this.#unwritten.push(look);
  }

  /** One look: with a queue as full as may be, comparing it takes as long as deciding. What the disk refuses is not tried again. */
  writeOne(): void {
    const look = this.#unwritten.shift();
    const rows = look === undefined ? [] : this.#news(look);
    if (rows.length === 0) return;
    this.#orders.transaction(() => {
      for (const row of rows) this.#orders.decisions.add(row);
    });
  }

  get isWritten(): boolean {
    return this.#unwritten.length === 0;
  }

  writeAll(): void {
    while (!this.isWritten) this.writeOne();
  }

  /** The item's turn is over. */
  forget(item: ItemKey): void {
    const prefix = `${itemKeyText(item)}|`;
    for (const name of this.#told.keys()) if (name.startsWith(prefix)) this.#told.delete(name);
  }

  /** Reasons it remembers: never many more than the looks of now have. */
  get remembered(): number {
    return this.#told.size;
  }

  #news({ decisions, waiting, atMs }: Look): readonly Reason[] {
    const reasons = [
      ...decisions.flatMap((decision) =>
        decision.candidates.map((candidate) => {
          const reason = candidate === decision.chosen ? decision.reason : whySilent(candidate, decision);
          return { zoneId: decision.zoneId, item: candidate.item, reason, atMs };
        }),
      ),
      ...waiting.map(({ zoneId, item, reason }) => ({ zoneId: zoneId ?? "", item, reason: `waits-${reason}`, atMs })),
    ];
    const news = reasons.filter((reason) => this.#isNews(reason));
    if (this.#told.size > 2 * reasons.length + FEW) this.#forgetAllBut(reasons);
    return news;
  }

  #isNews({ zoneId, item, reason }: Reason): boolean {
    const name = nameOf({ zoneId, item });
    if (this.#told.get(name) === reason) return false;
    this.#told.set(name, reason);
    return true;
  }

  /** An item that was cancelled, replaced or revoked is in one look and in none after it, and nobody says so. */
  #forgetAllBut(reasons: readonly Reason[]): void {
    const mentioned = new Set(reasons.map(nameOf));
    for (const name of this.#told.keys()) if (!mentioned.has(name)) this.#told.delete(name);
  }
}

function nameOf({ zoneId, item }: Pick<Reason, "zoneId" | "item">): string {
  return `${itemKeyText(item)}|${zoneId}`;
}
