import type { Log, LogLevel } from "../../src/domain/ports.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly sentence: string;
}

/** Keeps what was written, for tests that ask what the technician would have read. */
export class FakeLog implements Log {
  readonly lines: LogLine[] = [];

  write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>, sentence: string): void {
    this.lines.push({ level, event, fields, sentence });
  }

  events(): readonly string[] {
    return this.lines.map(({ event }) => event);
  }
}
