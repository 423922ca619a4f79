import type { Chance, Clock, HostReadings, Link, Log, OutboundMessage, Part, Timers } from "../domain/ports.ts";
import type { BirthReport, HeartbeatReport, LinkState } from "../domain/report.ts";
import { birthTopic, heartbeatTopic, stateTopic } from "../wire/topics.ts";
import type { UpBody, Voice } from "./voice.ts";

type HeartbeatFacts = Pick<HeartbeatReport, "zones" | "queue" | "evidence" | "alarms" | "localStop">;
type BirthFacts = Omit<BirthReport, "version" | "type" | "gateway" | "issuedAt" | "session" | "disk">;

export interface PresenceFacts {
  heartbeat(): HeartbeatFacts;
  birth(): BirthFacts;
  state(): Extract<LinkState, "ready" | "alert">;
  /** Persisted, one higher at each call: tells a stale `lost` from a fresh one. */
  nextSession(): number;
}

interface PresenceOptions {
  readonly intervalMs: number;
}

/** A broker fires the will only after this: a short gap of a 4G link is no loss. */
const WILL_DELAY_SECONDS = 60;
/** Heartbeats of a thousand boxes that started together drift apart by up to this share of the interval. */
const JITTER = 0.1;

/** Says upstream that this gateway lives: state and birth at every connect, heartbeats between, `lost` as its will. */
export class Presence implements Part {
  readonly name = "presence";
  readonly #voice: Voice;
  readonly #link: Link;
  readonly #world: {
    readonly clock: Clock;
    readonly timers: Timers;
    readonly chance: Chance;
    readonly host: HostReadings;
    readonly log: Log;
  };
  readonly #facts: PresenceFacts;
  readonly #options: PresenceOptions;
  #session = 0;
  #counter = 0;
  #announced: LinkState | undefined;
  #next: { cancel(): void } | undefined;

  constructor(
    voice: Voice,
    link: Link,
    world: { clock: Clock; timers: Timers; chance: Chance; host: HostReadings; log: Log },
    facts: PresenceFacts,
    options: PresenceOptions,
  ) {
    this.#voice = voice;
    this.#link = link;
    this.#world = world;
    this.#facts = facts;
    this.#options = options;
  }

  start(): void {
    this.#scheduleHeartbeat();
  }

  /** A clean goodbye replaces the will. */
  async stop(): Promise<void> {
    this.#next?.cancel();
    this.#next = undefined;
    if (this.#link.isConnected) await this.#link.publish(this.#stateMessage("disconnected"));
  }

  /** Begins a new session: called before each attempt to connect, since the will carries its number. */
  will(): OutboundMessage & { readonly delaySeconds: number } {
    this.#session = this.#nextSession();
    this.#counter = 0;
    this.#announced = undefined;
    return { ...this.#stateMessage("lost"), delaySeconds: WILL_DELAY_SECONDS };
  }

  connected(): void {
    this.#announceState();
    this.announceBirth();
    this.#heartbeat();
  }

  /** At every connect, and when something changed that birth tells. */
  announceBirth(): void {
    if (!this.#link.isConnected) return;
    const disk = this.#world.host.disk();
    const body: UpBody = { type: "birth", session: this.#session, disk, ...this.#facts.birth() };
    this.#send(this.#report(birthTopic(this.#voice.gateway), body, 1));
  }

  /** Alarms changed; tells `ready` or `alert` if that is news. */
  stateMayHaveChanged(): void {
    if (this.#link.isConnected && this.#announced !== this.#facts.state()) this.#announceState();
  }

  /** A full disk must not keep us from the broker: who else would tell of it? */
  #nextSession(): number {
    try {
      return this.#facts.nextSession();
    } catch (error) {
      this.#world.log.write("error", "store.failed", { error }, "the session's number could not be stored");
      return this.#session + 1;
    }
  }

  #announceState(): void {
    this.#announced = this.#facts.state();
    this.#send(this.#stateMessage(this.#announced));
  }

  #stateMessage(state: LinkState): OutboundMessage {
    const atMs = this.#world.clock.read().nowMs;
    return this.#report(stateTopic(this.#voice.gateway), { type: "state", session: this.#session, state, atMs }, 1);
  }

  #scheduleHeartbeat(): void {
    const spread = 1 + JITTER * (2 * this.#world.chance.fraction() - 1);
    this.#next = this.#world.timers.after(this.#options.intervalMs * spread, () => {
      this.#scheduleHeartbeat();
      this.#heartbeat();
    });
  }

  #heartbeat(): void {
    if (!this.#link.isConnected) return;
    const { clock, host } = this.#world;
    const { state, nowMs, errorMs } = clock.read();
    this.#counter += 1;
    const body: UpBody = {
      type: "heartbeat",
      session: this.#session,
      counter: this.#counter,
      atMs: nowMs,
      clock: { state, errorMs },
      uptimeSeconds: host.uptimeSeconds(),
      disk: host.disk(),
      temperatureCentiC: host.temperatureCentiC(),
      loadCenti: host.loadCenti(),
      memoryMb: host.memoryMb(),
      network: host.network(),
      ...this.#facts.heartbeat(),
    };
    this.#send(this.#report(heartbeatTopic(this.#voice.gateway), body, 0));
  }

  #report(topic: string, body: UpBody, qos: 0 | 1): OutboundMessage {
    return this.#voice.message(topic, body, { qos, retain: qos === 1 });
  }

  /** Lost with the connection is right: the next connect says it all again. */
  #send(message: OutboundMessage): void {
    void this.#link.publish(message).then((outcome) => {
      if (outcome.kind === "refused") {
        const fields = { topic: message.topic, reasonCode: outcome.reasonCode };
        this.#world.log.write("warn", "link.publish-refused", fields, "the broker refused a report; check its ACL");
      }
    });
  }
}
