import type { Cancellable, Clock, Log, Part, Timers } from "../domain/ports.ts";
import type { DownTopic } from "../domain/trust.ts";
import { filterOf } from "../wire/topics.ts";
import { Rate } from "./rate.ts";

interface Parts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** From now on the broker brings nothing of this filter. */
  readonly leave: (filter: string) => void;
  /** Brings what is retained under it, once, and nothing else. */
  readonly poll: (filter: string) => void;
  /** Brings what is retained under it, and what comes. */
  readonly listen: (filter: string) => void;
  readonly began: () => void;
  /** No filter is flooded any more. */
  readonly over: () => void;
}

/** A flooded filter. */
interface Watched {
  /** Undefined while it is listened to again. */
  readonly pollMs: number | undefined;
  readonly armed: readonly Cancellable[];
}

/** Of messages without effect, in one second: more than bad luck brings, less than the broker brings in the time of one emergency. */
const MOST_USELESS = 50;
const POLL_MS = 250;
const SLOWEST_POLL_MS = 10_000;
/** So long nobody listens to a flooded filter, and so long after that it must stay quiet to be none. */
const PATIENCE_MS = 60_000;
/** Filters, and exact topics: an active item each, and some. */
const MOST_NAMES = 2_048;

/**
 * A broker keeps one queue for each client and drops what does not fit, good messages with the rest. A flood that comes faster
 * than we can judge would so keep an emergency away, whatever we do with what arrives. But everything good is retained, and the
 * broker brings what is retained at each SUBSCRIBE: so a flooded filter is left, and polled instead: four times a second where
 * what is urgent comes, else every ten seconds. Who has the broker retain a flood makes the polls themselves one: they are made
 * half as often each time.
 */
export class FloodedFilters implements Part {
  readonly name = "flooded-filters";
  readonly #parts: Parts;
  readonly #rate: Rate;
  readonly #flooded = new Map<string, Watched>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#rate = new Rate(parts.clock, MOST_NAMES);
  }

  start(): void {}

  stop(): void {
    for (const filter of this.#flooded.keys()) this.#disarm(filter);
    this.#flooded.clear();
  }

  get areAny(): boolean {
    return this.#flooded.size > 0;
  }

  /** A message without a good signature. */
  refused(topic: DownTopic): void {
    this.#count(topic, filterOf(topic));
  }

  /** Signed by somebody, and known or refused: all of an area's items at once are no flood, one of them over and over is. */
  repeated(topic: DownTopic, name: string): void {
    this.#count(topic, name);
  }

  /** Once a second at most: what the broker had queued before it heard that we left still comes. */
  #count(topic: DownTopic, name: string): void {
    if (this.#rate.count(name) === MOST_USELESS + 1) this.#leave(topic);
  }

  /** Also when it was left already: a new connection, or whoever asked for everything once more, has subscribed it again. */
  #leave(topic: DownTopic): void {
    const { timers, log, leave, poll, began } = this.#parts;
    const filter = filterOf(topic);
    leave(filter);
    if (!this.#flooded.has(filter)) log.write("warn", "filter.flooded", { filter }, "polled instead of listened to");
    const before = this.#flooded.get(filter)?.pollMs;
    const firstMs = isUrgent(topic) ? POLL_MS : SLOWEST_POLL_MS;
    const pollMs = before === undefined ? firstMs : Math.min(2 * before, SLOWEST_POLL_MS);
    this.#disarm(filter);
    const isFirst = !this.areAny;
    const polling = timers.every(pollMs, () => poll(filter));
    const ending = timers.after(PATIENCE_MS, () => this.#listen(filter));
    this.#flooded.set(filter, { pollMs, armed: [polling, ending] });
    if (isFirst) began();
  }

  #listen(filter: string): void {
    const { timers, listen, over } = this.#parts;
    this.#disarm(filter);
    const ending = timers.after(PATIENCE_MS, () => {
      this.#flooded.delete(filter);
      if (!this.areAny) over();
    });
    this.#flooded.set(filter, { pollMs: undefined, armed: [ending] });
    listen(filter);
  }

  #disarm(filter: string): void {
    for (const timer of this.#flooded.get(filter)?.armed ?? []) timer.cancel();
  }
}

/** What silences is as urgent as what sounds. */
function isUrgent(topic: DownTopic): boolean {
  return topic.kind === "control" || (topic.kind === "broadcast" && topic.emergency);
}
