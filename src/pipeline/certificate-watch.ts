import { endingSoon } from "../core/certificates.ts";
import type { CertificateEnd } from "../domain/diagnosis.ts";
import type { Cancellable, Clock, Part, Timers } from "../domain/ports.ts";
import type { UnixMs } from "../domain/time.ts";
import type { AlarmBoard } from "./alarm-board.ts";

interface Parts {
  /** Of the enrolment folder: they don't change while the agent runs. */
  readonly enrolled: readonly CertificateEnd[];
  readonly alarms: AlarmBoard;
  readonly clock: Clock;
  readonly timers: Pick<Timers, "every">;
}

const LOOK_EVERY_MS = 6 * 3_600_000;

/** Says a month ahead that a certificate ends: somebody has to bring the next one before the box is cut off. */
export class CertificateWatch implements Part {
  readonly name = "certificate-watch";
  readonly #parts: Parts;
  #ofBroker: CertificateEnd | undefined;
  #looking: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    const { timers, clock } = this.#parts;
    this.#looking = timers.every(LOOK_EVERY_MS, () => this.#look());
    clock.onChange(() => this.#look());
    this.#look();
  }

  stop(): void {
    this.#looking?.cancel();
  }

  /** The one that a broker showed last, and that was believed. */
  brokerShowed(untilMs: UnixMs): void {
    this.#ofBroker = { whose: "broker", untilMs };
    if (this.#looking !== undefined) this.#look();
  }

  #look(): void {
    const { enrolled, alarms, clock } = this.#parts;
    const { state, nowMs } = clock.read();
    // Without a clock nobody can say what is over.
    if (state !== "sync") return;
    const ending = endingSoon(this.#ofBroker === undefined ? enrolled : [...enrolled, this.#ofBroker], nowMs);
    if (ending.length === 0) {
      alarms.clear("certificate");
      return;
    }
    const told = ending.map(({ whose, untilMs }) => `${whose} until ${new Date(untilMs).toISOString().slice(0, 10)}`);
    alarms.raise("certificate", `certificates to renew: ${told.join(", ")}`);
  }
}
