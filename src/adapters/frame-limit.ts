/**
 * Follows the packet borders of an MQTT byte stream and tells at the header that a packet is too long. MQTT.js compares with
 * Maximum Packet Size only after it has collected the whole packet, up to 256 MiB of memory for a hostile broker to take.
 */
export class FrameLimit {
  readonly #maximumBytes: number;
  #bodyLeft = 0;
  /** Digits of the Remaining Length read so far; undefined between packets. */
  #digits: number | undefined;
  #length = 0;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /** False when the stream announces a packet over the limit, or a length that is none. */
  accepts(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const step = Math.min(this.#bodyLeft, chunk.length - at);
        this.#bodyLeft -= step;
        at += step;
      } else if (this.#digits === undefined) {
        this.#digits = 0;
        this.#length = 0;
        at += 1;
      } else {
        if (!this.#readDigit(chunk[at] ?? 0)) return false;
        at += 1;
      }
    }
    return true;
  }

  #readDigit(byte: number): boolean {
    const digits = this.#digits ?? 0;
    this.#length += (byte & 0x7f) * 128 ** digits;
    if (digits > 3 || this.#length > this.#maximumBytes) return false;
    if ((byte & 0x80) === 0) {
      this.#bodyLeft = this.#length;
      this.#digits = undefined;
    } else {
      this.#digits = digits + 1;
    }
    return true;
  }
}
