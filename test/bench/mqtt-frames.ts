import { type MqttPacket, MqttPackets, variableInteger } from "../fixtures/mqtt-packets.ts";

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
  readonly #packets = new MqttPackets();

  take(bytes: Buffer): MqttFrame[] {
    return this.#packets.take(bytes).map(frameOf);
  }
}

function frameOf({ first, body }: MqttPacket): MqttFrame {
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
