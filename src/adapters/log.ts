import { type DestinationStream, destination, type Logger, pino, stdSerializers, stdTimeFunctions } from "pino";
import type { Log, LogLevel } from "../domain/ports.ts";

/** JSON lines: `{"level","time","event",...fields,"msg"}`, time in ISO 8601 UTC. The events are listed in log-events.ts. */
export class PinoLog implements Log {
  readonly #logger: Logger;

  /** Lines go out synchronously, to the standard error stream by default: the last words before an exit are the ones that count. */
  constructor(level: LogLevel, to: DestinationStream = destination({ dest: 2, sync: true })) {
    this.#logger = pino(
      {
        level,
        // Host and process id are the journal's business.
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: stdSerializers.errWithCause },
      },
      to,
    );
  }

  write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>, sentence: string): void {
    this.#logger[level]({ event, ...fields }, sentence);
  }
}
