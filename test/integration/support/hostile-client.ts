import { once } from "node:events";
import tls from "node:tls";
import type { TlsIdentity } from "../../../src/adapters/broker-socket.ts";
import { type MqttPacket, MqttPackets, variableInteger } from "../../fixtures/mqtt-packets.ts";

/** What a broker said to a publish; `dropped`: it hung up. */
export type Answer = { readonly kind: "acknowledged"; readonly reasonCode: number } | { readonly kind: "dropped" };

export interface Captured {
  readonly topic: string;
  readonly bytes: Buffer;
  readonly retained: boolean;
}

export interface Shot {
  readonly topic: string;
  readonly bytes: Uint8Array | string;
  readonly retain?: boolean;
  readonly qos?: 0 | 1;
}

const [CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK] = [1, 2, 3, 4, 8, 9];
const PROTOCOL_MQTT_5 = Buffer.from([0, 4, ...Buffer.from("MQTT"), 5]);
const CLEAN_START = 0x02;
const KEEP_ALIVE = Buffer.from([0x02, 0x58]);
const NO_PROPERTIES = Buffer.of(0);

/**
 * MQTT 5 on a bare TLS connection. A client library would keep an attacker from topics with wildcards, packets that are torn and
 * whatever else no honest client says; this one says it, and connects again when the broker has had enough.
 */
export class HostileClient {
  readonly captured: Captured[] = [];
  readonly #port: number;
  readonly #clientId: string;
  readonly #identity: TlsIdentity;
  readonly #waiting = new Map<string, (reasonCode: number) => void>();
  #socket: tls.TLSSocket | undefined;
  #packets = new MqttPackets();
  #packetId = 0;

  constructor(port: number, clientId: string, identity: TlsIdentity) {
    this.#port = port;
    this.#clientId = clientId;
    this.#identity = identity;
  }

  async connect(): Promise<void> {
    const { caPem, certPem, keyPem } = this.#identity;
    const socket = tls.connect({ port: this.#port, host: "127.0.0.1", ca: caPem, cert: certPem, key: keyPem });
    this.#socket = socket;
    this.#packets = new MqttPackets();
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    await once(socket, "secureConnect");
    const connected = this.#answer(CONNACK, 0, socket);
    socket.write(
      packet(CONNECT << 4, [PROTOCOL_MQTT_5, Buffer.of(CLEAN_START), KEEP_ALIVE, NO_PROPERTIES, text(this.#clientId)]),
    );
    if ((await connected).kind === "dropped") throw new Error("the broker let no attacker in");
  }

  async subscribe(filter: string): Promise<void> {
    const socket = await this.#connected();
    const id = this.#nextPacketId();
    const answered = this.#answer(SUBACK, id, socket);
    const retainAsPublishedAtQos1 = 0b1001;
    socket.write(
      packet((SUBSCRIBE << 4) | 0b10, [u16(id), NO_PROPERTIES, text(filter), Buffer.of(retainAsPublishedAtQos1)]),
    );
    if ((await answered).kind === "dropped") throw new Error(`the broker does not let anybody hear ${filter}`);
  }

  /** Resolves when the broker has answered; a shot of QoS 0 gets none. */
  async publish({ topic, bytes, retain = false, qos = 1 }: Shot): Promise<Answer> {
    const socket = await this.#connected();
    const id = this.#nextPacketId();
    const body = [text(topic), ...(qos === 1 ? [u16(id)] : []), NO_PROPERTIES, Buffer.from(bytes)];
    const answered = qos === 1 ? this.#answer(PUBACK, id, socket) : undefined;
    socket.write(packet((PUBLISH << 4) | (qos << 1) | Number(retain), body));
    return answered ?? { kind: "acknowledged", reasonCode: 0 };
  }

  end(): void {
    this.#socket?.destroy();
  }

  async #connected(): Promise<tls.TLSSocket> {
    if (this.#socket === undefined || this.#socket.destroyed) await this.connect();
    return this.#socket as tls.TLSSocket;
  }

  #nextPacketId(): number {
    this.#packetId = (this.#packetId % 0xffff) + 1;
    return this.#packetId;
  }

  #answer(type: number, id: number, socket: tls.TLSSocket): Promise<Answer> {
    return new Promise((resolve) => {
      const key = `${type} ${id}`;
      const dropped = (): void => {
        this.#waiting.delete(key);
        resolve({ kind: "dropped" });
      };
      socket.once("close", dropped);
      this.#waiting.set(key, (reasonCode) => {
        this.#waiting.delete(key);
        socket.off("close", dropped);
        resolve({ kind: "acknowledged", reasonCode });
      });
    });
  }

  #take(bytes: Buffer): void {
    for (const packet of this.#packets.take(bytes)) this.#read(packet);
  }

  #read({ first, body }: MqttPacket): void {
    const type = first >> 4;
    if (type === PUBLISH) this.#capture(first, body);
    else if (type === CONNACK) this.#waiting.get(`${type} 0`)?.(body[1] ?? 0);
    else if (type === PUBACK || type === SUBACK) this.#waiting.get(`${type} ${body.readUInt16BE(0)}`)?.(body[2] ?? 0);
  }

  #capture(first: number, body: Buffer): void {
    const topicEnd = 2 + body.readUInt16BE(0);
    const isAnswered = (first & 0b110) !== 0;
    const properties = variableInteger(body, topicEnd + (isAnswered ? 2 : 0)) ?? { next: 0, value: 0 };
    this.captured.push({
      topic: body.toString("utf8", 2, topicEnd),
      bytes: Buffer.from(body.subarray(properties.next + properties.value)),
      retained: (first & 1) === 1,
    });
    if (isAnswered) this.#socket?.write(packet(PUBACK << 4, [body.subarray(topicEnd, topicEnd + 2)]));
  }
}

function packet(first: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
