/** An MQTT control packet as far as a bystander needs it. */
export type MqttFrame =
  | { readonly kind: "connect"; readonly clientId: string }
  | { readonly kind: "publish"; readonly packetId: number | undefined; readonly bytes: number }
  | { readonly kind: "puback"; readonly packetId: number }
  | { readonly kind: "other" };

const CONNECT = 1;
const PUBLISH = 3;
const PUBACK = 4;
/** Protocol name and its length, version, flags, keep alive. */
const CONNECT_HEAD_BYTES = 10;

/** Cuts one direction of an MQTT 5 connection into packets. */
export class MqttFrames {
  #rest: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): MqttFrame[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: MqttFrame[] = [];
    for (;;) {
      const length = variableInteger(this.#rest, 1);
      const end = length === undefined ? undefined : length.next + length.value;
      if (length === undefined || end === undefined || end > this.#rest.length) return frames;
      frames.push(frameOf(this.#rest[0] ?? 0, this.#rest.subarray(length.next, end)));
      this.#rest = this.#rest.subarray(end);
    }
  }
}

function frameOf(first: number, body: Buffer): MqttFrame {
  switch (first >> 4) {
    case CONNECT: {
      const properties = variableInteger(body, CONNECT_HEAD_BYTES) ?? { next: 0, value: 0 };
      const at = properties.next + properties.value;
      return { kind: "connect", clientId: body.toString("utf8", at + 2, at + 2 + body.readUInt16BE(at)) };
    }
    case PUBLISH: {
      const isAcknowledged = (first & 0b110) !== 0;
      const packetId = isAcknowledged ? body.readUInt16BE(2 + body.readUInt16BE(0)) : undefined;
      return { kind: "publish", packetId, bytes: body.length };
    }
    case PUBACK:
      return { kind: "puback", packetId: body.readUInt16BE(0) };
    default:
      return { kind: "other" };
  }
}

function variableInteger(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let at = from, shift = 0; at < bytes.length; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return undefined;
}
