import { isAgentFailure } from "../domain/failure.ts";
import type { Cancellable, Chance, Clock, InboundMessage, Link, Part, Timers } from "../domain/ports.ts";
import type { CheckpointReport, ReceiptReport, UpPayload } from "../domain/report.ts";
import { toUnixSeconds } from "../domain/time.ts";
import { allUpFilter, chunkTopic, parseUpTopic } from "../wire/topics.ts";
import type { DeskDatabase } from "./database.ts";
import { keepEvidence } from "./evidence-keeper.ts";
import { MissingChunks, numbersIn } from "./missing-chunks.ts";
import { DAY_SECONDS, type Moment } from "./moment.ts";
import { RefusalTally } from "./refusal-tally.ts";
import { reportEvents } from "./report-events.ts";
import { Republisher } from "./republisher.ts";
import { endingLists } from "./revocation-lists.ts";
import type { ServeEvent } from "./serve-event.ts";
import type { SigningKeys } from "./service-keys.ts";
import { TimeAnswers } from "./time-answers.ts";
import { verifyReport } from "./verify-report.ts";

export interface DeskServerParts {
  readonly database: DeskDatabase;
  readonly keys: SigningKeys;
  readonly link: Link;
  readonly clock: Clock;
  readonly timers: Pick<Timers, "every">;
  readonly chance: Chance;
  /** For the line `connected`. */
  readonly broker: string;
  readonly tell: (event: ServeEvent) => void;
  /** The desk's own database failed in the background; nothing can be kept any more. */
  readonly fault: (error: unknown) => void;
}

/** Below this the session's own queue has what was missed; above, retained messages are asked for again (contract, section 2). */
const LONG_ABSENCE_MS = 60_000;
/** Brokers lose retained messages without a word (a disk that was full, a restore of yesterday's copy), so nobody would ask. */
const REPUBLISH_EVERY_MS = 6 * 3_600_000;
const CLEAR_EVERY_MS = 60_000;
const BEACON_EVERY_MS = 600_000;
const REMIND_EVERY_MS = DAY_SECONDS * 1000;
/** Other commands of this desk put orders beside: so soon an index names them. */
const INDEX_EVERY_MS = 15_000;

/**
 * The desk's side of the conversation: believes what gateways say by their keys, stores it before the PUBACK, acknowledges
 * evidence, and keeps at the broker what the desk wants there.
 */
export class DeskServer implements Part {
  readonly name = "desk-server";
  readonly #parts: DeskServerParts;
  readonly #republisher: Republisher;
  readonly #missing = new MissingChunks();
  readonly #times: TimeAnswers;
  readonly #refusals = new RefusalTally();
  #chores: readonly Cancellable[] = [];

  constructor(parts: DeskServerParts) {
    this.#parts = parts;
    const { link, clock, database, tell, fault } = parts;
    this.#times = new TimeAnswers(link, clock);
    this.#republisher = new Republisher(link, clock, database.retained, {
      refused: (topic, reasonCode) => tell({ event: "publish-refused", topic, reasonCode }),
      restored: (messages, cleared) => tell({ event: "restored", messages, cleared }),
      cleared: (cleared) => tell({ event: "cleared", cleared }),
      fault,
    });
  }

  start(): void {
    const { link, timers, tell, broker } = this.#parts;
    const whenConnected = (chore: () => void) => () => {
      if (link.isConnected) chore();
    };
    this.#chores = [
      timers.every(
        REPUBLISH_EVERY_MS,
        whenConnected(() => {
          this.#announce(true);
          this.#republisher.queueEverything();
        }),
      ),
      timers.every(
        BEACON_EVERY_MS,
        whenConnected(() => this.#whenFollowed(() => this.#beacon())),
      ),
      timers.every(
        INDEX_EVERY_MS,
        whenConnected(() => this.#announce(false)),
      ),
      timers.every(
        CLEAR_EVERY_MS,
        whenConnected(() => this.#republisher.clearExpired()),
      ),
      timers.every(REMIND_EVERY_MS, () => this.#remind()),
    ];
    this.#remind();
    link.start({
      connected: ({ sessionPresent, downMs }) => {
        tell({ event: "connected", broker });
        const missedLittle = sessionPresent && downMs !== undefined && downMs <= LONG_ABSENCE_MS;
        link
          .subscribe([allUpFilter()], missedLittle ? 1 : 0)
          .catch((error: unknown) => link.drop(error instanceof Error ? error.message : String(error)));
        this.#announce(true);
        // Whatever the broker says about our session: a crash may have cost it messages that it had acknowledged.
        this.#republisher.queueEverything();
      },
      disconnected: (reason) => {
        this.#republisher.forgetQueue();
        tell({ event: "disconnected", reason });
      },
      attemptFailed: (reason, detail) => tell({ event: "unreachable", reason, detail }),
      message: (message) => this.#take(message),
    });
  }

  async stop(): Promise<void> {
    for (const chore of this.#chores) chore.cancel();
    this.#republisher.forgetQueue();
    await this.#parts.link.stop();
  }

  /** Stored when this returns, so the broker may forget it. A throw (our disk) costs the connection, and it comes again. */
  #take({ topic, payload }: InboundMessage): void {
    const { database } = this.#parts;
    const parsed = parseUpTopic(topic);
    // A retained message cleared by its gateway, or a topic this desk has no use for yet.
    if (parsed === undefined || payload.byteLength === 0) return;
    const verdict = verifyReport(payload, parsed, database.register.find(parsed.gateway)?.publicKey);
    if (verdict.kind === "good") this.#keep(verdict.report);
    else this.#refuse(topic, verdict.code, verdict.detail);
  }

  #keep(report: UpPayload): void {
    const { database, keys, clock, tell } = this.#parts;
    if (report.type === "time-query") {
      if (this.#times.answer(report, keys.service, this.#moment()))
        tell({ event: "time-told", gateway: report.gateway });
      return;
    }
    if (report.type === "evidence") {
      const { events, topics } = keepEvidence(database, keys.service, report, this.#moment());
      for (const event of events) tell(event);
      this.#republisher.queue(topics);
      return;
    }
    const isNews = database.reports.put(report, clock.read().nowMs);
    if (report.type === "receipt") this.#sendMissing(report);
    if (report.type === "checkpoint") this.#compare(report);
    if (!isNews) return;
    for (const event of reportEvents(report)) tell(event);
  }

  /** An index first, and behind it the beacon that names it. */
  #announce(isRound: boolean): void {
    this.#whenFollowed(() => {
      const topics = this.#parts.keys.heralds.flatMap((herald) => herald.indexes(this.#moment(), isRound));
      this.#republisher.queue(topics);
      if (topics.length > 0) this.#beacon();
    });
  }

  #beacon(): void {
    this.#republisher.queue(this.#parts.keys.heralds.flatMap((herald) => herald.beacons(this.#moment())));
  }

  /** Of what a person has to sign anew. */
  #remind(): void {
    const { database, clock, tell } = this.#parts;
    const now = toUnixSeconds(clock.read().nowMs);
    for (const { issuer, area, endsAt, key } of endingLists(database, now)) {
      const days = Math.max(0, Math.ceil((endsAt - now) / DAY_SECONDS));
      tell({ event: "revocation-ends", issuer, area, days, ...key });
    }
  }

  /** Says it with the keys that the desk has by now; also where they can't be read: the former ones may be good still. */
  #whenFollowed(say: () => void): void {
    const { keys, link, tell, fault } = this.#parts;
    keys
      .follow()
      .then(
        (isNews) => {
          if (!isNews) return;
          tell({ event: "keys-changed", issuers: keys.heralds.map(({ issuer }) => issuer) });
          this.#remind();
          if (link.isConnected) this.#republisher.queueEnvelopes();
        },
        (error: unknown) => {
          if (!isAgentFailure(error)) throw error;
          tell({ event: "keys-unread", detail: error.message });
        },
      )
      .then(() => {
        if (link.isConnected) say();
      })
      .catch(fault);
  }

  #sendMissing({ gateway, hash, ranges }: ReceiptReport): void {
    if (hash === undefined || ranges === undefined) return;
    const { database, clock, tell } = this.#parts;
    const due = this.#missing
      .due(hash, ranges, clock.monotonicMs())
      .map((n) => chunkTopic(hash, n))
      .filter((topic) => database.retained.find(topic) !== undefined);
    tell({ event: "chunks-missing", gateway, hash, missing: numbersIn(ranges).length, resent: due.length });
    this.#republisher.queue(due);
  }

  /** A checkpoint outlives the batches before it, so it shows a rewritten chain even when those never come again. */
  #compare({ gateway, epoch, q, hash }: CheckpointReport): void {
    const { database, tell } = this.#parts;
    const held = database.evidence.chain(gateway, epoch).hashAt(q);
    if (held === undefined || Buffer.from(held).toString("base64url") === hash) return;
    const detail = "a checkpoint names another hash than the desk holds";
    tell({ event: "evidence-refused", gateway, epoch, problem: "fork", from: q, to: q, detail });
  }

  #refuse(topic: string, code: string, detail: string): void {
    const count = this.#refusals.count(code, this.#parts.clock.monotonicMs());
    if (count > 0) this.#parts.tell({ event: "message-refused", topic, code, detail, count });
  }

  #moment(): Moment {
    return { nowMs: this.#parts.clock.read().nowMs, chance: this.#parts.chance };
  }
}
