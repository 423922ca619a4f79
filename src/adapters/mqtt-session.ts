import type { Socket } from "node:net";
import type { IClientOptions, IConnackPacket, Packet } from "mqtt";
import { MqttClient } from "mqtt";
import { AgentFailure } from "../domain/failure.ts";
import type {
  Cancellable,
  Clock,
  InboundMessage,
  LinkLoss,
  OutboundMessage,
  PublishOutcome,
  RetainHandling,
  Timers,
} from "../domain/ports.ts";
import type { MonotonicMs } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { openBrokerSocket, type TlsIdentity } from "./broker-socket.ts";
import { socketLoss } from "./broker-trust.ts";
import { FrameLimit } from "./frame-limit.ts";
import { InFlight } from "./in-flight.ts";

export interface SessionSettings {
  readonly clientId: string;
  readonly cleanStart: boolean;
  readonly sessionExpirySeconds: number;
  readonly keepAliveSeconds: number;
  /** QoS 1 messages the broker may have on the way to us. */
  readonly receiveMaximum: number;
  readonly maximumPacketSizeBytes: number;
  /** From the first SYN to the CONNACK. */
  readonly connectTimeoutSeconds: number;
  readonly tls: TlsIdentity | undefined;
}

export type Will = OutboundMessage & { readonly delaySeconds: number };

export interface SessionEvents {
  up(sessionPresent: boolean): void;
  /** The PUBACK goes soon after this returns, if the session still stands. Must not throw. */
  message(message: InboundMessage): void;
  /** Once, unless `close` ended it. */
  over(loss: LinkLoss, detail: string): void;
}

interface Pulse {
  readonly timers: Timers;
  readonly clock: Pick<Clock, "monotonicMs">;
}

type Phase =
  | { readonly name: "opening" }
  | {
      readonly name: "up";
      readonly client: MqttClient;
      readonly inFlight: InFlight;
      readonly serverMaximumPacketBytes: number;
    }
  | { readonly name: "over" };

const TAKEN_OVER = 0x8e;
const PACKET_TOO_LARGE = 0x95;
const REFUSED_FROM = 0x80;
const LARGEST_PACKET_BYTES = 268_435_455;
/** Most of our own QoS 1 messages in flight, where the broker would allow more (65,535 by default). */
const OUTGOING_MAXIMUM = 16;
/** Fixed header, topic length, packet id and properties of a PUBLISH at their longest here. */
const PUBLISH_OVERHEAD_BYTES = 10;
/** Keeps a SUBSCRIBE far below any broker's packet size. */
const FILTERS_PER_SUBSCRIBE = 64;
const CLOSE_WITHIN_MS = 1_000;
/** MQTT.js calls a link dead when the PINGRESP is late, even while bytes of a long queue pour in. We count silence ourselves. */
const NO_KEEPALIVE_MANAGER: NonNullable<IClientOptions["timerVariant"]> = { set: () => 0, clear: () => {} };

/** One connection to a broker from its first SYN to its end; a new one is made for each attempt. MQTT.js never reconnects here. */
export class MqttSession {
  readonly #settings: SessionSettings;
  readonly #pulse: Pulse;
  readonly #events: SessionEvents;
  readonly #unsettled = new Set<(outcome: PublishOutcome) => void>();
  #phase: Phase = { name: "opening" };
  #socket: Socket | undefined;
  #timer: Cancellable | undefined;
  #lastInboundMs: MonotonicMs = 0;

  constructor(settings: SessionSettings, pulse: Pulse, events: SessionEvents) {
    this.#settings = settings;
    this.#pulse = pulse;
    this.#events = events;
  }

  get isUp(): boolean {
    return this.#phase.name === "up";
  }

  /** Throws `link-failed` when the address or the identity is unusable. */
  open(url: string, will: Will | undefined): void {
    if (this.#phase.name !== "opening") return;
    const { tls, connectTimeoutSeconds } = this.#settings;
    const socket = openBrokerSocket(url, tls, () => this.#speak(socket, will));
    this.#socket = socket;
    socket.on("error", (error) => {
      const { loss, detail } = socketLoss(error);
      this.#end(this.#phase.name === "up" ? "closed" : loss, detail);
    });
    socket.on("close", () => {
      this.#end(this.#phase.name === "up" ? "closed" : "unreachable", "the broker closed the connection");
    });
    this.#timer = this.#pulse.timers.after(connectTimeoutSeconds * 1000, () => {
      this.#end("unreachable", `no answer within ${connectTimeoutSeconds} s`);
    });
  }

  /** Never waits for a connection: what can't go out now is the caller's to keep. */
  publish(message: OutboundMessage): Promise<PublishOutcome> {
    const phase = this.#phase;
    if (phase.name !== "up") return Promise.resolve({ kind: "disconnected" });
    const { topic, payload, qos, retain, expirySeconds } = message;
    const properties = expirySeconds === undefined ? {} : { messageExpiryInterval: expirySeconds };
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    if (Buffer.byteLength(topic) + bytes.length + PUBLISH_OVERHEAD_BYTES > phase.serverMaximumPacketBytes) {
      // Sent all the same it would cost the connection, and again after each reconnect.
      return Promise.resolve({ kind: "refused", reasonCode: PACKET_TOO_LARGE });
    }
    if (qos === 0) {
      phase.client.publish(topic, bytes, { qos, retain, properties });
      return Promise.resolve({ kind: "acknowledged" });
    }
    return new Promise((resolve) => {
      // MQTT.js forgets its callbacks when the connection goes, so who waits is kept here.
      const settle = (outcome: PublishOutcome): void => {
        this.#unsettled.delete(settle);
        resolve(outcome);
      };
      this.#unsettled.add(settle);
      phase.inFlight.take(() => {
        if (this.#phase !== phase) return;
        phase.client.publish(topic, bytes, { qos, retain, properties }, (error) => {
          phase.inFlight.release();
          settle(outcomeOf(error));
        });
      });
    });
  }

  async subscribe(filters: readonly string[], retainHandling: RetainHandling): Promise<void> {
    for (let at = 0; at < filters.length; at += FILTERS_PER_SUBSCRIBE) {
      await this.#subscribeBatch(filters.slice(at, at + FILTERS_PER_SUBSCRIBE), retainHandling);
    }
  }

  unsubscribe(filters: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#phase.name !== "up") return reject(linkDown());
      this.#phase.client.unsubscribe([...filters], (error) => (error ? reject(linkDown(error)) : resolve()));
    });
  }

  /** Ends it without a DISCONNECT: the broker keeps what we did not acknowledge and will speak our will. */
  cut(loss: LinkLoss, detail: string): void {
    this.#end(loss, detail);
  }

  /** Says DISCONNECT, so that the will stays unsaid. Resolves within a second, heard or not. */
  close(): Promise<void> {
    const { name } = this.#phase;
    const client = this.#phase.name === "up" ? this.#phase.client : undefined;
    this.#phase = { name: "over" };
    this.#settleAll();
    const socket = this.#socket;
    if (name === "over" || client === undefined || socket === undefined) {
      socket?.destroy();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const deadline = this.#pulse.timers.after(CLOSE_WITHIN_MS, () => socket.destroy());
      socket.once("close", () => {
        deadline.cancel();
        resolve();
      });
      // `end` would wait for ever for acknowledgements that may not come.
      for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id));
      client.end();
    });
  }

  #speak(socket: Socket, will: Will | undefined): void {
    if (this.#phase.name !== "opening") return;
    const limit = new FrameLimit(this.#settings.maximumPacketSizeBytes);
    // Before MQTT.js pipes the socket, so that this sees each chunk first.
    socket.on("data", (chunk: Buffer) => {
      this.#lastInboundMs = this.#pulse.clock.monotonicMs();
      if (!limit.accepts(chunk)) this.#end("protocol", "the broker sent a packet over the agreed size");
    });
    const client = new MqttClient(() => socket, this.#clientOptions(will));
    client.handleMessage = (packet, done) => {
      if (this.#phase.name === "opening") return this.#end("protocol", "the broker sent a message before its CONNACK");
      if (this.#phase.name === "over") return;
      const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
      this.#events.message({ topic: packet.topic, payload, retained: packet.retain });
      // Not called after an end: what MQTT.js parsed already stays unhandled, and the broker sends it again.
      afterOtherWork(() => {
        if (this.isUp) done();
      });
    };
    client.on("packetreceive", (packet) => {
      if (isExpected(packet)) return;
      this.#end("protocol", `the broker sent a ${packet.cmd} that has no place here`);
      // MQTT.js acts on it right after this event, and an answer to a packet id that was cut off ends the process: it writes
      // `undefined` to the socket. A PINGRESP it leaves alone.
      Object.assign(packet, { cmd: "pingresp" });
    });
    client.on("connect", (connack) => this.#up(client, connack));
    client.on("disconnect", ({ reasonCode }) => {
      if (reasonCode === TAKEN_OVER) this.#end("taken-over", "another client connected with our id");
      else this.#end("closed", `the broker said DISCONNECT ${hex(reasonCode ?? 0)}`);
    });
    client.on("error", (error) => {
      const refused = this.#phase.name === "opening" && "code" in error && typeof error.code === "number";
      this.#end(refused ? "refused" : "protocol", error.message);
    });
  }

  #clientOptions(will: Will | undefined): IClientOptions {
    const settings = this.#settings;
    const options: IClientOptions = {
      protocolVersion: 5,
      clientId: settings.clientId,
      clean: settings.cleanStart,
      keepalive: settings.keepAliveSeconds,
      timerVariant: NO_KEEPALIVE_MANAGER,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      // MQTT.js would make a Buffer of each of the 65,536 packet ids beforehand: 19 MB and 23 ms before the first CONNECT.
      writeCache: false,
      connectTimeout: settings.connectTimeoutSeconds * 1000,
      properties: {
        sessionExpiryInterval: settings.sessionExpirySeconds,
        receiveMaximum: settings.receiveMaximum,
        maximumPacketSize: settings.maximumPacketSizeBytes,
      },
    };
    if (will === undefined) return options;
    const { topic, qos, retain, delaySeconds } = will;
    const payload = Buffer.from(will.payload);
    return { ...options, will: { topic, payload, qos, retain, properties: { willDelayInterval: delaySeconds } } };
  }

  #up(client: MqttClient, connack: IConnackPacket): void {
    if (this.#phase.name !== "opening") return;
    const { receiveMaximum, maximumPacketSize, serverKeepAlive } = connack.properties ?? {};
    this.#phase = {
      name: "up",
      client,
      inFlight: new InFlight(Math.min(receiveMaximum ?? OUTGOING_MAXIMUM, OUTGOING_MAXIMUM)),
      serverMaximumPacketBytes: maximumPacketSize ?? LARGEST_PACKET_BYTES,
    };
    this.#timer?.cancel();
    this.#watchSilence(client, (serverKeepAlive || this.#settings.keepAliveSeconds) * 1000);
    this.#events.up(connack.sessionPresent);
  }

  /** Any byte is a sign of life; none for 1.5 keep alives is a dead link, whatever TCP believes. */
  #watchSilence(client: MqttClient, keepAliveMs: number): void {
    const ticksPerPing = 4;
    let ticks = 0;
    this.#timer = this.#pulse.timers.every(keepAliveMs / ticksPerPing, () => {
      ticks += 1;
      const silentMs = this.#pulse.clock.monotonicMs() - this.#lastInboundMs;
      if (silentMs > 1.5 * keepAliveMs) this.#end("silence", `nothing heard for ${Math.round(silentMs / 1000)} s`);
      else if (ticks % ticksPerPing === 0) client.sendPing();
    });
  }

  #subscribeBatch(filters: readonly string[], rh: RetainHandling): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#phase.name !== "up") return reject(linkDown());
      this.#phase.client.subscribe([...filters], { qos: 1, nl: true, rap: false, rh }, (error, _asked, suback) => {
        if (!error) return resolve();
        const refused = suback?.granted.findIndex((code) => Number(code) >= REFUSED_FROM) ?? -1;
        if (refused < 0) return reject(linkDown(error));
        const filter = filters[refused] ?? "";
        const reason = hex(Number(suback?.granted[refused]));
        reject(
          new AgentFailure("link-failed", say("failure.subscribeRefused.message", { filter, reason }), {
            hint: say("failure.subscribeRefused.hint"),
          }),
        );
      });
    });
  }

  #end(loss: LinkLoss, detail: string): void {
    if (this.#phase.name === "over") return;
    this.#phase = { name: "over" };
    this.#socket?.destroy();
    this.#settleAll();
    this.#events.over(loss, detail);
  }

  #settleAll(): void {
    this.#timer?.cancel();
    for (const settle of [...this.#unsettled]) settle({ kind: "disconnected" });
  }
}

/**
 * Once everything else that waits has had its turn: the first immediate comes before the loop looks at other sources again, the
 * second after. A full socket would otherwise bring message upon message, and where each commit takes seconds, on a worn flash
 * card, nobody would feed what sounds meanwhile.
 */
function afterOtherWork(work: () => void): void {
  setImmediate(() => setImmediate(work));
}

/** What a broker has to say to a client that uses QoS 0 and 1 and no enhanced authentication. */
function isExpected(packet: Packet): boolean {
  switch (packet.cmd) {
    case "publish":
      return packet.qos === 0 || (packet.qos === 1 && (packet.messageId ?? 0) > 0);
    case "connack":
    case "puback":
    case "suback":
    case "unsuback":
    case "pingresp":
    case "disconnect":
      return true;
    default:
      return false;
  }
}

function outcomeOf(error: Error | undefined | null): PublishOutcome {
  if (!error) return { kind: "acknowledged" };
  const code = "code" in error && typeof error.code === "number" ? error.code : undefined;
  return code !== undefined && code >= REFUSED_FROM ? { kind: "refused", reasonCode: code } : { kind: "disconnected" };
}

/** What a caller gets who asks for something only a connection can give. */
export function linkDown(cause?: unknown): AgentFailure {
  return new AgentFailure("link-failed", say("failure.linkDown.message"), {
    hint: say("failure.linkDown.hint"),
    cause,
  });
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, "0")}`;
}
