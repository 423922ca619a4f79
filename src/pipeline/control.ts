import type {
  Cancellable,
  Clock,
  Connected,
  InboundMessage,
  Link,
  LinkLoss,
  Log,
  Part,
  RetainHandling,
  Timers,
} from "../domain/ports.ts";
import { isTrusted } from "../domain/time.ts";
import type { Placement } from "../domain/trust.ts";
import {
  areaDocumentFilters,
  broadcastFilter,
  controlFilter,
  emergencyFilter,
  gatewayDownFilters,
  trustFilters,
} from "../wire/topics.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Intake } from "./intake.ts";
import type { Presence } from "./presence.ts";
import type { TimeAsker } from "./time-asker.ts";
import type { TrustState } from "./trust-state.ts";
import type { Uplink } from "./uplink.ts";

interface Parts {
  readonly link: Link;
  readonly intake: Intake;
  readonly presence: Presence;
  readonly uplink: Uplink;
  readonly timeAsker: TimeAsker;
  readonly trust: TrustState;
  readonly alarms: AlarmBoard;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Returns whether there is room now. */
  readonly storageFailed: (error: unknown) => boolean;
  readonly linkChanged: (isConnected: boolean) => void;
}

/** So long an exact topic stays subscribed that was asked for. */
const ASKED_FOR_MS = 30_000;
/** After this long a resumed session can't be trusted to hold everything: brokers cut long queues without a word. */
const TRUSTED_GAP_MS = 60_000;
/** Roots that were missed come one after another: everything else is asked for once, when the last one is here. */
const ROOTS_SETTLE_MS = 1_000;

/** The control connection: at every connect it says who we are, asks for everything, and sends what waits. */
export class Control implements Part {
  readonly name = "control";
  readonly #parts: Parts;
  #rootsSettle: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    const { link, presence, clock } = this.#parts;
    clock.onChange(() => this.#clockChanged());
    link.start({
      will: () => presence.will(),
      connected: (info) => this.#connected(info),
      disconnected: (loss) => this.#disconnected(loss),
      attemptFailed: (loss, detail) => {
        if (loss === "untrusted") this.#parts.alarms.raise("auth", detail);
      },
      message: (message) => this.#take(message),
    });
  }

  stop(): Promise<void> {
    this.#rootsSettle?.cancel();
    return this.#parts.link.stop();
  }

  /** Its successor may have come before it, and what is signed under it was refused until now: both are asked for again. */
  rooted(): void {
    const { link, presence, timers } = this.#parts;
    presence.announceBirth();
    if (link.isConnected) this.#subscribe(trustFilters(), 0);
    this.#rootsSettle?.cancel();
    this.#rootsSettle = timers.after(ROOTS_SETTLE_MS, () => this.askAgain());
  }

  /** Everything that is retained for us, once more. */
  askAgain(): void {
    const { link, trust } = this.#parts;
    if (link.isConnected) this.#subscribe(filtersOf(trust.placement), 0);
  }

  /** Areas may have come and gone with a new placement. */
  placed(before: Placement): void {
    const { link, trust } = this.#parts;
    if (!link.isConnected) return;
    const now = new Set(filtersOf(trust.placement));
    const then = new Set(filtersOf(before));
    const gone = [...then].filter((filter) => !now.has(filter));
    const come = [...now].filter((filter) => !then.has(filter));
    if (gone.length > 0) link.unsubscribe(gone).catch(ignoreLostLink);
    if (come.length > 0) this.#subscribe(come, 0);
  }

  /** Retained messages once more, each by its exact topic: a subscription of its own brings them, whatever the broker thinks of ours. */
  ask(topics: readonly string[]): boolean {
    const { link, timers, trust } = this.#parts;
    if (!link.isConnected) return false;
    this.#subscribe(topics, 0);
    const ours = new Set(filtersOf(trust.placement));
    const foreign = topics.filter((topic) => !ours.has(topic));
    timers.after(ASKED_FOR_MS, () => {
      if (link.isConnected && foreign.length > 0) link.unsubscribe(foreign).catch(ignoreLostLink);
    });
    return true;
  }

  /** Nothing more of this filter. */
  leave(filter: string): void {
    const { link } = this.#parts;
    if (link.isConnected) link.unsubscribe([filter]).catch(ignoreLostLink);
  }

  /** What is retained under it: sent right after each other, nothing of what comes gets between the two. */
  poll(filter: string): void {
    this.listen(filter);
    this.leave(filter);
  }

  listen(filter: string): void {
    const { link, trust } = this.#parts;
    if (link.isConnected && filtersOf(trust.placement).includes(filter)) this.#subscribe([filter], 0);
  }

  /** A fault of our own is thrown on: then there is no PUBACK, and the broker sends the message again. */
  #take(message: InboundMessage): void {
    const { intake, storageFailed } = this.#parts;
    try {
      intake.take(message);
    } catch (error) {
      if (!storageFailed(error)) throw error;
      // At once: an emergency must not wait for the broker to send it again.
      intake.take(message);
    }
  }

  #connected({ sessionPresent, downMs }: Connected): void {
    const { presence, uplink, timeAsker, trust, linkChanged } = this.#parts;
    presence.connected();
    const isWhole = sessionPresent && downMs !== undefined && downMs <= TRUSTED_GAP_MS;
    this.#subscribe(filtersOf(trust.placement), isWhole ? 1 : 0);
    uplink.connected();
    timeAsker.connected();
    linkChanged(true);
  }

  #disconnected(loss: LinkLoss): void {
    if (loss === "taken-over") {
      this.#parts.alarms.raise(
        "duplicate-id",
        "another client uses this gateway's id: a cloned image or a copied enrolment folder",
      );
    }
    this.#parts.linkChanged(false);
  }

  /** Without a clock the policy and our own documents were refused: asked for again, they are judged anew. */
  #clockChanged(): void {
    const { link, trust, clock } = this.#parts;
    if (link.isConnected && isTrusted(clock.read())) {
      this.#subscribe([...trustFilters(), ...gatewayDownFilters(trust.placement.gateway)], 0);
    }
  }

  #subscribe(filters: readonly string[], retainHandling: RetainHandling): void {
    const { link, alarms, log } = this.#parts;
    link.subscribe(filters, retainHandling).then(
      () => alarms.clear("auth"),
      (error: unknown) => {
        if (!link.isConnected) return;
        log.write("error", "link.subscribe-failed", { error }, "the broker refuses a subscription; check its ACL");
        alarms.raise("auth", "the broker refuses a subscription");
        link.drop("subscription refused");
      },
    );
  }
}

/** Emergencies first: should the broker stop halfway, they were asked for. Controls before what they may silence. */
function filtersOf({ gateway, areas }: Placement): readonly string[] {
  return [
    ...areas.map(({ id }) => emergencyFilter(id)),
    ...areas.map(({ id }) => controlFilter(id)),
    ...areas.map(({ id }) => broadcastFilter(id)),
    ...trustFilters(),
    ...areas.flatMap(({ id }) => areaDocumentFilters(id)),
    ...gatewayDownFilters(gateway),
  ];
}

function ignoreLostLink(): void {
  // A new session asks only for what is in force.
}
