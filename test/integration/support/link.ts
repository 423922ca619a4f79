import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { SystemChance } from "../../../src/adapters/chance.ts";
import { MqttLink, type MqttLinkSettings } from "../../../src/adapters/mqtt-link.ts";
import { SystemClock } from "../../../src/adapters/system-clock.ts";
import { SystemTimers } from "../../../src/adapters/timers.ts";
import type { Chance, Connected, InboundMessage, LinkHandlers, LinkLoss } from "../../../src/domain/ports.ts";
import { FakeLog } from "../../fakes/log.ts";

export const GATEWAY = "0123456789ab";

/** What a link told, in order: `connected`, `lost <why>`, `failed <why>`, and messages by their text. */
export interface ObservedLink {
  readonly link: MqttLink;
  readonly log: FakeLog;
  readonly told: string[];
  readonly connections: Connected[];
  readonly messages: InboundMessage[];
  start(): void;
}

/** A link on real time and a real network, with waits short enough for a test. Stopped with the test. */
export function observedLink(
  settings: Partial<MqttLinkSettings> & Pick<MqttLinkSettings, "urls">,
  handlers: Partial<LinkHandlers> = {},
  chance: Pick<Chance, "fraction"> = new SystemChance(),
): ObservedLink {
  const log = new FakeLog();
  const timers = new SystemTimers(log);
  const clock = new SystemClock("assumed", timers, log);
  const link = new MqttLink(
    {
      clientId: GATEWAY,
      cleanStart: false,
      sessionExpirySeconds: 600,
      keepAliveSeconds: 60,
      receiveMaximum: 16,
      maximumPacketSizeBytes: 131_072,
      connectTimeoutSeconds: 5,
      tls: undefined,
      backoff: { baseSeconds: 0.05, ceilingSeconds: 0.2, firstRetrySpreadSeconds: 0.05, steadySeconds: 60 },
      ...settings,
    },
    { clock, timers, chance, log },
  );
  onTestFinished(() => link.stop());
  const told: string[] = [];
  const connections: Connected[] = [];
  const messages: InboundMessage[] = [];
  const observer: LinkHandlers = {
    ...(handlers.will === undefined ? {} : { will: handlers.will }),
    connected: (info) => {
      told.push("connected");
      connections.push(info);
      handlers.connected?.(info);
    },
    disconnected: (loss: LinkLoss) => {
      told.push(`lost ${loss}`);
      handlers.disconnected?.(loss);
    },
    attemptFailed: (loss, detail) => {
      told.push(`failed ${loss}`);
      handlers.attemptFailed?.(loss, detail);
    },
    message: (message) => {
      handlers.message?.(message);
      told.push(Buffer.from(message.payload).toString());
      messages.push(message);
    },
  };
  return { link, log, told, connections, messages, start: () => link.start(observer) };
}

/** Somebody else on the same broker. */
export async function otherClient(url: string, clientId = "other"): Promise<MqttClient> {
  const client = await connectAsync(url, { protocolVersion: 5, clientId, reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync(true));
  return client;
}

/** Whoever loses its broker stays away as long as its settings allow. */
export const LONGEST_WAITS = { fraction: () => 0.999 };

/** In a `connected` handler: the link may go before the broker has answered, and says so by itself. */
export function subscribeOrLose({ link }: ObservedLink, filters: readonly string[]): void {
  link.subscribe(filters, 1).catch(() => {});
}

/**
 * Longer than any back-off that an outage of a test brings, and than whatever a machine with two busy cores makes of a second: only
 * a test that fails waits so long.
 */
export const PATIENCE_MS = 90_000;

/** Resolves when it holds; says what was awaited when it never does. */
export async function until(holds: () => boolean, what: string, withinMs = PATIENCE_MS): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > giveUpAtMs) throw new Error(`still waiting after ${withinMs} ms: ${what}`);
    await sleep(5);
  }
}
