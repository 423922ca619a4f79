import type { OutputCommand, OutputEvent } from "./playout.ts";
import type { DiskReading } from "./report.ts";
import type { ClockReading, Milliseconds, MonotonicMs, UnixMs } from "./time.ts";

export interface Clock {
  read(): ClockReading;
  monotonicMs(): MonotonicMs;
  /** Tells when the clock's state changed, e.g. from `none` to `sync`. */
  onChange(listener: () => void): void;
}

export interface Cancellable {
  cancel(): void;
}

/** Delays on monotonic time. A throw of the callback is logged by the adapter, never lost. */
export interface Timers {
  after(delayMs: Milliseconds, callback: () => void): Cancellable;
  every(intervalMs: Milliseconds, callback: () => void): Cancellable;
}

/** Holds the single nearest wall-clock instant; survives clock steps. Arming again replaces it. */
export interface WakeUp {
  arm(atMs: UnixMs, callback: () => void): void;
  disarm(): void;
}

export interface Chance {
  /** Uniform in [0, 1). */
  fraction(): number;
  ulid(atMs: UnixMs): string;
  /** 16 bytes, base64url: nobody can have an answer ready. */
  nonce(): string;
}

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug";

/** `event` is a fixed dotted name from adapters/log's list; the sentence is for people. No payloads, no keys. */
export interface Log {
  write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>, sentence: string): void;
}

/** A key that signs, without showing itself. */
export interface Signer {
  readonly kid: string;
  sign(input: Uint8Array): Uint8Array;
}

export interface InboundMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

export interface OutboundMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** How long a broker may keep it (MQTT 5 Message Expiry Interval). Hygiene at the broker; nothing relies on it. */
  readonly expirySeconds?: number | undefined;
}

/** How the broker answered a publish. `refused` carries the MQTT 5 reason code (≥ 0x80). */
export type PublishOutcome =
  | { readonly kind: "acknowledged" }
  | { readonly kind: "refused"; readonly reasonCode: number }
  | { readonly kind: "disconnected" };

export interface Connected {
  readonly sessionPresent: boolean;
  /** How long the link was down before; undefined at the first connect of this process. */
  readonly downMs: Milliseconds | undefined;
}

/** Retain Handling of a SUBSCRIBE: 0 sends retained messages, 1 only for a new subscription. */
export type RetainHandling = 0 | 1;

/**
 * Why a connection ended or an attempt failed. `fault` is our own doing: a handler threw, or `drop` was called.
 * `taken-over` means that another client uses our id.
 */
export type LinkLoss =
  | "closed"
  | "silence"
  | "taken-over"
  | "refused"
  | "unreachable"
  | "untrusted"
  | "protocol"
  | "fault";

export interface LinkHandlers {
  /** Before each attempt to connect. The will is signed for the session about to begin. */
  will?(): OutboundMessage & { readonly delaySeconds: number };
  connected(info: Connected): void;
  /** Once after each `connected`, but not by `stop`. */
  disconnected(loss: LinkLoss): void;
  /** An attempt did not get as far as `connected`. For status and alarms; the link tries again by itself. */
  attemptFailed?(loss: LinkLoss, detail: string): void;
  /**
   * The PUBACK goes when this returns. A throw is a fault of our own: no PUBACK, the connection is dropped, and the broker
   * sends again after the reconnect. Synchronous on purpose: the next packet (and PINGRESP) waits behind it.
   */
  message(message: InboundMessage): void;
}

/** One MQTT 5 connection that is always on its way back. */
export interface Link {
  start(handlers: LinkHandlers): void;
  stop(): Promise<void>;
  readonly isConnected: boolean;
  publish(message: OutboundMessage): Promise<PublishOutcome>;
  /** Resolves when the broker granted all; rejects when it refused one or the link went. */
  subscribe(filters: readonly string[], retainHandling: RetainHandling): Promise<void>;
  unsubscribe(filters: readonly string[]): Promise<void>;
  /** Drops the connection without a DISCONNECT and connects again, for faults of our own. Nothing when it is down. */
  drop(reason: string): void;
}

/** All zones' sinks, behind one thread. Commands never block; every fault comes back as an event. */
export interface ZoneOutput {
  start(onEvent: (event: OutputEvent) => void): Promise<void>;
  send(command: OutputCommand): void;
  stop(): Promise<void>;
}

/** Readings of the box, cheap enough for every heartbeat. What can't be read is undefined, never invented. */
export interface HostReadings {
  uptimeSeconds(): number;
  loadCenti(): number;
  memoryMb(): number;
  temperatureCentiC(): number | undefined;
  network(): { readonly kind: string; readonly signalDbm?: number | undefined };
  disk(): DiskReading;
  /** Size of the partition that holds the databases. */
  partitionMb(): number;
}

/** A piece of the agent with a life. `start` may be called once; `stop` after a failed start too. */
export interface Part {
  readonly name: string;
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}
