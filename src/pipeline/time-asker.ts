import { pauseBeforeAskingMs, readAnswer, type TimeQuestion } from "../core/time-answer.ts";
import type { Cancellable, Chance, Link, Log, Part, Timers } from "../domain/ports.ts";
import { isTrusted, toUnixSeconds } from "../domain/time.ts";
import type { TimeAnswer } from "../domain/trust.ts";
import { timeQueryTopic } from "../wire/topics.ts";
import type { TrustedClock } from "./trusted-clock.ts";
import type { Voice } from "./voice.ts";

interface Parts {
  readonly voice: Voice;
  readonly link: Link;
  readonly clock: TrustedClock;
  readonly timers: Timers;
  readonly chance: Chance;
  readonly log: Log;
}

/** Asks the centre what time it is, again and again with growing pauses, while nothing on the box is to be believed. */
export class TimeAsker implements Part {
  readonly name = "time-asker";
  readonly #parts: Parts;
  #asked = 0;
  /** Only the last question counts: an answer to an earlier one may have been kept back. */
  #question: TimeQuestion | undefined;
  #next: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.clock.onChange(() => this.#askIfNeeded());
  }

  stop(): void {
    this.#next?.cancel();
    this.#next = undefined;
    this.#question = undefined;
  }

  connected(): void {
    this.stop();
    this.#asked = 0;
    this.#askIfNeeded();
  }

  /** An answer that an authority signed. */
  answered(answer: TimeAnswer): void {
    const { clock, log } = this.#parts;
    const reading = readAnswer(this.#question, answer, clock.monotonicMs());
    const { issuer, nowMs } = answer;
    if (reading.kind === "ignored") {
      log.write("warn", "time.ignored", { issuer, reason: reading.reason }, "a time answer that answers nothing");
      return;
    }
    this.#question = undefined;
    const { errorMs } = reading;
    log.write("info", "time.answered", { issuer, nowMs, errorMs }, "an authority said what time it is");
    // Its keys were judged by what it tells: of a later time they say nothing.
    clock.issued(Math.min(answer.issuedAt, toUnixSeconds(nowMs)));
    clock.heardAnswer(reading.nowMs, errorMs);
  }

  #askIfNeeded(): void {
    const { voice, link, clock, timers, chance, log } = this.#parts;
    if (!link.isConnected || this.#next !== undefined || isTrusted(clock.read())) return;
    this.#asked += 1;
    const nonce = chance.nonce();
    const query = voice.message(
      timeQueryTopic(voice.gateway),
      { type: "time-query", nonce },
      { qos: 0, retain: false },
    );
    this.#question = { nonce, askedAtMs: clock.monotonicMs() };
    log.write("debug", "time.asked", { asked: this.#asked }, "asked the centre what time it is");
    void link.publish(query);
    this.#next = timers.after(pauseBeforeAskingMs(this.#asked, chance.fraction()), () => {
      this.#next = undefined;
      this.#askIfNeeded();
    });
  }
}
