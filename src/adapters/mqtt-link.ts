import type {
  Cancellable,
  Chance,
  Clock,
  Link,
  LinkHandlers,
  LinkLoss,
  Log,
  OutboundMessage,
  PublishOutcome,
  RetainHandling,
  Timers,
} from "../domain/ports.ts";
import type { MonotonicMs } from "../domain/time.ts";
import { type BackoffSettings, type Ending, nextRetry } from "./backoff.ts";
import { linkDown, MqttSession, type SessionSettings } from "./mqtt-session.ts";

export interface MqttLinkSettings extends SessionSettings {
  /** `mqtts://host:port`, in order; the next is tried when one can't be reached. */
  readonly urls: readonly string[];
  readonly backoff: BackoffSettings;
}

export interface MqttLinkPorts {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly timers: Timers;
  readonly chance: Pick<Chance, "fraction">;
  readonly log: Log;
}

type LinkState =
  | { readonly name: "new" }
  | { readonly name: "waiting"; readonly timer: Cancellable }
  | { readonly name: "trying"; readonly session: MqttSession }
  | { readonly name: "connected"; readonly session: MqttSession; readonly sinceMs: MonotonicMs }
  | { readonly name: "stopped" };

/** A connection that is always on its way back: the first attempt at once, then by full jitter, for ever. */
export class MqttLink implements Link {
  readonly #settings: MqttLinkSettings;
  readonly #ports: MqttLinkPorts;
  #state: LinkState = { name: "new" };
  #failures = 0;
  #urlsTried = 0;
  #lostAtMs: MonotonicMs | undefined;
  /** The trouble that was told last, so that an outage of a day is one line at `warn` and the rest at `debug`. */
  #toldLoss: LinkLoss | undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: MqttLinkSettings, ports: MqttLinkPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  get isConnected(): boolean {
    return this.#state.name === "connected";
  }

  start(handlers: LinkHandlers): void {
    if (this.#state.name !== "new") return;
    this.#try(handlers);
  }

  /** Safe to call twice, and always ends. What was in flight resolves `disconnected`; no handler is called any more. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  publish(message: OutboundMessage): Promise<PublishOutcome> {
    const state = this.#state;
    return state.name === "connected" ? state.session.publish(message) : Promise.resolve({ kind: "disconnected" });
  }

  async subscribe(filters: readonly string[], retainHandling: RetainHandling): Promise<void> {
    await this.#connectedSession().subscribe(filters, retainHandling);
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    await this.#connectedSession().unsubscribe(filters);
  }

  drop(reason: string): void {
    if (this.#state.name === "connected") this.#state.session.cut("fault", reason);
  }

  #try(handlers: LinkHandlers): void {
    const { urls } = this.#settings;
    const url = urls[this.#urlsTried % urls.length] ?? "";
    const session = new MqttSession(this.#settings, this.#ports, {
      up: (sessionPresent) => this.#onUp(handlers, session, url, sessionPresent),
      message: (message) => this.#guard(session, () => handlers.message(message)),
      over: (loss, detail) => this.#onOver(handlers, loss, detail),
    });
    this.#state = { name: "trying", session };
    this.#guard(session, () => session.open(url, handlers.will?.()));
  }

  #onUp(handlers: LinkHandlers, session: MqttSession, url: string, sessionPresent: boolean): void {
    const nowMs = this.#ports.clock.monotonicMs();
    const downMs = this.#lostAtMs === undefined ? undefined : nowMs - this.#lostAtMs;
    this.#state = { name: "connected", session, sinceMs: nowMs };
    this.#toldLoss = undefined;
    const { clientId } = this.#settings;
    this.#ports.log.write("info", "link.up", { clientId, url, sessionPresent, downMs }, "connected to the broker");
    this.#guard(session, () => handlers.connected({ sessionPresent, downMs }));
  }

  #onOver(handlers: LinkHandlers, loss: LinkLoss, detail: string): void {
    const state = this.#state;
    if (state.name === "stopped") return;
    const nowMs = this.#ports.clock.monotonicMs();
    const ending = endingOf(loss, state.name === "connected" ? nowMs - state.sinceMs : undefined);
    const { delayMs, failures } = nextRetry(
      this.#settings.backoff,
      this.#failures,
      ending,
      this.#ports.chance.fraction(),
    );
    this.#failures = failures;
    // Armed before anyone is told: a handler that stops the link finds the timer to cancel.
    this.#state = { name: "waiting", timer: this.#ports.timers.after(delayMs, () => this.#try(handlers)) };

    const fields = { clientId: this.#settings.clientId, loss, detail, retryInMs: delayMs };
    if (state.name === "connected") {
      this.#lostAtMs = nowMs;
      this.#ports.log.write("info", "link.down", fields, "the connection to the broker is lost");
      this.#guard(undefined, () => handlers.disconnected(loss));
    } else {
      this.#urlsTried += 1;
      const level = this.#toldLoss === loss ? "debug" : "warn";
      this.#toldLoss = loss;
      this.#ports.log.write(level, "link.failed", fields, "the broker can't be reached");
      this.#guard(undefined, () => handlers.attemptFailed?.(loss, detail));
    }
  }

  /** A fault of our own must not pass for a message taken in, nor end the process: it costs the connection. */
  #guard(session: MqttSession | undefined, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#ports.log.write(
        "error",
        "link.fault",
        { clientId: this.#settings.clientId, error },
        "a part of the agent failed",
      );
      session?.cut("fault", error instanceof Error ? error.message : String(error));
    }
  }

  #connectedSession(): MqttSession {
    if (this.#state.name !== "connected") throw linkDown();
    return this.#state.session;
  }

  async #stop(): Promise<void> {
    const state = this.#state;
    this.#state = { name: "stopped" };
    if (state.name === "waiting") state.timer.cancel();
    if (state.name === "trying" || state.name === "connected") await state.session.close();
  }
}

function endingOf(loss: LinkLoss, upMs: number | undefined): Ending {
  if (upMs === undefined) return { kind: "never-connected" };
  if (loss === "taken-over") return { kind: "taken-over" };
  return loss === "fault" ? { kind: "dropped", upMs } : { kind: "lost", upMs };
}
