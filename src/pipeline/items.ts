import { judgeCapability } from "../core/capability.ts";
import { type ItemEvent, type ItemStage, isOver, stepItem } from "../core/item-machine.ts";
import type { Original } from "../core/mandate.ts";
import { toRanges } from "../core/missing.ts";
import type { ActiveItem } from "../core/plan.ts";
import type { AudioUse } from "../core/retention.ts";
import { type Broadcast, type BroadcastOrder, type ItemKey, itemKeyText } from "../domain/broadcast.ts";
import type { Play, PlayEnd } from "../domain/playout.ts";
import type { Clock, Log } from "../domain/ports.ts";
import type { Standing } from "../domain/standing.ts";
import { isTrusted } from "../domain/time.ts";
import type { AudioStore } from "../store/audio.ts";
import type { StoredBroadcast } from "../store/broadcasts.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { parseDownTopic } from "../wire/topics.ts";
import type { Reports } from "./reports.ts";

interface Item {
  readonly order: Broadcast;
  standing: Standing;
  stage: ItemStage;
  audioReady: boolean;
  readonly cameUntimed: boolean;
  withdrawn: boolean;
  /** In the order in which they began. */
  plays: readonly Play[];
}

/** Accepted orders that are not over: in memory as plan wants them, on disk as far as they have come. */
export class Items {
  readonly #orders: OrdersStore;
  readonly #audio: AudioStore;
  readonly #reports: Reports;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #items = new Map<string, Item>();
  /** While a commit is under way: every item it has touched, as it was. A commit within one is undone with it. */
  #before: Map<string, Item | undefined> | undefined;

  constructor(orders: OrdersStore, audio: AudioStore, reports: Reports, clock: Clock, log: Log) {
    this.#orders = orders;
    this.#audio = audio;
    this.#reports = reports;
    this.#clock = clock;
    this.#log = log;
  }

  /** At start-up, after open plays were closed: what was on air waits again. */
  load(): void {
    for (const row of this.#orders.broadcasts.active()) {
      const order = this.#reopen(row);
      if (order === undefined) continue;
      this.#audio.register(order.audio);
      const audioReady = this.#audio.find(order.audio.hash)?.verified ?? false;
      const stage: ItemStage = audioReady ? { name: "queued" } : { name: "fetching" };
      this.#items.set(itemKeyText(row.key), {
        order,
        standing: row.standing,
        stage,
        audioReady,
        cameUntimed: false,
        withdrawn: row.withdrawn,
        plays: this.#orders.plays.ofItem(row.key),
      });
    }
  }

  /** A new order, in the transaction that accepts it. */
  add(order: Broadcast, standing: Standing): void {
    const audioReady = this.#audio.find(order.audio.hash)?.verified ?? false;
    this.#items.set(itemKeyText(order), {
      order,
      standing,
      stage: { name: "accepted" },
      audioReady,
      cameUntimed: !isTrusted(this.#clock.read()),
      withdrawn: false,
      plays: [],
    });
    if (standing.class === "emergency") this.#tell(order, { state: "accepted" }, true);
    this.apply(order, { kind: audioReady ? "audio-ready" : "fetching" });
  }

  /** Another holder has signed it too, in the transaction that keeps this. */
  weighAnew(key: ItemKey, standing: Standing): void {
    const item = this.#items.get(itemKeyText(key));
    if (item !== undefined) item.standing = standing;
  }

  /**
   * All of `work` on disk, or nothing of it there and nothing here: what is remembered of an item never runs ahead of what is
   * stored, or an order that could not be kept would sound all the same.
   */
  commit<Result>(key: ItemKey, work: () => Result): Result {
    return this.commitAll([key], work);
  }

  /** The same where several items change together. Nested, an inner one that throws undoes only itself. */
  commitAll<Result>(keys: readonly ItemKey[], work: () => Result): Result {
    const before = new Map(keys.map((key) => this.#copyOf(itemKeyText(key))));
    const isOutermost = this.#before === undefined;
    const all = this.#before ?? new Map<string, Item | undefined>();
    this.#before = all;
    for (const [name, item] of before) if (!all.has(name)) all.set(name, item);
    try {
      return this.#orders.transaction(work);
    } catch (error) {
      for (const [name, item] of isOutermost ? all : before) this.#restore(name, item);
      throw error;
    } finally {
      if (isOutermost) this.#before = undefined;
    }
  }

  #copyOf(name: string): readonly [name: string, item: Item | undefined] {
    const item = this.#items.get(name);
    return [name, item && { ...item }];
  }

  #restore(name: string, item: Item | undefined): void {
    if (item === undefined) this.#items.delete(name);
    else this.#items.set(name, item);
  }

  find(key: ItemKey): { readonly order: Broadcast; readonly standing: Standing } | undefined {
    return this.#items.get(itemKeyText(key));
  }

  /** An accepted order of that name, whatever became of it. */
  original(key: ItemKey): Original | undefined {
    const active = this.find(key);
    if (active !== undefined) return active;
    const stored = this.#orders.broadcasts.find(key);
    const order = stored && this.#payload(stored);
    return order && { order, standing: stored.standing };
  }

  active(): readonly ActiveItem[] {
    return [...this.#items.values()];
  }

  /** Orders whose audio is not here yet, in the order of acceptance. */
  waitingForAudio(): readonly { readonly order: Broadcast; readonly standing: Standing }[] {
    return [...this.#items.values()].filter(({ audioReady }) => !audioReady);
  }

  /** Every order that needs this file. */
  needing(audioHash: string): readonly Broadcast[] {
    return [...this.#items.values()].map(({ order }) => order).filter(({ audio }) => audio.hash === audioHash);
  }

  /** It ends with what sounds of it. False when it is over already, or known to be withdrawn. */
  withdraw(key: ItemKey): boolean {
    const item = this.#items.get(itemKeyText(key));
    if (item === undefined || item.withdrawn) return false;
    this.commit(key, () => {
      this.#orders.broadcasts.withdraw(key);
      item.withdrawn = true;
    });
    return true;
  }

  /** Who needs which stored file, for whoever has to make room. */
  audioUses(): ReadonlyMap<string, AudioUse[]> {
    const uses = new Map<string, AudioUse[]>();
    for (const { order, standing, stage } of this.#items.values()) {
      const state = stage.name === "playing" ? "on-air" : "waiting";
      const use: AudioUse = { class: standing.class, state, due: order.notBefore };
      uses.set(order.audio.hash, [...(uses.get(order.audio.hash) ?? []), use]);
    }
    return uses;
  }

  /** A stored file is damaged or was removed: whoever needs it has to wait for it again. */
  audioLost(audioHash: string): void {
    for (const order of this.needing(audioHash)) this.apply(order, { kind: "audio-lost" });
  }

  playBegan(key: ItemKey, play: Play): void {
    const item = this.#items.get(itemKeyText(key));
    if (item === undefined) return;
    item.plays = [...item.plays, play];
    this.apply(key, { kind: "play-began", zoneId: play.zoneId });
  }

  playEnded(key: ItemKey, began: Play, end: PlayEnd): void {
    const item = this.#items.get(itemKeyText(key));
    if (item === undefined) return;
    item.plays = item.plays.map((play) => (play === began ? { ...began, end } : play));
    this.apply(key, { kind: "play-ended", zoneId: began.zoneId, outcome: end.outcome });
    // The tone sounded alone. Told once, when the last zone has given up: the answer is to publish those chunks again.
    if (end.code !== "chunks-missing" || item.stage.name === "playing") return;
    const ranges = toRanges(this.#audio.missing(item.order.audio.hash) ?? []);
    if (ranges.length > 0) this.apply(key, { kind: "chunks-missing", ranges });
  }

  apply(key: ItemKey, event: ItemEvent): void {
    const item = this.#items.get(itemKeyText(key));
    if (item === undefined) return;
    const { stage, news } = stepItem(item.stage, event, item.standing.class);
    const changed = stage.name !== item.stage.name;
    this.commit(key, () => {
      if (event.kind === "audio-ready") item.audioReady = true;
      if (event.kind === "audio-lost") item.audioReady = false;
      item.stage = stage;
      const code = "code" in stage ? stage.code : undefined;
      if (changed) this.#orders.broadcasts.setState(key, stage.name, this.#clock.read().nowMs, code);
      if (news !== undefined) this.#tell(item.order, news, item.standing.class === "emergency");
    });
    if (isOver(stage)) this.#items.delete(itemKeyText(key));
  }

  #tell(
    order: Broadcast,
    news: Omit<Parameters<Reports["receipt"]>[0], "issuerOfItem" | "itemId" | "atMs" | "hash">,
    urgent: boolean,
  ): void {
    const hash = news.ranges === undefined ? undefined : order.audio.hash;
    const atMs = this.#clock.read().nowMs;
    this.#reports.receipt({ issuerOfItem: order.issuer, itemId: order.id, atMs, ...news, hash }, urgent);
  }

  #reopen(stored: StoredBroadcast): Broadcast | undefined {
    const order = this.#payload(stored);
    const capability = order === undefined || order.action === "cancel" ? undefined : judgeCapability(order);
    if (capability?.kind === "able") return capability.broadcast;
    const { key } = stored;
    this.#log.write("error", "store.failed", { ...key }, "a stored order can't be opened any more and stays silent");
    return undefined;
  }

  /** It was verified when it was accepted; it is opened again only for its words. */
  #payload({ key, topic }: StoredBroadcast): BroadcastOrder | undefined {
    const envelope = this.#orders.broadcasts.envelope(key);
    const parsed = parseDownTopic(topic);
    const opened = envelope && parsed && openDown(envelope, parsed);
    const payload = opened?.kind === "opened" ? opened.sealed.payload : undefined;
    return payload?.type === "broadcast" ? payload : undefined;
  }
}
