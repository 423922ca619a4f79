import type { Clock, Link } from "../domain/ports.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import { parseDownTopic } from "../wire/topics.ts";
import type { Retained } from "./retained.ts";

/** Publishes in flight at one time: enough to keep a link busy, few enough to leave room for what is urgent. */
const WINDOW = 16;

export interface RepublisherEvents {
  refused(topic: string, reasonCode: number): void;
  /** All that `queueEverything` queued was dealt with: this many stand at the broker again, this many were removed. */
  restored(messages: number, cleared: number): void;
  /** All that `clearExpired` queued was dealt with: this many expired messages were removed. */
  cleared(cleared: number): void;
  /** The desk's own database failed. */
  fault(error: unknown): void;
}

/**
 * Brings topics at the broker to what the desk wants there: the message it holds, or nothing once that has expired. What is
 * queued when the link goes is forgotten, because everything is queued again at the next connect.
 */
export class Republisher {
  readonly #link: Pick<Link, "publish">;
  readonly #clock: Pick<Clock, "read">;
  readonly #retained: Retained;
  readonly #events: RepublisherEvents;
  readonly #queue = new Set<string>();
  /** What is told when the queue is empty again. */
  #round: "restoring" | "clearing" | undefined;
  #inFlight = 0;
  #published = 0;
  #cleared = 0;

  constructor(link: Pick<Link, "publish">, clock: Pick<Clock, "read">, retained: Retained, events: RepublisherEvents) {
    this.#link = link;
    this.#clock = clock;
    this.#retained = retained;
    this.#events = events;
  }

  queueEverything(): void {
    const now = this.#now();
    this.#begin("restoring");
    this.queue([...this.#retained.expiredTopics(now), ...this.#retained.activeTopics(now)]);
  }

  /** All but chunks, for what another command keeps, and was ended before it could publish. */
  queueEnvelopes(): void {
    this.queue(this.#retained.activeTopics(this.#now()).filter((topic) => parseDownTopic(topic) !== undefined));
  }

  /** Nothing while everything is being restored: what has expired is among it. */
  clearExpired(): void {
    if (this.#round !== undefined) return;
    const expired = this.#retained.expiredTopics(this.#now());
    if (expired.length === 0) return;
    this.#begin("clearing");
    this.queue(expired);
  }

  queue(topics: readonly string[]): void {
    for (const topic of topics) this.#queue.add(topic);
    this.#pump();
  }

  forgetQueue(): void {
    this.#round = undefined;
    this.#queue.clear();
  }

  #begin(round: "restoring" | "clearing"): void {
    this.#round = round;
    this.#published = 0;
    this.#cleared = 0;
  }

  #pump(): void {
    for (const topic of this.#queue) {
      if (this.#inFlight >= WINDOW) return;
      this.#queue.delete(topic);
      this.#inFlight += 1;
      this.#publish(topic)
        .catch((error: unknown) => this.#events.fault(error))
        .finally(() => {
          this.#inFlight -= 1;
          this.#pump();
        });
    }
    if (this.#inFlight > 0 || this.#round === undefined) return;
    const round = this.#round;
    this.#round = undefined;
    if (round === "restoring") this.#events.restored(this.#published, this.#cleared);
    else this.#events.cleared(this.#cleared);
  }

  async #publish(topic: string): Promise<void> {
    const message = this.#retained.find(topic);
    if (message === undefined) return;
    const now = this.#now();
    const expired = message.expiresAt <= now;
    const outcome = await this.#link.publish({
      topic,
      payload: expired ? new Uint8Array() : message.payload,
      qos: 1,
      retain: true,
      ...(!expired && { expirySeconds: message.expiresAt - now }),
    });
    if (outcome.kind === "refused") this.#events.refused(topic, outcome.reasonCode);
    if (outcome.kind !== "acknowledged") return;
    if (!expired) {
      this.#published += 1;
      return;
    }
    this.#cleared += 1;
    // Another command may have given a shared chunk a longer life meanwhile; then it is still held, and goes out again.
    if (this.#retained.removeExpired(topic, now) === 0) this.#queue.add(topic);
  }

  #now(): UnixSeconds {
    return toUnixSeconds(this.#clock.read().nowMs);
  }
}
