import type { ZoneId } from "../domain/broadcast.ts";
import type { Clock, Log } from "../domain/ports.ts";
import type { AlarmCode, AlarmReport } from "../domain/report.ts";
import type { Alarm } from "../store/alarms.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Recorder } from "./recorder.ts";
import type { Reports } from "./reports.ts";

/** How much is out of service; what is not named here is `minor`. `critical` turns the gateway's state to `alert`. */
const SEVERITIES: Readonly<Partial<Record<AlarmCode, AlarmReport["severity"]>>> = {
  "output-missing": "critical",
  "output-stalled": "critical",
  storage: "critical",
  disk: "major",
  clock: "major",
  "chain-fork": "major",
  "duplicate-id": "major",
  "play-failed": "major",
  auth: "major",
  replay: "major",
};

interface AlarmBoardParts {
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Log;
  /** Something was raised or cleared. */
  readonly changed: () => void;
}

/** What is wrong with this gateway now: on disk, in the evidence, upstream, in the log; each told once. */
export class AlarmBoard {
  readonly #orders: OrdersStore;
  readonly #parts: AlarmBoardParts;
  /** The same detail again is no news. */
  readonly #raised = new Map<AlarmCode, Alarm>();
  /** Of alarms that several zones may have: which of them do, and what each last said. */
  readonly #zones = new Map<AlarmCode, Map<ZoneId, string>>();

  constructor(orders: OrdersStore, parts: AlarmBoardParts) {
    this.#orders = orders;
    this.#parts = parts;
  }

  /** Alarms that stood when the last process ended still stand until their cause is seen to be gone. */
  restore(): void {
    for (const alarm of this.#orders.alarms.raised()) this.#raised.set(alarm.code, alarm);
  }

  raise(code: AlarmCode, detail: string, zone?: ZoneId): void {
    const known = this.#raised.get(code)?.detail;
    const zones = this.#zones.get(code) ?? new Map<ZoneId, string>();
    const isRepeat = known !== undefined && zone !== undefined && zones.get(zone) === detail;
    if (zone !== undefined) this.#zones.set(code, zones.set(zone, detail));
    if (isRepeat || known === detail) return;
    const severity = SEVERITIES[code] ?? "minor";
    const atMs = this.#parts.clock.read().nowMs;
    // Before it is on disk: what is wrong may be the disk, and then heartbeat and status still show it.
    this.#raised.set(code, { code, state: "raised", severity, atMs, count: 1, detail });
    const level = severity === "critical" ? "error" : "warn";
    this.#parts.log.write(level, "alarm.raised", { code, severity, detail }, `alarm: ${detail}`);
    this.#store(() => this.#orders.alarms.raise(code, severity, atMs, detail));
    this.#parts.changed();
  }

  /** For one zone: the alarm is over when no other zone has it. */
  clear(code: AlarmCode, zone?: ZoneId): void {
    if (zone !== undefined) this.#zones.get(code)?.delete(zone);
    if (zone !== undefined && (this.#zones.get(code)?.size ?? 0) > 0) return;
    const alarm = this.#raised.get(code);
    if (alarm === undefined) return;
    this.#raised.delete(code);
    this.#parts.log.write("info", "alarm.cleared", { code }, "the alarm's cause is gone");
    this.#store(() => {
      const atMs = this.#parts.clock.read().nowMs;
      const { alarms } = this.#orders;
      const cleared = alarms.clear(code, atMs);
      if (cleared !== undefined) return cleared;
      // It could not be stored when it was raised: it is told now, as over.
      alarms.raise(code, alarm.severity, alarm.atMs, alarm.detail);
      return alarms.clear(code, atMs);
    });
    this.#parts.changed();
  }

  raised(): readonly Alarm[] {
    return [...this.#raised.values()];
  }

  isRaised(code: AlarmCode): boolean {
    return this.#raised.has(code);
  }

  get isCritical(): boolean {
    return this.raised().some((alarm) => alarm.severity === "critical");
  }

  /** An alarm must never be the reason why something else fails. */
  #store(change: () => Alarm | undefined): void {
    try {
      this.#orders.transaction(() => {
        const alarm = change();
        if (alarm !== undefined) this.#tell(alarm);
      });
    } catch (error) {
      this.#parts.log.write(
        "error",
        "store.failed",
        { error },
        "an alarm could not be stored; it is shown all the same",
      );
    }
  }

  #tell({ code, state, severity, atMs, count, detail }: Alarm): void {
    this.#parts.reports.alarm({ code, state, severity, atMs, count, detail });
    this.#parts.recorder.record({ kind: "alarm", code, outcome: state, count });
  }
}
