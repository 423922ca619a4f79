import type { Clock, Link } from "../domain/ports.ts";
import type { TimeQuery } from "../domain/report.ts";
import type { MonotonicMs } from "../domain/time.ts";
import type { TimeAnswer } from "../domain/trust.ts";
import { seal } from "../wire/envelope.ts";
import { timeTopic } from "../wire/topics.ts";
import type { Authority } from "./authority.ts";
import { documentMembers, type Moment } from "./moment.ts";

/** A gateway takes no answer that is older than its question by ten seconds; the rest is for the difference of two clocks. */
const ANSWER_SECONDS = 60;
/** A gateway asks every ten seconds at most. */
const ONCE_IN_MS = 5_000;

/** Tells gateways that know no time what time it is: each by itself, and none in a hurry. */
export class TimeAnswers {
  readonly #link: Pick<Link, "publish">;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #answeredAtMs = new Map<string, MonotonicMs>();

  constructor(link: Pick<Link, "publish">, clock: Pick<Clock, "monotonicMs">) {
    this.#link = link;
    this.#clock = clock;
  }

  /**
   * A query that its gateway signed. Whether it was answered.
   * @param authority without the use `time` it has nothing to say: gateways would refuse it
   */
  answer({ gateway, nonce }: TimeQuery, { delegation, signer, chain }: Authority, moment: Moment): boolean {
    const nowMs = this.#clock.monotonicMs();
    const last = this.#answeredAtMs.get(gateway);
    const isTooSoon = last !== undefined && nowMs - last < ONCE_IN_MS;
    if (isTooSoon || !delegation.uses.includes("time")) return false;
    this.#answeredAtMs.set(gateway, nowMs);
    const { issuer, level } = delegation.subject;
    const answer: TimeAnswer = {
      ...documentMembers(moment, { issuer, level, sequence: 0, seconds: ANSWER_SECONDS }),
      type: "time",
      gateway,
      nonce,
      nowMs: moment.nowMs,
    };
    const payload = seal(answer, [signer], answer.issuedAt, chain);
    void this.#link.publish({ topic: timeTopic(gateway, nonce), payload, qos: 0, retain: false });
    return true;
  }
}
