import type { Cancellable, Clock, InboundMessage, Part, Timers } from "../domain/ports.ts";
import type { DownTopic } from "../domain/trust.ts";
import { Rate } from "./rate.ts";

interface Parts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Checks a message that was put last. */
  readonly check: (message: InboundMessage) => void;
  readonly began: () => void;
  /** `hasForgotten`: messages went unread. They are retained at the broker, and can be asked for again. */
  readonly over: (hasForgotten: boolean) => void;
  readonly storageFailed: (error: unknown) => void;
}

/** More than this many refusals without a good signature, under one claimed kid, in one second. */
const MOST_REFUSALS = 20;
const LOOK_MS = 1_000;
/** So long after its last refusal a flood is over. */
const QUIET_MS = 60_000;
/** Of messages up to 128 KiB: 8 MiB at the worst. */
const MOST_WAITING = 64;
/** Whoever makes up a name for each message floods under none; what is counted of him must not grow. */
const MOST_KIDS = 256;

/**
 * Anybody can write anybody's kid, so a flood of forgeries must shut nobody up. What comes under a flooded kid is acknowledged at
 * once, never to keep an emergency from its turn, and checked when nothing else is to do; emergencies are checked as ever. What
 * there is no room for is asked for again when the flood is over.
 */
export class FloodGuard implements Part {
  readonly name = "flood-guard";
  readonly #parts: Parts;
  readonly #rate: Rate;
  /** Flooded kids, with the instant of the last refusal. */
  readonly #flooded = new Map<string, number>();
  #waiting: InboundMessage[] = [];
  #hasForgotten = false;
  #next: Cancellable | undefined;
  #quiet: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#rate = new Rate(parts.clock, MOST_KIDS);
  }

  get isAny(): boolean {
    return this.#flooded.size > 0;
  }

  /** A flood does not outlive the process that counted it. */
  start(): void {
    this.#parts.over(false);
  }

  stop(): void {
    this.#next?.cancel();
    this.#quiet?.cancel();
  }

  /** A message without a good signature that claimed to be by this key. */
  refused(kid: string): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const isFlood = this.#rate.count(kid) > MOST_REFUSALS;
    if (this.#flooded.has(kid)) this.#flooded.set(kid, nowMs);
    else if (isFlood) this.#begin(kid, nowMs);
  }

  /** Whether the message was put last. Nothing that an emergency is made of ever is, nor the answer to a question of ours. */
  putLast(kid: string, topic: DownTopic, message: InboundMessage): boolean {
    if (!this.#flooded.has(kid) || topic.kind === "time" || (topic.kind === "broadcast" && topic.emergency))
      return false;
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(message);
    else this.#hasForgotten = true;
    this.#schedule();
    return true;
  }

  #begin(kid: string, nowMs: number): void {
    const isFirst = !this.isAny;
    this.#flooded.set(kid, nowMs);
    if (isFirst) this.#parts.began();
    this.#quiet ??= this.#parts.timers.every(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const { clock, over } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (const [kid, lastMs] of this.#flooded) if (nowMs - lastMs >= QUIET_MS) this.#flooded.delete(kid);
    if (this.#flooded.size > 0) return;
    this.#quiet?.cancel();
    this.#quiet = undefined;
    over(this.#hasForgotten);
    this.#hasForgotten = false;
  }

  /** One a turn: whatever the broker has sent meanwhile goes before the next. */
  #schedule(): void {
    if (this.#waiting.length === 0) return;
    this.#next ??= this.#parts.timers.after(0, () => {
      this.#next = undefined;
      const message = this.#waiting.shift();
      try {
        if (message !== undefined) this.#parts.check(message);
      } catch (error) {
        // It was acknowledged, so the broker will not bring it again by itself.
        this.#hasForgotten = true;
        this.#parts.storageFailed(error);
      }
      this.#schedule();
    });
  }
}
