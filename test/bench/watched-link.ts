import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import type { Ending } from "./ending.ts";
import { MqttFrames } from "./mqtt-frames.ts";

export interface WatchedLinkOptions {
  readonly listenPort: number;
  readonly brokerPort: number;
  /** Of the broker: its certificate is shown to the gateway. */
  readonly brokerFolder: string;
  /** Of the gateway: its certificate is shown to the broker. */
  readonly enrolment: string;
  /** What comes down the media connection, at most. */
  readonly mediaBytesPerSecond: number;
}

/** Sends wait this long together, so that a slow timer does not slow the link. */
const LEAST_PAUSE_MS = 5;

/**
 * Stands between gateway and broker with the certificates of both, so that TLS is as it is in production, and sees what only the
 * gateway's side can tell: how long a PUBLISH waits for its PUBACK. It narrows the media connection to a rate.
 */
export class WatchedLink {
  readonly #options: WatchedLinkOptions;
  /** Milliseconds from PUBLISH to PUBACK on the control connection, in the order of the PUBACKs. */
  readonly acknowledgedAfterMs: number[] = [];
  #mediaBytes = 0;

  constructor(options: WatchedLinkOptions) {
    this.#options = options;
  }

  /** Of PUBLISH packets that have gone down the media connection. */
  get mediaBytes(): number {
    return this.#mediaBytes;
  }

  async listen(ending: Ending): Promise<void> {
    const { brokerFolder, listenPort } = this.#options;
    const read = (name: string) => readFileSync(path.join(brokerFolder, name));
    const sockets = new Set<tls.TLSSocket>();
    const server = tls.createServer(
      { cert: read("server-cert.pem"), key: read("server-key.pem"), minVersion: "TLSv1.3" },
      (gateway) => {
        const broker = this.#reachBroker(read("ca.pem"));
        for (const socket of [gateway, broker]) {
          sockets.add(socket);
          socket.setNoDelay(true).on("error", () => socket.destroy());
        }
        gateway.on("close", () => broker.destroy());
        broker.on("close", () => gateway.destroy());
        this.#join(gateway, broker);
      },
    );
    ending.add(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    server.listen(listenPort, "127.0.0.1");
    await once(server, "listening");
  }

  #reachBroker(ca: Buffer): tls.TLSSocket {
    const { enrolment, brokerPort } = this.#options;
    const read = (name: string) => readFileSync(path.join(enrolment, name));
    return tls.connect({
      host: "127.0.0.1",
      port: brokerPort,
      ca,
      cert: read("tls-cert.pem"),
      key: read("tls-key.pem"),
    });
  }

  #join(gateway: tls.TLSSocket, broker: tls.TLSSocket): void {
    const up = new MqttFrames();
    const sentAtMs = new Map<number, number>();
    let isMedia = false;
    gateway.on("data", (bytes: Buffer) => {
      for (const frame of up.take(bytes)) {
        if (frame.kind === "connect") isMedia = frame.clientId.endsWith("-media");
        const sentMs = frame.kind === "puback" ? sentAtMs.get(frame.packetId) : undefined;
        if (sentMs !== undefined && !isMedia) this.acknowledgedAfterMs.push(performance.now() - sentMs);
      }
      broker.write(bytes);
    });
    void this.#carryDown(gateway, broker, sentAtMs, () => isMedia);
  }

  async #carryDown(
    gateway: tls.TLSSocket,
    broker: tls.TLSSocket,
    sentAtMs: Map<number, number>,
    isMedia: () => boolean,
  ): Promise<void> {
    const down = new MqttFrames();
    let freeAtMs = 0;
    try {
      for await (const bytes of broker as AsyncIterable<Buffer>) {
        for (const frame of down.take(bytes)) {
          if (frame.kind !== "publish") continue;
          if (isMedia()) this.#mediaBytes += frame.bytes;
          if (frame.packetId !== undefined) sentAtMs.set(frame.packetId, performance.now());
        }
        if (!gateway.write(bytes)) await once(gateway, "drain");
        if (!isMedia()) continue;
        const nowMs = performance.now();
        freeAtMs = Math.max(freeAtMs, nowMs) + (bytes.length * 1000) / this.#options.mediaBytesPerSecond;
        if (freeAtMs - nowMs > LEAST_PAUSE_MS) await sleep(freeAtMs - nowMs);
      }
    } catch {
      // Either side may go at any time: the other is closed with it.
    }
  }
}
