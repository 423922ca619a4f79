import { areaOf } from "../core/verify-document.ts";
import {
  type Absences,
  countAbsences,
  type Held,
  type HeldVersion,
  type Lack,
  lacksOf,
  missingOf,
} from "../core/withholding.ts";
import { type AreaId, type ItemKey, itemKeyText } from "../domain/broadcast.ts";
import type { Cancellable, InboundMessage, Log, Part, Timers } from "../domain/ports.ts";
import { isTrusted, type Milliseconds, type MonotonicMs, toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { AreaDocument, Beacon, Index, IndexedItem } from "../domain/trust.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { areaDocumentTopic, broadcastTopic, parseDownTopic, policyTopic, rootTopic } from "../wire/topics.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Items } from "./items.ts";
import type { TrustState } from "./trust-state.ts";
import type { TrustedClock } from "./trusted-clock.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly items: Items;
  readonly trust: TrustState;
  readonly clock: TrustedClock;
  readonly alarms: AlarmBoard;
  readonly timers: Timers;
  readonly log: Log;
  /** Asks the broker for these topics once more. False while there is no connection: then everything is asked for with the next. */
  readonly ask: (topics: readonly string[]) => boolean;
  /** Orders were withdrawn. */
  readonly changed: () => void;
}

const LOOKED_AT_EVERY_MS = 60_000;
/** Six beacons. */
const SILENT_AFTER_MS = 3_600_000;
/** So long a broker may take to bring what was asked for again. */
const BROUGHT_WITHIN_MS = 120_000;
const ASKED_AT_ONCE = 32;
/** What a session kept while we were away comes right behind its connect, and may be old without being retained. */
const QUEUE_COMES_WITHIN_MS = 60_000;

/** Notices what is kept from this box: beacons that stay away or name what is not here, and orders that an index has or lacks. */
export class Watch implements Part {
  readonly name = "watch";
  readonly #parts: Parts;
  readonly #heardAtMs = new Map<string, MonotonicMs>();
  /** What lacks, and since when it was noticed. */
  readonly #lacking = new Map<string, MonotonicMs>();
  readonly #absences = new Map<string, Absences>();
  /** Topics of documents whose time has not come, and when it does. */
  readonly #later = new Map<string, UnixSeconds>();
  #startedAtMs: MonotonicMs = 0;
  #connectedAtMs: MonotonicMs = 0;
  #chore: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#startedAtMs = this.#parts.clock.monotonicMs();
    this.#chore = this.#parts.timers.every(LOOKED_AT_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#chore?.cancel();
  }

  connected(): void {
    this.#connectedAtMs = this.#parts.clock.monotonicMs();
  }

  /** After the commit that accepted it. */
  beacon(beacon: Beacon, { retained }: Pick<InboundMessage, "retained">): void {
    const { clock } = this.#parts;
    const { now, issuedAt } = beacon;
    // Its keys were judged by its `now`: what it says of a later time nobody vouches for.
    clock.issued(Math.min(issuedAt, now));
    this.compare(beacon, { retained });
    this.#heardAtMs.set(placeOf(beacon), clock.monotonicMs() - this.#ageMs(beacon));
    this.#look();
  }

  /** What a beacon says of the time, whatever else it says. */
  compare({ issuer, now }: Beacon, { retained }: Pick<InboundMessage, "retained">): void {
    const { clock } = this.#parts;
    const isFresh = !retained && clock.monotonicMs() - this.#connectedAtMs > QUEUE_COMES_WITHIN_MS;
    clock.heardBeacon({ issuer, now, isFresh });
  }

  /** A document came before its time: of one topic the last that came is what the broker has. */
  later(topic: string, from: UnixSeconds): void {
    if (from * 1000 > this.#parts.clock.read().nowMs) this.#later.set(topic, from);
  }

  /** After the commit that accepted it. */
  index(index: Index): void {
    const { items, log, changed } = this.#parts;
    const place = placeOf(index);
    const { absences, withdrawn } = countAbsences(
      index,
      this.#acceptedBy(index),
      this.#absences.get(place) ?? new Map(),
    );
    this.#absences.set(place, absences);
    for (const id of withdrawn) {
      const { issuer } = index;
      if (items.withdraw({ issuer, id }))
        log.write("info", "order.withdrawn", { issuer, id }, "its issuer no longer names it");
    }
    if (withdrawn.length > 0) changed();
    this.#look();
  }

  /** What lacks is asked for again; what still lacks after that, or a beacon that stays away, somebody must know of. */
  #look(): void {
    const { clock, alarms, log } = this.#parts;
    const nowMs = clock.monotonicMs();
    const named = [...this.#documents("index"), ...this.#documents("revoked")];
    const beacons = this.#documents("beacon").flatMap(({ document }) => (document.type === "beacon" ? [document] : []));
    const indexes = named.flatMap(({ document }) => (document.type === "index" ? [document] : []));
    const lacks = beacons.flatMap((beacon) =>
      lacksOf(beacon, this.#held(beacon, named)).map((lack) => topicOf(lack, beacon)),
    );
    const missing = indexes.flatMap((index) => this.#missing(index).flatMap((item) => topicsOf(item, index.area)));
    const wanted = new Set([...lacks, ...missing]);
    for (const topic of this.#lacking.keys()) if (!wanted.has(topic)) this.#lacking.delete(topic);
    for (const topic of wanted) if (!this.#lacking.has(topic)) this.#lacking.set(topic, nowMs);
    const due = [...this.#later].flatMap(([topic, from]) => (from * 1000 <= clock.read().nowMs ? [topic] : []));
    const asked = [...new Set([...due, ...wanted])].slice(0, ASKED_AT_ONCE);
    if (asked.length > 0) {
      log.write(
        "debug",
        "network.asked",
        { topics: asked },
        "what is named and not here, or due now, is asked for again",
      );
      if (this.#parts.ask(asked)) for (const topic of asked) this.#later.delete(topic);
    }

    const silent = beacons.filter((beacon) => nowMs - this.#lastHeardMs(beacon) > SILENT_AFTER_MS);
    const withheld = [...this.#lacking].filter(([, sinceMs]) => nowMs - sinceMs > BROUGHT_WITHIN_MS);
    const [first] = silent;
    if (first !== undefined) alarms.raise("network", `no beacon of ${first.issuer} in ${first.area} for an hour`);
    else if (withheld.length > 0) alarms.raise("network", `the broker does not bring ${withheld[0]?.[0]}`);
    else alarms.clear("network");
  }

  /** A broker that keeps everything back for a day brings a beacon every ten minutes, too. */
  #ageMs({ now }: Beacon): Milliseconds {
    const reading = this.#parts.clock.read();
    return isTrusted(reading) ? Math.max(0, reading.nowMs - now * 1000) : 0;
  }

  #lastHeardMs(beacon: Beacon): MonotonicMs {
    return this.#heardAtMs.get(placeOf(beacon)) ?? this.#startedAtMs;
  }

  /** The newest of each issuer in the areas we are in. */
  #documents(type: AreaDocument["type"]): readonly HeldDocument[] {
    const { orders, trust } = this.#parts;
    return orders.trust.list(type).flatMap(({ issuer, scope, envelope }) => {
      if (!trust.ground.kinds.has(scope)) return [];
      const opened = openDown(envelope, { kind: type, area: scope, issuer });
      if (opened.kind !== "opened") return [];
      const { payload: document, payloadHash } = opened.sealed;
      const isOne = document.type === "beacon" || document.type === "index" || document.type === "revoked";
      return isOne ? [{ document, payloadHash, issuedAt: document.issuedAt }] : [];
    });
  }

  #held(beacon: Beacon, named: readonly HeldDocument[]): Held {
    const { trust } = this.#parts;
    const place = placeOf(beacon);
    const version = (type: AreaDocument["type"]) =>
      named.find(({ document }) => document.type === type && placeOf(document) === place);
    return {
      rootVersion: trust.root.root.rootVersion,
      policySequence: trust.signedPolicy?.sequence ?? 0,
      index: version("index"),
      revoked: version("revoked"),
    };
  }

  #missing(index: Index): readonly IndexedItem[] {
    const { orders, clock } = this.#parts;
    const isKnown = (key: ItemKey, hash: string) =>
      orders.seen.payloadHash(key) !== undefined ||
      orders.pending.get(key, hash) !== undefined ||
      orders.refusals.has(key, hash);
    return missingOf(index, toUnixSeconds(clock.read().nowMs), isKnown);
  }

  /** What waits or sounds of its issuer's, as it came by the topic of that area. */
  #acceptedBy({ issuer, area }: Index): readonly ItemOf[] {
    const { orders, items } = this.#parts;
    return items.active().flatMap(({ order }) => {
      if (order.issuer !== issuer) return [];
      const topic = orders.broadcasts.find(order)?.topic;
      const parsed = topic === undefined ? undefined : parseDownTopic(topic);
      return parsed?.kind === "broadcast" && parsed.area === area ? [order] : [];
    });
  }
}

type HeldDocument = HeldVersion & { readonly document: AreaDocument };

type ItemOf = { readonly id: string; readonly issuedAt: number };

function placeOf(document: AreaDocument): string {
  return itemKeyText({ issuer: document.issuer, id: areaOf(document) });
}

function topicOf(lack: Lack, { area, issuer, rootVersion }: Beacon): string {
  switch (lack) {
    case "root":
      return rootTopic(rootVersion);
    case "policy":
      return policyTopic();
    case "index":
    case "revoked":
      return areaDocumentTopic(lack, area, issuer);
    default:
      return lack satisfies never;
  }
}

/** What is no emergency itself may refer to one, and then it travels with them. */
function topicsOf({ id, class: ofClass }: IndexedItem, area: AreaId): readonly string[] {
  const emergency = broadcastTopic(area, true, id);
  return ofClass === "emergency" ? [emergency] : [broadcastTopic(area, false, id), emergency];
}
