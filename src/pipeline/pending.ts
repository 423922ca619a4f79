import { mayPass, overflowOf } from "../core/pending.ts";
import { objection, type Refused } from "../core/refusal.ts";
import type { Cancellable, Clock, InboundMessage, Log, Part, Timers } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { DownPayload, PassingReason, Sealed } from "../domain/trust.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { PendingMessage } from "../store/pending.ts";
import type { Recorder } from "./recorder.ts";
import type { Refusals } from "./refusals.ts";
import type { Reports } from "./reports.ts";

/** What came of a message: it waits for its reason to pass, or nothing more is to be done. */
export type Outcome = "waits" | "settled";

interface Parts {
  readonly orders: OrdersStore;
  readonly recorder: Recorder;
  readonly refusals: Refusals;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Judges a message as if it came now. */
  readonly judge: (message: InboundMessage) => Outcome;
  readonly storageFailed: (error: unknown) => void;
}

type Passing = Refused & { readonly code: PassingReason };
type Spoken = Extract<DownPayload, { type: "broadcast" | "control" }>;

const HOUR_MS = 3_600_000;

/** Well-signed orders and controls that are refused for a reason that may pass: kept to their expiry, and judged again. */
export class PendingMessages implements Part {
  readonly name = "pending";
  readonly #parts: Parts;
  #queue: PendingMessage[] = [];
  #next: Cancellable | undefined;
  #hourly: Cancellable | undefined;
  /** When the next of them may pass, by time alone. */
  #wake: { readonly at: UnixSeconds; readonly timer: Cancellable } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What was to be judged again when the last process ended is judged now; each hour what has expired is given up. */
  start(): void {
    this.#hourly = this.#parts.timers.every(HOUR_MS, () => this.judgeAgain());
    this.judgeAgain();
  }

  stop(): void {
    this.#hourly?.cancel();
    this.#next?.cancel();
    this.#wake?.timer.cancel();
  }

  /** Only what one day may have an effect of its own; of documents the newest is asked for again anyway. */
  mayKeep(refused: Refused, payload: DownPayload): refused is Passing {
    return mayPass(refused.code) && (payload.type === "broadcast" || payload.type === "control");
  }

  /** Another envelope around the same payload, if one waits. */
  find({ payload: { issuer, id }, payloadHash }: Sealed<DownPayload>): PendingMessage | undefined {
    return this.#parts.orders.pending.get({ issuer, id }, payloadHash);
  }

  /** Told once, by a record and a receipt; what had no room once is not kept again. */
  keep(
    { code, detail, passesAt }: Passing,
    sealed: Sealed<DownPayload>,
    { topic, payload: envelope }: InboundMessage,
  ): Outcome {
    const { orders, recorder, reports, clock, log } = this.#parts;
    const { issuer, id, expiresAt, type } = sealed.payload;
    const { payloadHash } = sealed;
    const key = { issuer, id };
    const known = orders.pending.get(key, payloadHash);
    if (known === undefined && orders.refusals.has(key, payloadHash, code)) return "settled";
    const ownClass = urgencyOf(sealed.payload as Spoken);
    orders.transaction(() => {
      orders.pending.put({ key, payloadHash, class: ownClass, code, topic, expiresAt, envelope });
      this.#makeRoom();
      if (known !== undefined) return;
      recorder.record({ kind: "received", issuer, itemId: id, outcome: "pending", code, payloadHash });
      const told = { issuerOfItem: issuer, itemId: id, state: "pending", code, detail } as const;
      reports.receipt({ ...told, atMs: clock.read().nowMs }, ownClass === "emergency");
    });
    if (passesAt !== undefined) this.#wakeAt(passesAt);
    if (known === undefined) log.write("info", "order.pending", { type, issuer, id, code, detail }, `waits: ${detail}`);
    return "waits";
  }

  /** The clock may be set meanwhile, so what is further off than the hourly look is left to it. */
  #wakeAt(at: UnixSeconds): void {
    const { timers, clock } = this.#parts;
    const inMs = Math.max(at * 1000 - clock.read().nowMs, 1_000);
    if (inMs > HOUR_MS || (this.#wake !== undefined && this.#wake.at <= at)) return;
    this.#wake?.timer.cancel();
    const wake = () => {
      this.#wake = undefined;
      this.judgeAgain();
    };
    this.#wake = { at, timer: timers.after(inMs, wake) };
  }

  /** Whom we believe, where we stand or who signed has changed. A few milliseconds each: one a turn, emergencies first. */
  judgeAgain(): void {
    this.#queue = this.#parts.orders.pending.all();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#queue.length === 0) return;
    this.#next ??= this.#parts.timers.after(0, () => {
      this.#next = undefined;
      const message = this.#queue.shift();
      if (message === undefined) return;
      try {
        this.#judge(message);
      } catch (error) {
        this.#queue = [];
        this.#parts.storageFailed(error);
      }
      this.#schedule();
    });
  }

  #judge({ key, payloadHash, topic, code, expiresAt }: PendingMessage): void {
    const { orders, judge, clock } = this.#parts;
    const kept = orders.pending.get(key, payloadHash);
    if (kept === undefined) return;
    const outcome = judge({ topic, payload: kept.envelope, retained: true });
    const { state, nowMs } = clock.read();
    const isOver = state === "sync" && toUnixSeconds(nowMs) > expiresAt;
    if (outcome === "waits" && !isOver) return;
    if (orders.pending.remove(key, payloadHash) && outcome === "waits")
      this.#giveUp(kept, code, "it waited for that until it expired");
  }

  #makeRoom(): void {
    const { orders } = this.#parts;
    for (const { key, payloadHash } of overflowOf(orders.pending.sizes())) {
      const message = orders.pending.get(key, payloadHash);
      if (message === undefined) continue;
      orders.pending.remove(key, payloadHash);
      this.#giveUp(message, message.code, "no room for it among what waits");
    }
  }

  /** From now on it is refused like any other. */
  #giveUp(message: PendingMessage, code: PassingReason, why: string): void {
    const told = message.class === "emergency" ? "issuer-at-once" : "issuer";
    this.#parts.refusals.refuse({ ...message, objection: objection(code, why), told });
  }
}

function urgencyOf(payload: Spoken): PendingMessage["class"] {
  return payload.type === "broadcast" ? payload.class : "priority";
}
