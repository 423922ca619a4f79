/**
 * At most `limit` exchanges at a time; the rest wait their turn in order. MQTT.js does not obey the server's Receive Maximum,
 * and a broker that sees more in flight disconnects (0x93).
 */
export class InFlight {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls `begin` now or when a slot is free. Whoever began calls `release` once. */
  take(begin: () => void): void {
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      begin();
    } else {
      this.#waiting.push(begin);
    }
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
